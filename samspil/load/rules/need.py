"""How many colleagues an hour needs, and what is missing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

from samspil.load.rules.erlang import colleagues_needed, queue_a

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one asks of an hour.

    ``holding``: seconds that one conversation holds a place (``queued``), or takes of a colleague's time (a backlog); ``each``: places
    of a colleague; ``within``: seconds in which ``share`` of people are answered; ``patience``: mean seconds after which one gives up.
    """

    queued: bool
    holding: float
    each: int = 1
    within: float = HOUR
    share: float = 0.8
    patience: float = inf


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour: ``need`` colleagues, ``there`` on duty; ``kept``: the share answered in time by those who are there, None of a backlog."""

    arrivals: float
    need: int
    there: int
    kept: float | None

    @property
    def missing(self) -> int:
        """How many more it takes."""
        return max(0, self.need - self.there)


def spread_work(arrivals: Sequence[float], opened: Sequence[float], within: float) -> list[float]:
    """The work that each hour must do so that all is done in time, where nobody waits in line and only the promise counts.

    What comes in an hour is shared evenly among the open time from then on until the promise ends. ``opened``: the share of each hour
    that is open. What comes while all is closed waits for the next opening; what the sequence ends before is left out.
    """
    work = [0.0] * len(arrivals)
    span = max(within / HOUR, 1.0)
    for start, number in enumerate(arrivals):
        if number <= 0:
            continue
        left, at, shares = span, start, []
        while left > 1e-9 and at < len(opened):  # noqa: PLR2004 - rounding
            take = min(opened[at], left)
            if take > 0:
                shares.append((at, take))
                left -= take
            at += 1
        whole = span - left if at < len(opened) or left <= 1e-9 else span  # noqa: PLR2004 - rounding
        for place, take in shares:
            work[place] += number * take / whole
    return work


def needs(arrivals: Sequence[float], opened: Sequence[float], there: Sequence[int], work: Work) -> list[Hour]:
    """Every hour with what it needs. Closed hours need nobody; of what comes then a queue takes the first open hour's, spread over it."""
    if not work.queued:
        todo = spread_work(arrivals, opened, work.within)
        return [
            Hour(a, ceil(w * work.holding / (HOUR * open_) - 1e-9) if open_ > 0 and w > 0 else 0, t, None)
            for a, w, open_, t in zip(arrivals, todo, opened, there, strict=True)
        ]
    found, waiting = [], 0.0
    for number, open_, hands in zip(arrivals, opened, there, strict=True):
        if open_ <= 0:
            waiting += number
            found.append(Hour(number, 0, hands, None))
            continue
        rate = (number + waiting) / HOUR
        waiting = 0.0
        need = colleagues_needed(
            arrivals=rate, holding=work.holding, each=work.each, within=work.within, share=work.share, patience=work.patience
        )
        queue = queue_a(places=hands * work.each, arrivals=rate, holding=work.holding, patience=work.patience)
        kept = 1.0 if rate <= 0 else 0.0 if hands == 0 else 1.0 - queue.later(work.within)
        found.append(Hour(number, need, hands, kept))
    return found


def hands_wanted(*, waiting: int, coming: float, hours: float, pace: float, there: int) -> int:
    """How many more it takes to answer what waits and what comes within so many open hours.

    ``pace``: answers that one colleague gives in an hour. 0 where those who are there are enough.
    """
    if hours <= 0 or pace <= 0:
        return 0
    return max(0, ceil((waiting + coming) / (hours * pace) - 1e-9) - there)
