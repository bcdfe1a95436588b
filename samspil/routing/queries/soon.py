"""Which colleagues whom consumers know have no place now, and how likely it is that they soon have one."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from samspil.base import sql
from samspil.routing import ports
from samspil.routing.rules.choose import Person
from samspil.routing.rules.soon import FEW, curve

REMEMBERED, MOST = timedelta(days=60), 400
"""The newest so many conversations that were finished within this time say how long one holds a place."""

_HELD = (
    "SELECT c.competence_id, extract(epoch FROM c.done_at - g.at)::float8 / 60 FROM (SELECT id, competence_id, done_at FROM conversation"
    "  WHERE status = 'done' AND merged_into_id IS NULL AND assignee_id IS NOT NULL AND done_at > %s ORDER BY done_at DESC, id LIMIT %s) c"
    " JOIN LATERAL (SELECT max(at) AS at FROM routing_decision WHERE conversation_id = c.id AND colleague_id IS NOT NULL) g"
    " ON g.at < c.done_at ORDER BY c.done_at, c.id"
)
_OPEN = (
    "SELECT c.assignee_id, c.competence_id, extract(epoch FROM %s - coalesce(g.at, c.opened_at))::float8 / 60 FROM conversation c"
    " LEFT JOIN LATERAL (SELECT max(at) AS at FROM routing_decision WHERE conversation_id = c.id AND colleague_id IS NOT NULL) g ON true"
    " WHERE c.assignee_id = ANY(%s) AND c.status = 'open' ORDER BY c.assignee_id, c.id"
)


def foretell(people: Sequence[Person], *, known: Collection[UUID], at: datetime, minutes: int) -> list[Person]:
    """The same people; those ``known`` without a place now, with how likely one is within so many minutes.

    Full, at the desk, and still on duty then; or back by then, from hours or absence. Two statements and the port's, none where
    there is nobody to foretell of.
    """
    later = at + timedelta(minutes=minutes)
    those = {p.id: p for p in people if p.id in known and _may_be(p, at, later)} if minutes else {}
    if not those:
        return list(people)
    off = ports.on_duty(sorted(those), later)
    those = {ident: p for ident, p in those.items() if off.get(ident) is None}
    if not those:
        return list(people)
    everything, by_competence = _held(at)
    opened: dict[UUID, list[tuple[tuple[float, ...], float]]] = {}
    for who, competence, age in sql.run(_OPEN, [at, sorted(those)]):
        like = by_competence.get(competence, ())
        opened.setdefault(who, []).append((like if len(like) >= FEW else everything, max(age, 0.0)))
    return [replace(p, soon=_curve(p, opened.get(p.id, []), at, minutes)) if p.id in those else p for p in people]


def _may_be(person: Person, at: datetime, later: datetime) -> bool:
    """Whether a place may come by then: one conversation to end, the limit of the day not reached, here now or back by then."""
    if not person.active or person.outside or person.load > person.capacity or person.capacity < 1:
        return False
    if person.daily is not None and person.today >= person.daily:
        return False
    back = person.away_until is not None and at < person.away_until <= later
    return back if not person.here(at) else person.takes(at) and person.load == person.capacity


def _curve(person: Person, opened: Sequence[tuple[tuple[float, ...], float]], at: datetime, minutes: int) -> tuple[float, ...]:
    away = person.away_until or at
    back = max(ceil((away - at).total_seconds() / 60), 0)
    return curve(opened if person.load >= person.capacity else [], minutes, back=back)


def _held(at: datetime) -> tuple[tuple[float, ...], dict[UUID | None, tuple[float, ...]]]:
    """How many minutes conversations held a place: all, and by competence."""
    rows: list[tuple[UUID | None, float]] = sql.run(_HELD, [at - REMEMBERED, MOST])
    by_competence: dict[UUID | None, list[float]] = {}
    for competence, minutes in rows:
        by_competence.setdefault(competence, []).append(minutes)
    return tuple(minutes for _, minutes in rows), {c: tuple(found) for c, found in by_competence.items()}
