"""What the decisions in force give for some handles, read without writing: the deed and its preview ask the same."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.identity.rules.replay import Attach, Join, Move, Step, replay

# Everything that decisions have ever connected with this one: whoever can be touched by a replay is in it.
_CONNECTED = (
    "WITH RECURSIVE near(id) AS (SELECT unnest(%s::uuid[]) UNION SELECT CASE WHEN d.kept_id = near.id THEN d.absorbed_id ELSE d.kept_id END"
    " FROM near JOIN identity_decision d ON d.kept_id = near.id OR d.absorbed_id = near.id) SELECT id FROM near"
)
_OWNERS = "SELECT handle_id, consumer_id FROM identity_link WHERE consumer_id = ANY(%s) AND ended_at IS NULL"
_FIRST = (
    "SELECT DISTINCT ON (handle_id) id, handle_id, consumer_id, via_id, evidence, made_by_id, from_consumer_id FROM identity_link"
    " WHERE handle_id = ANY(%s) ORDER BY handle_id, id"
)
_DECISIONS = (
    "SELECT id, kind, kept_id, absorbed_id, handles, evidence, by_id FROM identity_decision"
    " WHERE kind <> 'undo' AND (undone_at IS NULL AND id <> ALL(%(off)s) OR id = ANY(%(on)s))"
    " AND (kept_id = ANY(%(c)s) OR absorbed_id = ANY(%(c)s))"
)


def connected(*, seeds: Sequence[UUID]) -> tuple[list[UUID], dict[UUID, UUID]]:
    """Every consumer whom decisions have ever connected with these, and {handle: its owner} of all of theirs. Two statements."""
    consumers = [c for (c,) in sql.run(_CONNECTED, [list(seeds)])]
    return consumers, owners_of(consumers=consumers)


def owners_of(*, consumers: Sequence[UUID]) -> dict[UUID, UUID]:
    """{handle: its owner} of every handle of these consumers. One statement."""
    return dict(sql.run(_OWNERS, [list(consumers)]))


def steps_of(
    *, consumers: Sequence[UUID], handles: Sequence[UUID], on: Collection[UUID] = (), off: Collection[UUID] = ()
) -> tuple[dict[UUID, tuple[Any, UUID | None, UUID | None]], dict[UUID, tuple[UUID, UUID]]]:
    """What the decisions in force give for these handles: (evidence, by, decision) of every step, and {handle: (consumer, step)}.

    ``on`` and ``off`` are decisions to take as in force or not, whatever is written. Two statements.
    """
    why: dict[UUID, tuple[Any, UUID | None, UUID | None]] = {}
    steps: list[Step] = []
    for ident, handle, consumer, via, evidence, by, _ in sql.run(_FIRST, [list(handles)]):
        why[ident] = (evidence, by, None)
        steps.append(Attach(ident, handle, consumer, via))
    asked = {"c": list(consumers), "on": list(on), "off": list(off)}
    for ident, kind, kept, absorbed, moved, evidence, by in sql.run(_DECISIONS, asked):
        why[ident] = (evidence, by, ident)
        steps.append(Join(ident, kept, absorbed) if kind == "join" else Move(ident, kept, frozenset(moved)))
    return why, dict(replay(steps))
