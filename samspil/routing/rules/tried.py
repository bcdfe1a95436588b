"""What another policy would have changed, told by what happened: pure counts, never more certain than the past is like the future."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

Times = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The three settings: minutes of grace and of patience, and the most a day; None is none."""

    grace: int | None
    daily: int | None
    patience: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A conversation that somebody had and that waited, from ``since`` until it was answered, given on or done."""

    colleague: UUID
    since: datetime
    until: datetime
    day: date
    by_routing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hoped:
    """A conversation that waited in the queue for whom its consumer knows, since ``came``; ``given`` None: to nobody yet."""

    came: datetime
    given: datetime | None
    got_who_was_hoped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened: who held what, who waited for whom, how many seconds it took until somebody had the others.

    ``off`` is when each was off duty, ``somebody`` when anybody at all was on.
    """

    held: Sequence[Held]
    hoped: Sequence[Hoped]
    waits: Sequence[float]
    off: Mapping[UUID, Times]
    somebody: Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What some limits do with a past.

    ``handed``: taken from who was away; ``full``: given to another, for the day was full; ``met``: waited for whom they know and got
    them. ``half`` and ``most``: seconds until somebody had a conversation, the median and the 95th of a hundred.
    """

    handed: int
    full: int
    met: int
    half: float | None
    most: float | None

    def others(self, than: "Counted") -> int:
        """How many would have gone to another colleague than with other limits."""
        return abs(self.handed - than.handed) + abs(self.full - than.full) + abs(self.met - than.met)


def counted(past: Past, limits: Limits) -> Counted:
    """What limits would have done with what happened."""
    given = Counter((h.colleague, h.day) for h in past.held if h.by_routing)
    waits = sorted([*past.waits, *(_hoped(h, limits.patience) for h in past.hoped if h.given is not None)])
    return Counted(
        handed=sum(_handed(h, past, limits.grace) for h in past.held),
        full=sum(max(n - limits.daily, 0) for n in given.values()) if limits.daily is not None else 0,
        met=sum(
            h.got_who_was_hoped and h.given is not None and h.given - h.came <= _minutes(limits.patience) for h in past.hoped
        ),
        half=_quantile(waits, 0.5),
        most=_quantile(waits, 0.95),
    )


def _minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def _handed(held: Held, past: Past, grace: int | None) -> bool:
    """Whether there is a moment, with the grace over and its colleague away for longer than that still, at which somebody is on duty."""
    if grace is None:
        return False
    span = _minutes(grace)
    for gone, back in past.off.get(held.colleague, ()):
        first, last = max(gone, held.since + span), min(back - span, held.until)
        if first < last and any(max(first, a) < min(last, b) for a, b in past.somebody):
            return True
    return False


def _hoped(hoped: Hoped, patience: int) -> float:
    """Seconds that one that hoped waits: as it did, and no longer than patience lets it."""
    waited = (hoped.given or hoped.came) - hoped.came
    return min(waited, _minutes(patience)).total_seconds()


def _quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share does not pass; None of nothing."""
    if not values:
        return None
    return values[min(int(share * len(values)), len(values) - 1)]
