"""Questions about hours: who is on duty, until when not, when a unit is open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.hours.models import Absence, Change, Day, Week
from samspil.hours.rules import HORIZON, Calendar, Span, Times, add_business_time, closed_on, next_open, opens, without

__all__ = [
    "Calendar",
    "Span",
    "There",
    "absences",
    "after",
    "calendar_of",
    "calendars",
    "calendars_of",
    "days_of",
    "gone",
    "history",
    "is_closed",
    "lines",
    "on_duty",
    "opening",
    "stand_ins",
    "there",
    "unseen",
    "week_of",
    "week_units",
]

ROUNDS = 400
"""Absences and nights that one looks past for the moment somebody is back."""


def spans_kept(spans: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    """The spans of a row."""
    return tuple(Span(*span) for span in spans)


_WEEKS = (
    "SELECT DISTINCT ON (unit_id, colleague_id) unit_id, colleague_id, zone, spans, country, subdivision FROM hours_week"
    " WHERE taken_back_at IS NULL AND (unit_id IS NOT NULL OR colleague_id = ANY(%s))"
    " ORDER BY unit_id, colleague_id, at DESC, id DESC"
)


class _Weeks:
    """The weeks of all units and of some colleagues, and days that are otherwise. Three statements."""

    def __init__(self, colleagues: Sequence[UUID]) -> None:
        self.above: dict[UUID, UUID | None] = dict(sql.run("SELECT id, parent_id FROM organisation_unit"))
        self.weeks: dict[UUID, tuple[Any, ...]] = {
            unit or colleague: tuple(rest) for unit, colleague, *rest in sql.run(_WEEKS, [list(colleagues)])
        }
        self.days: dict[UUID | None, list[tuple[date, bool]]] = {}
        for unit, day, closed in sql.run("SELECT unit_id, day, closed FROM hours_day WHERE taken_back_at IS NULL"):
            self.days.setdefault(unit, []).append((day, closed))

    def line(self, unit: UUID | None) -> list[UUID | None]:
        """A unit, those above it, and None, which stands for the whole organisation."""
        found: list[UUID | None] = []
        while unit is not None and unit not in found:
            found.append(unit)
            unit = self.above.get(unit)
        return [*found, None]

    def calendar(self, unit: UUID | None, colleague: UUID | None = None) -> Calendar | None:
        """What holds for a colleague of a unit, or for the unit; None where nobody said anything."""
        line = self.line(unit)
        own = self.weeks.get(colleague) if colleague else None
        whose = own or next((self.weeks[u] for u in line if u in self.weeks), None)
        if whose is None:
            return None
        zone, spans, country, subdivision = whose
        said: dict[date, bool] = {}
        for place in line:
            for day, closed in self.days.get(place, ()):
                said.setdefault(day, closed)
        return Calendar(
            zone,
            spans_kept(spans),
            country,
            subdivision,
            frozenset(day for day, closed in said.items() if closed),
            frozenset(day for day, closed in said.items() if not closed),
        )


def calendars() -> Mapping[UUID, Calendar]:
    """The calendar of every unit for which hours are said, by itself or above it. Three statements."""
    weeks = _Weeks(())
    found = {unit: weeks.calendar(unit) for unit in weeks.above}
    return {unit: calendar for unit, calendar in found.items() if calendar}


def calendar_of(unit: UUID | None) -> Calendar | None:
    """The calendar of one unit; None where nothing is said. Three statements."""
    return _Weeks(()).calendar(unit)


def after(calendar: Calendar | None, at: datetime, span: timedelta) -> datetime | None:
    """When it has been open for ``span`` since ``at``; without a calendar every hour counts. None where it never has. Pure."""
    return add_business_time(calendar, at, span) if calendar else at.astimezone(UTC) + span


def opening(calendar: Calendar, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times it is open between two times, in UTC, in order, none touching the next. Pure."""
    return opens(calendar, since, until)


