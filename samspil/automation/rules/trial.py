"""What a dry run has found so far: numbers that grow batch by batch, small enough to travel with the page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from samspil.automation.rules.holds import Seen
from samspil.automation.rules.plan import DEEPEST, Active, applies

SHOWN = 40
"""Of what was found, the newest that are shown."""

Mark = Literal["both", "more", "fewer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that the rule holds for. ``mark`` compares with the version in force: only the new holds (more), only the old (fewer)."""

    fact: UUID
    conversation: UUID
    at: datetime
    mark: Mark


@dataclass(slots=True, kw_only=True)
class Trial:
    """The sum. ``old`` are messages from before rules were kept, seen with what is so now. ``days`` and ``before`` are matches a day.

    ``before`` is of the version in force. ``busiest``: the most within one minute, by which a storm is foreseen.
    """

    looked: int = 0
    old: int = 0
    matched: int = 0
    more: int = 0
    fewer: int = 0
    days: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)
    busiest: int = 0
    minute: str = ""
    in_minute: int = 0

    def take(self, seen: Seen, *, new: Active, now: Active | None, old: bool) -> bool:
        """Look at one moment, in order of time. Whether the new version holds."""
        self.looked += 1
        self.old += old
        holds, held = acts(new, seen), now is not None and acts(now, seen)
        day = seen.at.date().isoformat()
        if holds:
            self.matched += 1
            self.days[day] += 1
            self._count(seen.at)
        if held:
            self.before[day] += 1
        if holds or held:
            mark: Mark = "both" if holds and (held or now is None) else "more" if holds else "fewer"
            self.more += mark == "more"
            self.fewer += mark == "fewer"
            self.found.append(Found(fact=seen.fact, conversation=seen.conversation, at=seen.at, mark=mark))
            del self.found[:-SHOWN]
        return holds

    def _count(self, at: datetime) -> None:
        minute = at.isoformat(timespec="minutes")
        self.in_minute = self.in_minute + 1 if minute == self.minute else 1
        self.minute = minute
        self.busiest = max(self.busiest, self.in_minute)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "days": dict(self.days),
            "before": dict(self.before),
            "found": [[str(f.fact), str(f.conversation), f.at.isoformat(), f.mark] for f in self.found],
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Trial":
        """What :meth:`as_json` gave."""
        rows: Sequence[Sequence[str]] = data["found"]
        return cls(
            **{name: data[name] for name in _PLAIN},
            days=Counter(data["days"]),
            before=Counter(data["before"]),
            found=[
                Found(fact=UUID(f), conversation=UUID(c), at=datetime.fromisoformat(at), mark=_MARKS[m]) for f, c, at, m in rows
            ],
        )


_PLAIN = ("looked", "old", "matched", "more", "fewer", "busiest", "minute", "in_minute")
_MARKS: dict[str, Mark] = {"both": "both", "more": "more", "fewer": "fewer"}


def acts(active: Active, seen: Seen) -> bool:
    """Whether the rule would act: it holds, and this does not come from itself or from too many others."""
    return active.rule not in seen.chain and len(seen.chain) < DEEPEST and applies(active, seen)
