"""Whether a rule holds for what happened: plain values in, yes or no out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from samspil.automation.rules.kinds import NOBODY, TESTS
from samspil.automation.rules.read import Condition, Group, Meaning, Node, When
from samspil.automation.rules.words import has

PORTS: dict[str, Callable[["Seen", Condition], bool]] = {}
"""Tests of later packages, by their shape or name; see :mod:`samspil.automation.ports`."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """One thing that happened and what was so then. ``at`` is local time; ``said``, ``text`` and ``subject`` are spaced words.

    ``fits`` are the lines of segments that the consumer fits. ``chain`` are the rules that it comes from, the first one first.
    """

    fact: UUID
    conversation: UUID
    what: str
    at: datetime
    consumer: UUID | None = None
    opened: bool = False
    minutes: int = 0
    interaction: UUID | None = None
    text: str = " "
    subject: str = " "
    channel: str = ""
    account: str = ""
    public: bool = False
    automatic: str = ""
    language: str = ""
    competence: str = NOBODY
    certainty: Decimal | None = None
    unit: str = NOBODY
    assignee: str = NOBODY
    status: str = "open"
    labels: frozenset[str] = frozenset()
    fits: frozenset[str] = frozenset()
    order: Decimal | None = None
    messages: int = 0
    first: bool = False
    chain: tuple[UUID, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Subject and text; a phrase does not reach from one into the other."""
        return f"{self.subject}\n{self.text}"

    @property
    def is_automatic(self) -> bool:
        """Whether nobody wrote it by hand."""
        return bool(self.automatic)


def happens(when: When, seen: Seen) -> bool:
    """Whether this is what the rule waits for."""
    if when.kind == "opened":
        return seen.what == "message" and seen.opened
    if when.kind == "waited":
        return seen.what == "waited" and seen.minutes == int(when.value)
    return when.kind == seen.what


def holds(node: Node, seen: Seen) -> bool:
    """Whether the condition holds."""
    if isinstance(node, Condition):
        return _test(node, seen)
    if not node.items:
        return True
    found = (holds(item, seen) for item in node.items)
    return all(found) if node.mode == "all" else any(found) if node.mode == "any" else not any(found)


def matches(meaning: Meaning, seen: Seen) -> bool:
    """Whether the rule acts on this."""
    return any(happens(when, seen) for when in meaning.whens) and holds(meaning.condition, seen)


def _test(test: Condition, seen: Seen) -> bool:
    kind = TESTS.get(test.name)
    if kind is None:
        return False
    if kind.name in PORTS:
        return PORTS[kind.name](seen, test)
    return _SHAPES[kind.shape](test, getattr(seen, kind.of))


def _choice(test: Condition, value: Any) -> bool:
    return (str(value) in test.values) == (test.op == "in")


def _many(test: Condition, value: Any) -> bool:
    among = any(v in value for v in test.values) or (NOBODY in test.values and not value)
    return among == (test.op == "in")


def _words(test: Condition, value: Any) -> bool:
    found = (has(value, phrase) for phrase in test.values)
    return all(found) if test.op == "all" else any(found) if test.op == "any" else not any(found)


def _number(test: Condition, value: Any) -> bool:
    if value is None:
        return False
    bound = Decimal(test.values[0])
    return Decimal(value) >= bound if test.op == "at_least" else Decimal(value) <= bound


def _yes(test: Condition, value: Any) -> bool:
    return bool(value) == (test.op == "yes")


def _hours(test: Condition, value: Any) -> bool:
    start, end = (time.fromisoformat(v) for v in test.values[:2])
    return within(value, start, end, test.values[2]) == (test.op == "within")


def within(at: datetime, start: time, end: time, days: str) -> bool:
    """Whether a local time lies in these hours of these days; hours over midnight belong to the day on which they began."""
    clock, day = at.time(), at.weekday()
    if start < end:
        return str(day) in days and start <= clock < end
    return (str(day) in days and clock >= start) or (str((day - 1) % 7) in days and clock < end)


def _line(test: Condition, value: Any) -> bool:
    return any(v in value for v in test.values) == (test.op == "fits")


_SHAPES: dict[str, Callable[[Condition, Any], bool]] = {
    "choice": _choice,
    "many": _many,
    "words": _words,
    "number": _number,
    "yes": _yes,
    "hours": _hours,
    "filter": _line,
}

__all__ = ["PORTS", "Group", "Seen", "happens", "holds", "matches", "within"]