def is_closed(calendar: Calendar, day: date) -> bool:
    """Whether a day is a holiday or otherwise closed, whatever the week says. Pure."""
    return closed_on(calendar, day)


def gone(colleagues: Sequence[UUID], since: datetime, until: datetime) -> Mapping[UUID, Sequence[tuple[datetime, datetime]]]:
    """When each is absent between two times; who is not is absent from the answer. One statement."""
    found: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for ident, start, end in sql.run(
        "SELECT colleague_id, since, until FROM hours_absence WHERE colleague_id = ANY(%s) AND since < %s AND until > %s"
        " AND taken_back_at IS NULL ORDER BY since, id",
        [list(colleagues), until, since],
    ):
        found.setdefault(ident, []).append((start, end))
    return found


def calendars_of(colleagues: Mapping[UUID, UUID | None]) -> Mapping[UUID, Calendar]:
    """The calendar of each colleague, given with the unit; those for whom nothing is said are absent. Three statements."""
    weeks = _Weeks(list(colleagues))
    found = {colleague: weeks.calendar(unit, colleague) for colleague, unit in colleagues.items()}
    return {colleague: calendar for colleague, calendar in found.items() if calendar}


def is_used() -> bool:
    """Whether anybody has said hours, or is absent: where not, everybody is on duty and nothing more need be asked. One statement."""
    return bool(sql.run("SELECT EXISTS (SELECT 1 FROM hours_week) OR EXISTS (SELECT 1 FROM hours_absence)")[0][0])


def on_duty(colleagues: Sequence[UUID], at: datetime) -> Mapping[UUID, datetime | None]:
    """Whether each colleague is on duty: None is yes, a time is when the person is back.

    Off duty are those outside their hours, absent, or away by «not me now». Who does not come back within HORIZON, or has left, is
    back at its end. Whoever has no hours anywhere is on duty day and night. Five statements, whatever the number.
    """
    if not colleagues:
        return {}
    ids = list(dict.fromkeys(colleagues))
    people = {
        ident: (unit, away, active)
        for ident, unit, away, active in sql.run(
            "SELECT id, unit_id, away_until, is_active AND NOT outside FROM organisation_colleague WHERE id = ANY(%s)", [ids]
        )
    }
    gone: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for ident, since, until in sql.run(
        "SELECT colleague_id, since, until FROM hours_absence WHERE colleague_id = ANY(%s) AND until > %s AND taken_back_at IS NULL"
        " ORDER BY since",
        [ids, at],
    ):
        gone.setdefault(ident, []).append((since, until))
    found = calendars_of({ident: unit for ident, (unit, _, _) in people.items()})
    end = (at + HORIZON).astimezone(UTC)
    answer: dict[UUID, datetime | None] = {}
    for ident in ids:
        _, away, active = people.get(ident, (None, None, False))
        spans = [*gone.get(ident, ()), *([(at, away)] if away and away > at else ())]
        back = _back(found.get(ident), spans, at) if active else end
        answer[ident] = None if back == at else back or end
    return answer


def _back(calendar: Calendar | None, gone: Sequence[tuple[datetime, datetime]], at: datetime) -> datetime | None:
    """The first moment from ``at`` on that lies in the hours and in no absence; None where there is none within HORIZON."""
    then: datetime | None = at
    for _ in range(ROUNDS):
        if then is None or then > at + HORIZON:
            return None
        over = max((until for since, until in gone if since <= then < until), default=None)
        if over is not None:
            then = over
            continue
        start = next_open(calendar, then) if calendar else then
        if start is None or start == then:
            return start
        then = start
    return None


def stand_ins(colleagues: Sequence[UUID], at: datetime) -> Mapping[UUID, UUID]:
    """Who takes over for those of the colleagues who are absent now and have named somebody. One statement."""
    rows = sql.run(
        "SELECT colleague_id, stand_in_id FROM hours_absence WHERE colleague_id = ANY(%s) AND since <= %s AND until > %s"
        " AND taken_back_at IS NULL AND stand_in_id IS NOT NULL ORDER BY since, id",
        [list(colleagues), at, at],
    )
    return dict(rows)


