"""«Not the same»: said for a pair of handles, holds until it is lifted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.flow import publish, retried, step
from samspil.base.ids import new_id
from samspil.identity.actions.joining import ask_joining
from samspil.identity.facts import ConsumersParted
from samspil.organisation.models import Colleague

_PUT = (
    "INSERT INTO identity_veto (id, one_id, other_id, at, by_id, why, decision_id)"
    " SELECT u.id, u.one, u.other, %s, %s, %s, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS u(id, one, other)"
    " ON CONFLICT (one_id, other_id) WHERE lifted_at IS NULL DO NOTHING"
)
_OF = "SELECT handle_id FROM identity_link WHERE consumer_id = %s AND ended_at IS NULL"


def put_between(
    *, some: Sequence[UUID], others: Sequence[UUID], by: UUID | None, why: str, at: datetime, decision: UUID | None = None
) -> None:
    """Every handle of ``some`` is not the same person as any of ``others``. Joins the caller's step."""
    pairs = [(min(a, b), max(a, b)) for a in some for b in others if a != b]
    if pairs:
        sql.run(_PUT, [at, by, why[:300], decision, [new_id() for _ in pairs], [a for a, _ in pairs], [b for _, b in pairs]])


def lift_between(*, one: UUID, other: UUID, by: UUID, at: datetime, only: Collection[UUID] = ()) -> None:
    """What was said against two consumers (or against ``only`` these handles of ``one``) does not hold any more. Joins the caller's step."""
    sql.run(
        "UPDATE identity_veto v SET lifted_at = %(at)s, lifted_by_id = %(by)s FROM identity_link a, identity_link b"
        " WHERE v.lifted_at IS NULL AND a.ended_at IS NULL AND b.ended_at IS NULL AND a.consumer_id = %(one)s AND b.consumer_id = %(other)s"
        " AND (%(all)s OR a.handle_id = ANY(%(only)s))"
        " AND v.one_id = least(a.handle_id, b.handle_id) AND v.other_id = greatest(a.handle_id, b.handle_id)",
        {"at": at, "by": by, "one": one, "other": other, "all": not only, "only": list(only)},
    )


@retried
def keep_apart(*, one: UUID, other: UUID, by: Colleague, why: str, at: datetime) -> None:
    """«These two are not the same person»: nothing joins the two consumers by itself. Raises NotFound."""
    ask_joining(by=by)
    with step():
        some = [h for (h,) in sql.run(_OF, [one])]
        others = [h for (h,) in sql.run(_OF, [other])]
        if not some or not others or one == other:
            raise NotFound("no such consumer")
        put_between(some=some, others=others, by=by.pk, why=why, at=at)
        publish(ConsumersParted(one=one, other=other, at=at, by=by.pk))


@retried
def lift(*, one: UUID, other: UUID, by: Colleague, at: datetime) -> None:
    """Two consumers may be joined by evidence again. Nothing happens when nothing was said against it."""
    ask_joining(by=by)
    with step():
        lift_between(one=one, other=other, by=by.pk, at=at)


def vetoes_among(*, consumers: Collection[UUID]) -> frozenset[frozenset[UUID]]:
    """The pairs of consumers that are to stay two, of which one is among these. One statement."""
    rows = sql.run(
        "SELECT DISTINCT a.consumer_id, b.consumer_id FROM identity_link l JOIN identity_veto v ON v.lifted_at IS NULL"
        " AND (v.one_id = l.handle_id OR v.other_id = l.handle_id)"
        " JOIN identity_link a ON a.handle_id = v.one_id AND a.ended_at IS NULL"
        " JOIN identity_link b ON b.handle_id = v.other_id AND b.ended_at IS NULL"
        " WHERE l.consumer_id = ANY(%s) AND l.ended_at IS NULL",
        [list(consumers)],
    )
    return frozenset(frozenset(row) for row in rows)
