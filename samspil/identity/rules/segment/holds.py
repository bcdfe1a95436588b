"""Answering a filter in plain Python: what the database is compared with, and the meaning of every test in one place.

A date field compares when something was. With an age such as 30d it compares how long ago: ``last_seen<30d`` is within thirty days.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from samspil.identity.rules.loose import loose
from samspil.identity.rules.segment.fields import DAYS, Word
from samspil.identity.rules.segment.tree import All, Ask, Either, Node, Not

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
OLDER = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
"""A greater age is an earlier date."""
AS_WRITTEN = frozenset({"handle", "network", "scope"})
"""Compared without folding, but for capital letters: an address is no name, and so its index is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One handle, as far as a filter can ask of it."""

    network: str
    address: str
    scope: str = ""
    name: str = ""
    verified: bool = False
    dead: bool = False
    first_at: datetime
    last_at: datetime
    messages: int = 0
    purchases: Sequence[tuple[Decimal, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a consumer. ``details`` are {field: values that stand now}."""

    name: str
    since: datetime
    handles: Sequence[Reach]
    place: str = ""
    language: str = ""
    details: Mapping[str, Sequence[str]] = field(default_factory=dict)
    open: bool = False
    joined: bool = False
    suggested: bool = False


def holds(node: Node, person: Person, words: Mapping[str, Word], at: datetime) -> bool:
    """Whether the person fits; ``at`` is now, in the organisation's time zone."""
    match node:
        case Ask():
            return _test(node, words[node.field], person, at)
        case Not(item):
            return not holds(item, person, words, at)
        case All(items):
            return all(holds(i, person, words, at) for i in items)
        case Either(items):
            return any(holds(i, person, words, at) for i in items)


def _test(test: Ask, word: Word, person: Person, at: datetime) -> bool:  # noqa: PLR0911 - one a kind
    if test.op == "!=":
        return not _test(Ask(test.field, "=", test.values), word, person, at)
    if test.op == "missing":
        return not _test(Ask(test.field, "exists"), word, person, at)
    match word.kind:
        case "yes":
            return _yes(word.name, person) == (test.values[0] == "1")
        case "count":
            return COMPARE[test.op](_counted(word.name, person), Decimal(test.values[0]))
        case "amount":
            return _spent(test, person)
        case "time":
            return moment(test, _when(word.name, person), at)
    return _said(test, word, _texts(word.name, person), at)


def _said(test: Ask, word: Word, values: Sequence[str], at: datetime) -> bool:
    if test.op == "exists":
        return bool(values)
    if word.kind == "number":
        return any(COMPARE[test.op](Decimal(v), Decimal(test.values[0])) for v in values)
    if word.kind == "date":
        op, bound = dated(test.op, test.values[0], at.date())
        return any(COMPARE[op](v, bound) for v in values)
    form = str.lower if word.name in AS_WRITTEN else loose
    wanted = [form(v) for v in test.values]
    if test.op == ":":
        return any(wanted[0] in form(v) for v in values)
    return any(form(v) in wanted for v in values)


def _texts(name: str, person: Person) -> Sequence[str]:
    match name:
        case "name":
            found: Sequence[str] = [person.name]
        case "handle":
            found = [text for h in person.handles for text in (h.address, h.name)]
        case "network":
            found = [h.network for h in person.handles]
        case "scope":
            found = [h.scope for h in person.handles]
        case "place":
            found = [person.place, *person.details.get("city", ())]
        case "language":
            found = [person.language, *person.details.get("language", ())]
        case _:
            found = person.details.get(name, ())
    return [f for f in found if f]


def _yes(name: str, person: Person) -> bool:
    match name:
        case "verified":
            return any(h.verified for h in person.handles)
        case "dead":
            return any(h.dead for h in person.handles)
        case _:
            return bool(getattr(person, name))


def _counted(name: str, person: Person) -> int:
    match name:
        case "messages":
            return sum(h.messages for h in person.handles)
        case "purchases":
            return sum(len(h.purchases) for h in person.handles)
        case _:
            return len(person.handles)


def _spent(test: Ask, person: Person) -> bool:
    """Of the currency that is named; without one, of the currency in which most was spent. Nothing bought is 0."""
    sums: dict[str, Decimal] = {}
    for handle in person.handles:
        for amount, currency in handle.purchases:
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    if test.op == "exists":
        return bool(sums)
    wanted, _, currency = test.values[0].partition(" ")
    spent = sums.get(currency, Decimal(0)) if currency else max(sums.values(), default=Decimal(0))
    return COMPARE[test.op](spent, Decimal(wanted))


def _when(name: str, person: Person) -> datetime:
    match name:
        case "last_seen":
            return max(h.last_at for h in person.handles)
        case "first_seen":
            return min(h.first_at for h in person.handles)
        case _:
            return person.since


def ago(value: str, today: date) -> date:
    """The day an age such as 30d lies back; the first day that can be written when it lies before."""
    try:
        return today - timedelta(days=int(value[:-1]) * DAYS[value[-1]])
    except OverflowError:
        return date.min


def dated(op: str, value: str, today: date) -> tuple[str, str]:
    """The comparison of a day as it is kept: (operator, ISO date)."""
    if value[-1] in DAYS:
        return OLDER[op], ago(value, today).isoformat()
    return op, value


def span(op: str, value: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when (included) until when (not) a moment must lie, None where it is open. Days begin at midnight in the zone of ``at``."""
    op, text = dated(op, value, at.date())
    day = date.fromisoformat(text)
    start = _midnight(day, at)
    after = _midnight(day + timedelta(days=1), at) if day < date.max else None
    return {
        "=": (start, after), "<": (None, start), "<=": (None, after), ">": (after or _midnight(day, at), None), ">=": (start, None),
    }[op]  # fmt: skip


def _midnight(day: date, at: datetime) -> datetime:
    return datetime(max(day.year, 2), day.month, day.day, tzinfo=at.tzinfo)


def moment(test: Ask, when: datetime, at: datetime) -> bool:
    """Whether a moment lies in the span of a test."""
    start, end = span(test.op, test.values[0], at)
    return (start is None or when >= start) and (end is None or when < end)
