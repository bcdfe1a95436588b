"""Putting links as the decisions in force give them: found by replay, and only what differs is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.identity.facts import HandlesMoved
from samspil.identity.models import Decision
from samspil.identity.queries.steps import connected, steps_of
from samspil.intake.actions import hold

__all__ = ["Settling", "settle", "steps_of"]


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
    """Lock every handle that undoing this decision could touch. Joins the caller's step."""
    consumers: list[UUID] = []

    def find() -> dict[UUID, UUID]:
        consumers[:], owners = connected(seeds=[decision.kept_id, decision.absorbed_id])
        return owners

    owners = hold(find=find)
    return Settling(consumers, owners)
