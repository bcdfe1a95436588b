"""What X costs: the prices by date, and a meter of what a month has cost. Pure: the time comes with each call."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from samspil.kit import Account

MANY = 20_000
"""Ids of a day that are remembered, which is far more than a day's money buys."""


@cache
def prices() -> Mapping[str, tuple[tuple[date, int], ...]]:
    """Every price in thousandths of a dollar with the day from which it holds, the oldest first."""
    said = tomllib.loads((Path(__file__).parent / "conventions.toml").read_text(encoding="utf-8"))["prices"]
    return {name: tuple(sorted((row["since"], row["value"]) for row in rows)) for name, rows in said.items()}


def price(name: str, on: date) -> int:
    """The price in force on a day, in thousandths of a dollar; before the first day, the first price."""
    rows = prices()[name]
    return [value for since, value in rows if since <= on][-1:][0] if rows[0][0] <= on else rows[0][1]


def budget(account: Account) -> int:
    """The month's budget in thousandths of a dollar; 0 when none is set."""
    try:
        return max(int(float(account.config.get("budget") or 0) * 1000), 0)
    except (TypeError, ValueError, OverflowError):
        return 0


def dollars(mills: int) -> str:
    """An amount for people to read."""
    return f"${mills / 1000:.2f}"


@dataclass(slots=True)
class Meter:
    """What the calendar month (UTC, as X counts) has cost so far, in thousandths of a dollar.

    ``paid`` are the things read on ``day``: X charges for the same thing once a day.
    """

    month: str = ""
    mills: int = 0
    day: str = ""
    paid: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, kept: Any, at: datetime) -> "Meter":
        """The meter as a cursor keeps it, turned to zero when another month has begun."""
        said = kept if isinstance(kept, dict) else {}
        mills, paid = said.get("mills"), said.get("paid")
        found = cls(
            month=str(said.get("month") or ""),
            mills=mills if isinstance(mills, int) else 0,
            day=str(said.get("day") or ""),
            paid={str(one) for one in paid[:MANY]} if isinstance(paid, list) else set(),
        )
        found.turn(at)
        return found

    def turn(self, at: datetime) -> None:
        """Begin anew with a new month, and forget what was read on another day."""
        month, day = at.astimezone(UTC).strftime("%Y-%m"), at.astimezone(UTC).date().isoformat()
        if self.month != month:
            self.month, self.mills = month, 0
        if self.day != day:
            self.day, self.paid = day, set()

    def read(self, name: str, ids: Iterable[str], at: datetime) -> None:
        """Things that were read; each is charged once a day."""
        self.turn(at)
        new = {f"{name[0]}{ident}" for ident in ids} - self.paid
        self.mills += price(name, at.astimezone(UTC).date()) * len(new)
        self.paid |= set(sorted(new)[: max(MANY - len(self.paid), 0)])

    def add(self, name: str, times: int, at: datetime) -> None:
        """Things that are charged each time."""
        self.turn(at)
        self.mills += price(name, at.astimezone(UTC).date()) * times

    def to_json(self) -> dict[str, Any]:
        """The meter as plain values, for a cursor."""
        return {"month": self.month, "mills": self.mills, "day": self.day, "paid": sorted(self.paid)}


def seconds_of_month(at: datetime) -> float:
    """Seconds until the next month begins (UTC)."""
    now = at.astimezone(UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)  # noqa: PLR2004 - December
    return (datetime(year, month, 1, tzinfo=UTC) - now).total_seconds()


def spent_words(meter: Meter, of: int, at: datetime) -> str:
    """Why nothing is fetched or sent."""
    if not of:
        return "The channel is off: its budget is 0. Set a budget for the month in its settings."
    after = (at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)).date()
    following = date(after.year + after.month // 12, after.month % 12 + 1, 1)
    return (
        f"The month's budget for X is spent: {dollars(meter.mills)} of {dollars(of)}. "
        f"It goes on on {following.isoformat()}, or when you raise the budget."
    )
