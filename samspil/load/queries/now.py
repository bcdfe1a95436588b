"""Who waits now, how long the next one will, who is there, and what would help."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.conversation.models import Conversation
from samspil.conversation.queries import visible
from samspil.hours.queries import Calendar, after, calendars, lines, opening
from samspil.load.queries.scope import Scope
from samspil.load.rules.need import hands_wanted
from samspil.load.rules.quantiles import ENOUGH, Quantile, quantile, queue_wait
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.promise.queries import levels
from samspil.routing.queries.people import Person, people

LATELY = timedelta(weeks=8)
"""How far back answers say how long one usually waits."""
NEXT = timedelta(hours=4)
"""The open time that advice looks ahead where nothing is promised."""
KNOWS = 2
"""The level from which one can help, as in the desk's list of where one can."""
ENOUGH_HANDS = 5
"""Hours of colleagues who answered, without which their pace is not known."""
SHOWN = 8
"""Pressing conversations that are named."""
FEW_TIMES = 0.8
"""The share of times of «8 of 10 times under»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How long one who writes now is expected to wait, in seconds of opening hours. ``n`` answers say so; None where too few do.

    ``mostly``: 8 of 10 times it is less. ``at``: when that half of the times is over, by the clock. ``queue``: what waits now says more than
    what is usual.
    """

    n: int
    half: float | None = None
    mostly: float | None = None
    at: datetime | None = None
    queue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One unit or one competence. ``advice``: (kind, values) in the words of the page; ``pace``: answers of a colleague in an hour."""

    what: Unit | Competence
    waiting: int
    oldest: datetime | None
    half: Quantile | None
    most: Quantile | None
    there: int
    free: int
    late: int
    soon: int
    away: int
    expected: Expected
    pace: float | None
    advice: tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing:
    """A conversation that is late, or soon due."""

    conversation: UUID
    subject: str
    due: datetime
    late: bool
    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The load at a moment."""

    at: datetime
    waiting: int
    units: Sequence[Line]
    competences: Sequence[Line]
    pressing: Sequence[Pressing]
    late: int
    soon: int
    there: int
    free: int


@dataclass(frozen=True, slots=True)
class _Wait:
    id: UUID
    unit: UUID | None
    competence: UUID | None
    assignee: UUID | None
    since: datetime
    subject: str
    name: str


_USUAL = (
    "SELECT unit_id, competence_id, sum(n)::bigint, percentile_cont(0.5) WITHIN GROUP (ORDER BY w),"
    " percentile_cont(0.8) WITHIN GROUP (ORDER BY w)"
    " FROM (SELECT unit_id, competence_id, w, 1 AS n FROM load_cell CROSS JOIN unnest(open_waits) w WHERE hour >= %(since)s AND {where}) x"
    " GROUP BY GROUPING SETS ((unit_id), (competence_id))"
)
_PACE = (
    "SELECT unit_id, competence_id, sum(answered)::bigint, sum(hands)::float8,"
    " coalesce(sum(arrived) FILTER (WHERE hour = ANY(%(hours)s)), 0)::float8 FROM load_cell"
    " WHERE hour >= %(since)s AND {where} GROUP BY GROUPING SETS ((unit_id), (competence_id))"
)


# Two of its columns for thousands of conversations: rows of the ORM take most of the page's time.
_DUE = "SELECT conversation_id, soon_at, answer_due FROM promise_due WHERE conversation_id = ANY(%s) AND answer_due IS NOT NULL"
_Due = tuple[datetime | None, datetime]
"""When an answer is soon due, and when it is."""


