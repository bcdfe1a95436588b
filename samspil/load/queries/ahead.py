"""What will come, whom it takes, who is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from samspil.base import registry, sql
from samspil.base.errors import NotFound
from samspil.hours.queries import Calendar, calendar_of, calendars_of, gone, is_closed, opening
from samspil.load.queries.now import KNOWS
from samspil.load.queries.scope import Scope
from samspil.load.rules.forecast import AHEAD, Ahead, Backtest, Past, backtest, bounds, forecast
from samspil.load.rules.need import Hour, Work, needs
from samspil.organisation.models import Colleague

WEEKS = 26
"""Weeks of history that are read."""
ONE = timedelta(hours=1)
HELD = {True: 15 * 60.0, False: 20 * 60.0}
"""Seconds where nothing was measured: a chat that holds a place, a mail that takes a colleague's time."""
AT_ONCE, PROMISED, FEW = 3, {True: 300.0, False: 4 * 3600.0}, 10
"""Places used at once in a chat; what is promised where nothing was said; values without which a time is not taken for measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked «what if»: None is as it is. ``more`` colleagues, ``held`` seconds of one conversation, ``within`` seconds promised."""

    unit: UUID | None = None
    competence: UUID | None = None
    queued: bool | None = None
    more: int = 0
    held: float | None = None
    each: int | None = None
    within: float | None = None
    patience: float = inf
    share: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The next two weeks. ``low80`` to ``high95`` enclose each hour's arrivals.

    ``ahead`` None: too little has come to foretell.
    ``measured``: seconds of one conversation come from what happened (``n`` of them), else they are a guess.
    """

    at: datetime
    starts: Sequence[datetime]
    hours: Sequence[Hour]
    low80: Sequence[float]
    high80: Sequence[float]
    low95: Sequence[float]
    high95: Sequence[float]
    days: Sequence[tuple[datetime, float, float, float, float]]
    """Each day: mean, and low and high with 80 %; at last the same number of last week's day."""
    ahead: Ahead | None
    tested: Backtest | None
    work: Work
    measured: bool
    n: int
    weeks: int
    came: int
    opened: Sequence[float]


_COUNTS = "SELECT hour, sum(arrived)::bigint FROM load_cell WHERE hour >= %(since)s AND hour < %(until)s AND arrived > 0 AND {where} GROUP BY 1"
_WORK = (
    "SELECT channel, sum(arrived)::bigint, sum(answered)::bigint, sum(hands)::float8 FROM load_cell"
    " WHERE hour >= %(since)s AND hour < %(until)s AND {where} GROUP BY 1"
)
_HELD = (
    "SELECT channel, h FROM load_cell CROSS JOIN unnest(held) h WHERE hour >= %(since)s AND hour < %(until)s AND h > 0 AND {where}"
    " ORDER BY hour DESC LIMIT 2000"
)


def is_chat(channel: str) -> bool:
    """Whether people wait at the other end of the line: the channel tells who is writing, or is a window on a page."""
    try:
        can = registry.channel(channel).capabilities
    except NotFound:
        return False
    return can.widget or can.typing


