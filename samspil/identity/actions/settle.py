"""Putting links as the decisions in force give them: found by replay, and only what differs is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.identity.facts import HandlesMoved
from samspil.identity.models import Decision
from samspil.identity.rules.replay import Attach, Join, Move, Step, replay

# Everything that decisions have ever connected with this one: whoever can be touched by a replay is in it.
_CONNECTED = (
    "WITH RECURSIVE near(id) AS (SELECT unnest(%s::uuid[]) UNION SELECT CASE WHEN d.kept_id = near.id THEN d.absorbed_id ELSE d.kept_id END"
    " FROM near JOIN identity_decision d ON d.kept_id = near.id OR d.absorbed_id = near.id) SELECT id FROM near"
)
_OWNERS = "SELECT handle_id, consumer_id FROM identity_link WHERE consumer_id = ANY(%s) AND ended_at IS NULL"
_LOCK = "SELECT id FROM intake_handle WHERE id = ANY(%s) ORDER BY network, scope, address FOR NO KEY UPDATE"
_FIRST = (
    "SELECT DISTINCT ON (handle_id) id, handle_id, consumer_id, via_id, evidence, made_by_id, from_consumer_id FROM identity_link"
    " WHERE handle_id = ANY(%s) ORDER BY handle_id, id"
)
_DECISIONS = (
    "SELECT id, kind, kept_id, absorbed_id, handles, evidence, by_id FROM identity_decision"
    " WHERE kind <> 'undo' AND undone_at IS NULL AND (kept_id = ANY(%(c)s) OR absorbed_id = ANY(%(c)s))"
)


@dataclass(slots=True)
class Settling:
    """The consumers around one decision, locked, and whose each of their handles is."""

    consumers: Sequence[UUID]
    owners: dict[UUID, UUID]

    def apply(self, cause: Decision) -> list[tuple[list[UUID], list[UUID]]]:
        """Write the links that the decisions in force give. Gives for every consumer who lost handles (those that left, those that stayed)."""
        why, where = steps_of(consumers=self.consumers, handles=list(self.owners))
        changed = {h: c for h, (c, _) in where.items() if self.owners[h] != c}
        sql.run(
            "UPDATE identity_link SET ended_at = %s, ended_by_id = %s WHERE handle_id = ANY(%s) AND ended_at IS NULL",
            [cause.at, cause.by_id, list(changed)],
        )
        rows = []
        for handle, consumer in changed.items():
            evidence, by, decision = why[where[handle][1]]
            rows.append((new_id(), handle, consumer, sql.Jsonb(evidence), by, decision, self.owners[handle], cause.at))
        sql.copy(
            "identity_link",
            ("id", "handle_id", "consumer_id", "evidence", "made_by_id", "decision_id", "from_consumer_id", "began_at"),
            rows,
        )
        if changed:
            lost, got = sorted({self.owners[h] for h in changed}), sorted(set(changed.values()))
            publish(HandlesMoved(decision=cause.pk, lost=tuple(lost), got=tuple(got), at=cause.at, by=cause.by_id))
        left: dict[UUID, tuple[list[UUID], list[UUID]]] = {self.owners[h]: ([], []) for h in changed}
        for handle, owner in sorted(self.owners.items()):
            if owner in left:
                left[owner][0 if handle in changed else 1].append(handle)
        return list(left.values())


def one_at_a_time() -> None:
    """Let deeds of colleagues wait for each other, rather than in a ring for each other's handles. Joins the caller's step.

    What the worker joins on proof does not wait here: it has its batch's handles locked already.
    """
    sql.run("SELECT pg_advisory_xact_lock(hashtext('samspil.identity.decide'))")


def settle(*, decision: Decision) -> Settling:
    """Lock every handle that undoing this decision could touch, in the one order that intake uses. Joins the caller's step."""
    seeds = [[decision.kept_id, decision.absorbed_id]]
    locked: set[UUID] = set()
    while True:
        consumers = [c for (c,) in sql.run(_CONNECTED, seeds)]
        owners: dict[UUID, UUID] = dict(sql.run(_OWNERS, [consumers]))
        if owners.keys() <= locked:
            return Settling(consumers, owners)
        # Found, then locked, then asked again: what another worker did meanwhile is seen (docs/decisions/found-then-locked.md).
        sql.run(_LOCK, [list(owners)])
        locked |= owners.keys()


def steps_of(
    *, consumers: Sequence[UUID], handles: Sequence[UUID]
) -> tuple[dict[UUID, tuple[Any, UUID | None, UUID | None]], dict[UUID, tuple[UUID, UUID]]]:
    """What the decisions in force give for these handles: (evidence, by, decision) of every step, and {handle: (consumer, step)}."""
    why: dict[UUID, tuple[Any, UUID | None, UUID | None]] = {}
    steps: list[Step] = []
    for ident, handle, consumer, via, evidence, by, _ in sql.run(_FIRST, [list(handles)]):
        why[ident] = (evidence, by, None)
        steps.append(Attach(ident, handle, consumer, via))
    for ident, kind, kept, absorbed, moved, evidence, by in sql.run(_DECISIONS, {"c": list(consumers)}):
        why[ident] = (evidence, by, ident)
        steps.append(Join(ident, kept, absorbed) if kind == "join" else Move(ident, kept, frozenset(moved)))
    return why, dict(replay(steps))