def week_of(*, unit: UUID | None = None, colleague: UUID | None = None) -> Week | None:
    """The week that holds for exactly this unit or colleague; None where it has none of its own."""
    rows = Week.objects.filter(unit=unit, colleague=colleague, taken_back_at=None)
    return rows.select_related("by").order_by("-at", "-id").first()


def week_units() -> frozenset[UUID]:
    """The units that said a week of their own. One statement."""
    return frozenset(
        row[0] for row in sql.run("SELECT DISTINCT unit_id FROM hours_week WHERE unit_id IS NOT NULL AND taken_back_at IS NULL")
    )


def days_of(unit: UUID | None, *, since: date) -> Sequence[Day]:
    """Days that a unit itself, or all (None), said something of, from a day on."""
    return list(Day.objects.filter(unit=unit, day__gte=since, taken_back_at=None).select_related("by").order_by("day", "id"))


def absences(colleague: UUID, *, at: datetime) -> Sequence[Absence]:
    """A colleague's absences that are not over, and those over for less than a month, by their beginning."""
    rows = Absence.objects.filter(colleague=colleague, until__gt=at - timedelta(days=30), taken_back_at=None)
    return list(rows.select_related("stand_in", "by").order_by("since", "id"))


def lines(units: Sequence[UUID | None]) -> Mapping[UUID | None, Sequence[UUID | None]]:
    """Each unit with those above it, the nearest first, and at the end None, which stands for all. One statement."""
    above: dict[UUID | None, UUID | None] = dict(sql.run("SELECT id, parent_id FROM organisation_unit"))
    found: dict[UUID | None, Sequence[UUID | None]] = {}
    for unit in units:
        line: list[UUID | None] = []
        place = unit
        while place is not None and place not in line:
            line.append(place)
            place = above.get(place)
        found[unit] = [*line, None]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """When one colleague is at work: the hours, the absences that cut them, and what is left. ``calendar`` None: no hours are said."""

    calendar: Calendar | None
    open: Times
    absences: Sequence[Absence]
    there: Times


def there(colleagues: Mapping[UUID, UUID | None], since: datetime, until: datetime) -> Mapping[UUID, There]:
    """When each colleague, given with the unit, is at work between two times. Four statements, whatever the number."""
    found = calendars_of(colleagues)
    away: dict[UUID, list[Absence]] = {}
    rows = Absence.objects.filter(colleague__in=list(colleagues), since__lt=until, until__gt=since, taken_back_at=None)
    for row in rows.select_related("stand_in").order_by("since", "id"):
        away.setdefault(row.colleague_id, []).append(row)
    answer: dict[UUID, There] = {}
    for ident in colleagues:
        calendar, gone_then = found.get(ident), away.get(ident, [])
        whole = [(since.astimezone(UTC), until.astimezone(UTC))] if calendar is None else list(opens(calendar, since, until))
        left = without(whole, [(a.since, a.until) for a in gone_then])
        answer[ident] = There(calendar=calendar, open=whole, absences=gone_then, there=left)
    return answer


def history(colleague: UUID, *, limit: int = 30) -> Sequence[Change]:
    """What was done with a colleague's own hours, the newest first. One statement."""
    rows = Change.objects.filter(colleague=colleague).select_related("by", "week", "absence")
    return list(rows.order_by("-at", "-id")[:limit])


def unseen(colleague: UUID, *, limit: int = 5) -> Sequence[Change]:
    """What others did with a colleague's hours that the colleague has not seen, the newest first. One statement."""
    rows = Change.objects.filter(colleague=colleague, seen_at=None).select_related("by", "week", "absence")
    return list(rows.order_by("-at", "-id")[:limit])
