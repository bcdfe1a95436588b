"""What YouTube's calls cost of the daily quota, and a meter of it. Pure: the time comes with each call."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from samspil.kit import Account

THERE = ZoneInfo("America/Los_Angeles")
"""Where midnight begins a new quota."""
READING = 0.8
"""The share of a day's quota that fetching may use, so that answers still go out."""
SHORTEST, LONGEST = 60.0, 3600.0


@cache
def table() -> Mapping[str, tuple[tuple[date, int], ...]]:
    """Every number of units with the day from which it holds, the oldest first."""
    said = tomllib.loads((Path(__file__).parent / "conventions.toml").read_text(encoding="utf-8"))["units"]
    return {name: tuple(sorted((row["since"], row["value"]) for row in rows)) for name, rows in said.items()}


def units(name: str, on: date) -> int:
    """The number in force on a day; before the first day, the first number."""
    rows = table()[name]
    return [value for since, value in rows if since <= on][-1] if rows[0][0] <= on else rows[0][1]


def a_day(account: Account, at: datetime) -> int:
    """The account's quota of a day: its own setting, else what Google gives everybody."""
    try:
        own = int(float(account.config.get("quota") or 0))
    except (TypeError, ValueError, OverflowError):
        own = 0
    return own if own > 0 else units("a_day", day_of(at))


def day_of(at: datetime) -> date:
    """The day of the quota."""
    return at.astimezone(THERE).date()


def seconds_of_day(at: datetime) -> float:
    """Seconds until the next quota begins: midnight in California, whose days may have 23 or 25 hours."""
    end = datetime.combine(day_of(at) + timedelta(days=1), datetime.min.time(), THERE)
    return (end.astimezone(UTC) - at.astimezone(UTC)).total_seconds()


@dataclass(slots=True)
class Meter:
    """What a day has used."""

    day: str = ""
    used: int = 0

    @classmethod
    def of(cls, kept: Any, at: datetime) -> "Meter":
        """The meter as a cursor keeps it, at zero when another day has begun."""
        said = kept if isinstance(kept, dict) else {}
        used = said.get("used")
        found = cls(day=str(said.get("day") or ""), used=used if isinstance(used, int) else 0)
        found.turn(at)
        return found

    def turn(self, at: datetime) -> None:
        """Begin anew with a new day."""
        if self.day != day_of(at).isoformat():
            self.day, self.used = day_of(at).isoformat(), 0

    def add(self, name: str, times: int, at: datetime) -> None:
        """Count calls."""
        self.turn(at)
        self.used += units(name, day_of(at)) * times

    def pause(self, limit: int, cost: int, at: datetime) -> float:
        """Seconds until the next look, so that what is left for reading lasts until the quota begins anew. ``cost`` is that of a look."""
        looks = (limit * READING - self.used) / max(cost, 1)
        left = seconds_of_day(at)
        return left if looks < 1 else min(max(left / looks, SHORTEST), LONGEST)

    def to_json(self) -> dict[str, Any]:
        """The meter as plain values, for a cursor."""
        return {"day": self.day, "used": self.used}
