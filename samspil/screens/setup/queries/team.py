"""A week of a unit: who is there when, and where nobody who can is there, or one alone. No business, only reading."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from django.utils import timezone

from samspil.hours.models import Absence
from samspil.hours.queries import There, calendar_of, opening, there
from samspil.hours.rules import DAY, Calendar, Span, Thin, Times, closed_on, holidays_of, thin, without, written
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.routing.rules.gaps import CAN

DAYS = 7
EARLY, LATE = 7 * 60, 18 * 60
"""Minutes after midnight that a day is drawn from and to at least."""


@dataclass(slots=True, kw_only=True)
class Bar:
    """A stretch of a day, in minutes after midnight; ``cls`` is its class, ``x`` and ``width`` are percent of what is drawn."""

    start: int
    end: int
    cls: str
    x: str = "0"
    width: str = "0"


@dataclass(slots=True, kw_only=True)
class Cell:
    """One day of one row. ``words`` are the hours, ``notes`` (minutes, name or "") what is thin in it."""

    day: date
    words: str = ""
    absences: list[Absence] = field(default_factory=list)
    holiday: str = ""
    closed: bool = False
    bars: list[Bar] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Row:
    """One colleague's week. ``zone`` is told where it is another than the reader's; ``always``: no hours are said."""

    colleague: Colleague
    cells: list[Cell]
    zone: str
    always: bool


@dataclass(slots=True, kw_only=True)
class Cover:
    """One competence in the unit's week. ``nobody`` and ``alone`` are hours; ``elsewhere`` can answer in other units."""

    competence: Competence
    holders: list[Colleague]
    elsewhere: int
    nobody: float
    alone: float
    only: Colleague | None
    cells: list[Cell]


@dataclass(slots=True, kw_only=True)
class TeamWeek:
    """A unit's week: a day a column."""

    days: list[tuple[date, str]]
    rows: list[Row]
    cover: list[Cover]


def team_week(unit: Unit, monday: date, at: datetime, language: str) -> TeamWeek:
    """Everybody of one unit in the week that begins on ``monday``. Nine statements, whatever the number of colleagues."""
    since, until = _moments(monday)[0][0], _moments(monday)[-1][1]
    people = list(Colleague.objects.filter(unit=unit, is_active=True, outside=False).order_by("name", "id"))
    found = there({c.pk: c.unit_id for c in people}, since, until)
    held: dict[UUID, list[CompetenceHeld]] = defaultdict(list)
    holders = CompetenceHeld.objects.filter(
        level__gte=CAN, competence__active=True, colleague__is_active=True, colleague__outside=False
    )
    for row in holders.select_related("competence", "colleague").order_by("competence__name", "-level", "colleague__name", "id"):
        held[row.competence_id].append(row)
    calendar = calendar_of(unit.pk)
    names = _holidays(calendar, monday, language)
    left = {c.pk: without(found[c.pk].there, [(at, c.away_until)] if c.away_until and c.away_until > at else []) for c in people}
    rows = [_row(c, found[c.pk], left[c.pk], monday, language) for c in people]
    wanted = _wanted(calendar, found, since, until)
    ahead = without(wanted, [(since, at)]) if since < at < until else wanted
    cover = [c for rows_ in held.values() if (c := _cover(rows_, unit, (wanted, ahead), left, monday))]
    cover.sort(key=lambda c: (-c.nobody, -c.alone, c.competence.name))
    _draw([cell for row in rows for cell in row.cells] + [cell for c in cover for cell in c.cells])
    days = [(monday + timedelta(days=n), names.get(monday + timedelta(days=n), "")) for n in range(DAYS)]
    return TeamWeek(days=days, rows=rows, cover=cover)


def _moments(monday: date) -> list[tuple[datetime, datetime]]:
    zone = timezone.get_default_timezone()
    starts = [datetime.combine(monday + timedelta(days=n), time(), zone).astimezone(UTC) for n in range(DAYS + 1)]
    return list(pairwise(starts))


def _holidays(calendar: Calendar | None, monday: date, language: str) -> Mapping[date, str]:
    if calendar is None:
        return {}
    sunday = monday + timedelta(days=DAYS - 1)
    return dict(holidays_of(calendar.country, calendar.subdivision, sorted({monday.year, sunday.year}), language))