def picture(seen: Scope, asked: Asked, at: datetime, zone: ZoneInfo, promised: float | None) -> Picture:
    """The next two weeks of a unit, a competence, or of all that is seen. A constant number of statements."""
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    where, params = seen.where()
    named = {"unit_id": asked.unit, "competence_id": asked.competence}
    where += "".join(f" AND {column} = %({column})s" for column, value in named.items() if value)
    params = {**params, **{c: v for c, v in named.items() if v}, "since": start - timedelta(weeks=WEEKS), "until": start}
    found = {hour.astimezone(UTC): int(n) for hour, n in sql.run(_COUNTS.format(where=where), params)}
    calendar = calendar_of(asked.unit or seen.by.unit_id)
    first = min(found, default=start)
    first = start - ((start - first) // timedelta(weeks=1)) * timedelta(weeks=1)
    past = _past(found, first, start, zone, calendar)
    told, tested = forecast(past), backtest(past)
    held = [seconds for channel, seconds in sql.run(_HELD.format(where=where), params) if is_chat(channel)]
    work, measured, n = _work(sql.run(_WORK.format(where=where), params), held, asked, promised)
    starts = [start + ONE * h for h in range(AHEAD)]
    there, opened = _there(seen, asked, start, calendar)
    means = told.mean if told else (0.0,) * AHEAD
    spread = told.spread if told else 0.0
    (low80, high80), (low95, high95) = bounds(means, spread, 0.8), bounds(means, spread, 0.95)
    return Picture(
        at=at,
        starts=starts,
        hours=needs(means, opened, [max(0, t + (asked.more if o > 0 else 0)) for t, o in zip(there, opened, strict=True)], work),
        low80=[float(x) for x in low80],
        high80=[float(x) for x in high80],
        low95=[float(x) for x in low95],
        high95=[float(x) for x in high95],
        days=_days(told, starts, found, zone) if told else (),
        ahead=told,
        tested=tested,
        work=work,
        measured=measured,
        n=n,
        weeks=(start - first) // timedelta(weeks=1),
        came=sum(found.values()),
        opened=opened,
    )


def _past(found: Mapping[datetime, int], first: datetime, start: datetime, zone: ZoneInfo, calendar: Calendar | None) -> Past:
    known = (start - first) // ONE
    locals_ = [(first + ONE * h).astimezone(zone) for h in range(known + AHEAD)]
    shut: dict[object, bool] = {}
    for local in locals_:
        if local.date() not in shut:
            shut[local.date()] = calendar is not None and is_closed(calendar, local.date())
    return Past(
        tuple(found.get(first + ONE * h, 0) for h in range(known)),
        tuple(x.weekday() * 24 + x.hour for x in locals_),
        tuple(shut[x.date()] for x in locals_),
    )


def _days(
    told: Ahead, starts: Sequence[datetime], found: Mapping[datetime, int], zone: ZoneInfo
) -> list[tuple[datetime, float, float, float, float]]:
    """Whole days of the zone."""
    sums: dict[object, tuple[datetime, float, float, int]] = {}
    for start, mean in zip(starts, told.mean, strict=True):
        day = start.astimezone(zone).date()
        at, total, last, n = sums.get(day, (start, 0.0, 0.0, 0))
        sums[day] = at, total + mean, last + found.get(start - timedelta(weeks=1), 0), n + 1
    whole = [(at, total, last) for at, total, last, n in sums.values() if n >= 23]  # noqa: PLR2004 - a day of the change of clocks
    low, high = bounds([total for _, total, _ in whole], told.daily, 0.8)
    return [(at, total, float(a), float(b), last) for (at, total, last), a, b in zip(whole, low, high, strict=True)]


def _work(rows: Sequence[tuple[Any, ...]], held: Sequence[int], asked: Asked, promised: float | None) -> tuple[Work, bool, int]:
    """What one conversation takes, measured where it can be; and whether people wait in line or for a promise."""
    chat = sum(n for channel, n, *_ in rows if is_chat(channel))
    queued = asked.queued if asked.queued is not None else 2 * chat > sum(n for _, n, *_ in rows)
    answered, hands = sum(r[2] for r in rows), sum(r[3] for r in rows)
    measured, n = (len(held) >= FEW, len(held)) if queued else (hands >= FEW, int(answered))
    usual = HELD[queued] if not measured else (float(median(held)) if queued else 3600.0 * hands / max(answered, 1))
    work = Work(
        queued=queued,
        holding=asked.held or usual,
        each=(asked.each or AT_ONCE) if queued else 1,
        within=asked.within or promised or PROMISED[queued],
        share=asked.share,
        patience=asked.patience if queued else inf,
    )
    return replace(work, holding=max(work.holding, 1.0)), measured and asked.held is None, n


def _there(seen: Scope, asked: Asked, start: datetime, calendar: Calendar | None) -> tuple[list[int], list[float]]:
    """Colleagues on duty in each hour, and the share of it that is open. An hour counts who is there for half of it at least."""
    end = start + ONE * AHEAD
    rows = Colleague.objects.filter(is_active=True, outside=False)
    if asked.unit:
        rows = rows.filter(unit=asked.unit)
    elif not seen.whole:
        rows = rows.filter(unit__in=[u.pk for u in seen.units])
    if asked.competence:
        rows = rows.filter(held__competence=asked.competence, held__level__gte=KNOWS)
    units: dict[UUID, UUID | None] = dict(rows.order_by("pk").values_list("pk", "unit"))
    calendars, absent = calendars_of(units), gone(list(units), start, end)
    shares: dict[Calendar | None, list[float]] = {}
    for of_one in {*calendars.values(), calendar}:
        shares[of_one] = [1.0] * AHEAD if of_one is None else _share(opening(of_one, start, end), start)
    there = [0] * AHEAD
    for ident in units:
        share = shares.get(calendars.get(ident)) or [1.0] * AHEAD
        missing = _share(absent.get(ident, ()), start)
        for h in range(AHEAD):
            there[h] += share[h] - missing[h] >= 0.5  # noqa: PLR2004 - half of the hour
    return there, shares[calendar]


def _share(spans: Iterable[tuple[datetime, datetime]], start: datetime) -> list[float]:
    """How much of each hour lies in the spans."""
    found = [0.0] * AHEAD
    for a, b in spans:
        first, last = max(0, (a - start) // ONE), min(AHEAD - 1, (b - start) // ONE)
        for h in range(first, last + 1):
            found[h] += max(0.0, (min(b, start + ONE * (h + 1)) - max(a, start + ONE * h)) / ONE)
    return [min(1.0, x) for x in found]