class _Past:
    """What the last weeks say of each unit and competence. Two statements."""

    def __init__(self, seen: Scope, at: datetime) -> None:
        where, params = seen.where()
        hour = at.replace(minute=0, second=0, microsecond=0)
        weeks = LATELY // timedelta(weeks=1)
        hours = [
            hour + timedelta(hours=h) - timedelta(weeks=w) for w in range(1, weeks + 1) for h in range(NEXT // timedelta(hours=1))
        ]
        params = {**params, "since": hour - LATELY}
        self.usual = {u or c: (n, half, most) for u, c, n, half, most in sql.run(_USUAL.format(where=where), params) if u or c}
        self.pace: dict[UUID, float] = {}
        self.coming: dict[UUID, float] = {}
        self.rate: dict[UUID, int] = {}
        for u, c, answered, hands, came in sql.run(_PACE.format(where=where), {**params, "hours": hours}):
            if key := u or c:
                self.coming[key], self.rate[key] = came / weeks, answered
                if hands >= ENOUGH_HANDS:
                    self.pace[key] = answered / hands

    def expects(self, key: UUID, waiting: int, there: int, calendar: Calendar | None, at: datetime) -> Expected:
        """The next one's wait: what is usual, or what the queue takes at the pace of those who are there, whichever is longer."""
        n, half, mostly = self.usual.get(key, (0, None, None))
        if n < ENOUGH or half is None or mostly is None:
            return Expected(n=int(n))
        rate = self.pace.get(key, 0.0) * there / 3600
        queued = [queue_wait(waiting, rate, share) for share in (0.5, FEW_TIMES)]
        is_queue = queued[0] is not None and queued[0] > half
        first, second = (max(usual, q or 0.0) for usual, q in zip((half, mostly), queued, strict=True))
        return Expected(n=int(n), half=first, mostly=second, at=after(calendar, at, timedelta(seconds=first)), queue=is_queue)


def _waiting(seen: Scope) -> list[_Wait]:
    rows = Conversation.objects.filter(visible(seen.by), status="open", waiting_since__isnull=False, merged_into=None)
    if not seen.whole:
        rows = rows.filter(unit__in=[u.pk for u in seen.units])
    names = ("pk", "unit", "competence", "assignee", "waiting_since", "subject", "assignee__name")
    return [_Wait(*row) for row in rows.order_by("waiting_since", "pk").values_list(*names)]


def _people(seen: Scope, at: datetime) -> list[Person]:
    mine = Colleague.objects.filter(is_active=True, outside=False)
    if not seen.whole:
        mine = mine.filter(unit__in=[u.pk for u in seen.units])
    ids = set(mine.order_by("pk").values_list("pk", flat=True))
    return [p for p in people(competences=[c.pk for c in seen.competences], at=at, colleagues=sorted(ids)) if p.id in ids]


def expected(seen: Scope, at: datetime) -> Sequence[tuple[Unit | Competence, Expected]]:
    """How long one who writes now is expected to wait, by unit and by competence; the part that every colleague sees.

    A constant number of statements.
    """
    return [(line.what, line.expected) for found in [load_now(seen, at)] for line in (*found.units, *found.competences)]


def load_now(seen: Scope, at: datetime) -> Now:
    """The load of all units that are seen, at a moment. A constant number of statements, whatever waits."""
    waits, hands, past, known = _waiting(seen), _people(seen, at), _Past(seen, at), calendars()
    due = {ident: (soon, late) for ident, soon, late in sql.run(_DUE, [[w.id for w in waits]])}
    here = {p.id for p in hands if p.away_until is None or p.away_until <= at}
    said = [x for x in levels() if not x.priority and not x.channel]
    first = {u: x.first for x in said if (u := x.unit)}
    whole = next((x.first for x in said if x.unit is None), None)
    by_unit, by_competence = _grouped(waits, "unit"), _grouped(waits, "competence")
    above = lines([u.pk for u in seen.units])

    def line(what: Unit | Competence, theirs: list[_Wait], group: list[Person], unit: UUID | None) -> Line:
        promised = next((first[u] for u in above.get(unit, ()) if u and u in first), whole)
        return _line(what, theirs, group, here, due, past, known.get(unit) if unit else None, promised, at)

    units = [line(u, by_unit[u.pk], [p for p in hands if p.unit == u.pk], u.pk) for u in seen.units]
    skills = [
        line(
            c,
            by_competence[c.pk],
            [p for p in hands if p.levels.get(c.pk, 0) >= KNOWS],
            _usual_unit(by_competence[c.pk], hands, c),
        )
        for c in seen.competences
    ]
    pressing = sorted((w for w in waits if _state(due.get(w.id), at)), key=lambda w: (due[w.id][1], w.id))
    return Now(
        at=at,
        waiting=len(waits),
        units=_sorted(units),
        competences=_sorted(skills),
        pressing=[_pressing(w, due[w.id], at) for w in pressing[:SHOWN]],
        late=sum(_state(due.get(w.id), at) == "late" for w in waits),
        soon=sum(_state(due.get(w.id), at) == "soon" for w in waits),
        there=len(here),
        free=sum(max(0, p.capacity - p.load) for p in hands if p.id in here),
    )


def _pressing(wait: _Wait, due: _Due, at: datetime) -> Pressing:
    return Pressing(
        conversation=wait.id,
        subject=wait.subject,
        due=due[1],
        late=_state(due, at) == "late",
        assignee=wait.name or "",
    )


def _sorted(found: list[Line]) -> list[Line]:
    return sorted(found, key=lambda x: (-x.late, -x.waiting, x.what.name, str(x.what.pk)))


def _grouped(waits: Sequence[_Wait], by: str) -> dict[UUID | None, list[_Wait]]:
    found: dict[UUID | None, list[_Wait]] = defaultdict(list)
    for wait in waits:
        found[getattr(wait, by)].append(wait)
    return found


def _usual_unit(waits: Sequence[_Wait], hands: Sequence[Person], competence: Competence) -> UUID | None:
    """The unit in whose hours a competence is reckoned: where most of it waits, else of the best who knows it."""
    units = [w.unit for w in waits if w.unit]
    if units:
        return max(sorted(set(units)), key=units.count)
    able = [p for p in hands if p.levels.get(competence.pk, 0) >= KNOWS and p.unit]
    return max(able, key=lambda p: (p.levels[competence.pk], p.id)).unit if able else None


def _state(due: _Due | None, at: datetime) -> str:
    if due is None:
        return ""
    return "late" if due[1] <= at else "soon" if due[0] and due[0] <= at else ""


def _line(
    what: Unit | Competence,
    waits: list[_Wait],
    group: list[Person],
    here: set[UUID],
    due: Mapping[UUID, _Due],
    past: _Past,
    calendar: Calendar | None,
    promised: int | None,
    at: datetime,
) -> Line:
    so_far = [(at - w.since).total_seconds() for w in waits]
    there = [p for p in group if p.id in here]
    states = [_state(due.get(w.id), at) for w in waits]
    pace = past.pace.get(what.pk)
    away = sum(w.assignee is not None and w.assignee not in here for w in waits)
    seen = {
        "waiting": len(waits), "there": len(there), "late": states.count("late"), "soon": states.count("soon"), "away": away,
        "free": sum(max(0, p.capacity - p.load) for p in there),
    }  # fmt: skip
    return Line(
        what=what,
        oldest=min((w.since for w in waits), default=None),
        half=quantile(so_far, 0.5),
        most=quantile(so_far, 0.9),
        expected=past.expects(what.pk, len(waits), len(there), calendar, at),
        pace=pace,
        advice=_advice(seen, pace, past.coming.get(what.pk, 0.0), calendar, promised, at),
        **seen,
    )


def _advice(
    seen: Mapping[str, int], pace: float | None, coming: float, calendar: Calendar | None, promised: int | None, at: datetime
) -> tuple[str, Mapping[str, Any]]:
    """What would help: (kind, values)."""
    if not seen["waiting"]:
        return "", {}
    span = timedelta(minutes=promised) if promised else NEXT
    spans = [(at, at + span)] if calendar is None else list(opening(calendar, at, at + timedelta(days=1)))
    if calendar is not None and (not spans or spans[0][0] > at):
        return "closed", {"until": after(calendar, at, timedelta(seconds=1))}
    left = min(span, sum(((b - a) for a, b in spans), timedelta()))
    until = after(calendar, at, left) or at + left
    if pace:
        hours = left / timedelta(hours=1)
        arriving = coming * min(1.0, left / NEXT)
        more = hands_wanted(waiting=seen["waiting"], coming=arriving, hours=hours, pace=pace, there=seen["there"])
        if more:
            return "more", {"n": more, "since": at, "until": until, "promised": promised is not None}
    if not seen["there"]:
        return "nobody", {}
    if seen["away"]:
        return "away", {"n": seen["away"]}
    return ("late" if seen["late"] else "fine"), {"n": seen["late"]}