def _wanted(calendar: Calendar | None, found: Mapping[UUID, There], since: datetime, until: datetime) -> Times:
    """When somebody should be there: the unit's opening hours; where none are said, whenever anybody works."""
    if calendar is not None:
        return list(opening(calendar, since, until))
    parts = sorted(part for one in found.values() if one.calendar for part in one.open)
    merged: list[tuple[datetime, datetime]] = []
    for start, end in parts:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return [(max(a, since), min(b, until)) for a, b in merged if max(a, since) < min(b, until)]


def _minutes(moment: datetime) -> int:
    local = timezone.localtime(moment)
    return local.hour * 60 + local.minute


def _of_days(times: Times, monday: date) -> list[list[tuple[int, int]]]:
    """Each day's part of some times, in minutes after midnight."""
    return [
        [
            (_minutes(max(start, since)), _minutes(min(end, until)) if end < until else DAY)
            for start, end in times
            if max(start, since) < min(end, until)
        ]
        for since, until in _moments(monday)
    ]


def _row(colleague: Colleague, found: There, left: Times, monday: date, language: str) -> Row:
    calendar = found.calendar
    names = _holidays(calendar, monday, language)
    cells: list[Cell] = []
    here, out = _of_days(left, monday), _of_days(without(found.open, left), monday)
    for n, (since, until) in enumerate(_moments(monday)):
        day = monday + timedelta(days=n)
        bars = [Bar(start=a, end=b, cls="is-here") for a, b in here[n]] + [Bar(start=a, end=b, cls="is-gone") for a, b in out[n]]
        closed = calendar is not None and closed_on(calendar, day)
        cells.append(
            Cell(
                day=day,
                words=written([Span(n, a, b) for a, b in here[n]], n) if calendar else "",
                absences=[a for a in found.absences if a.since < until and a.until > since],
                holiday=names.get(day, "") if closed else "",
                closed=closed,
                bars=bars if calendar or out[n] else [],
            )
        )
    zone = calendar.zone if calendar and calendar.zone != timezone.get_default_timezone_name() else ""
    return Row(colleague=colleague, cells=cells, zone=zone.replace("_", " "), always=calendar is None)


def _cover(
    rows: Sequence[CompetenceHeld], unit: Unit, wanted: tuple[Times, Times], left: Mapping[UUID, Times], monday: date
) -> Cover | None:
    """A competence that somebody of the unit can answer, and where that is thin; None of the others. ``wanted``: of the week, and still to come."""
    own = {r.colleague_id: r.colleague for r in rows if r.colleague_id in left}
    if not own:
        return None
    there = {ident: left[ident] for ident in own}
    drawn, told = thin(wanted[0], there), thin(wanted[1], there)
    cells = [Cell(day=monday + timedelta(days=n)) for n in range(DAYS)]
    for cls, times in (
        ("is-covered", without(wanted[0], [(s.start, s.end) for s in drawn])),
        ("is-alone", [(s.start, s.end) for s in drawn if s.only]),
        ("is-nobody", [(s.start, s.end) for s in drawn if not s.only]),
    ):
        for cell, parts in zip(cells, _of_days(times, monday), strict=True):
            cell.bars += [Bar(start=a, end=b, cls=cls) for a, b in parts]
    for stretch in told:
        if stretch.only is None or len(own) > 1:
            name = own[stretch.only].name if stretch.only else ""
            for n, parts in enumerate(_of_days([(stretch.start, stretch.end)], monday)):
                cells[n].notes += [(written([Span(n, a, b)], n), name) for a, b in parts]
    return Cover(
        competence=rows[0].competence,
        holders=list(own.values()),
        elsewhere=sum(r.colleague.unit_id != unit.pk for r in rows),
        nobody=_hours(s for s in told if s.only is None),
        alone=_hours(s for s in told if s.only is not None),
        only=next(iter(own.values())) if len(own) == 1 else None,
        cells=cells,
    )


def _hours(stretches: Iterable[Thin]) -> float:
    return sum((s.end - s.start).total_seconds() for s in stretches) / 3600


def _draw(cells: Sequence[Cell]) -> None:
    """Where each bar lies, all days on one scale: from the earliest to the latest hour of the week."""
    bars = [bar for cell in cells for bar in cell.bars]
    low = min([EARLY, *(b.start // 60 * 60 for b in bars)])
    high = max([LATE, *(-(-b.end // 60) * 60 for b in bars)])
    for bar in bars:
        bar.x = f"{100 * (bar.start - low) / (high - low):.2f}"
        bar.width = f"{100 * (bar.end - bar.start) / (high - low):.2f}"
