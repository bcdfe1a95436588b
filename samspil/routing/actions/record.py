"""Writing decisions down, and letting conversation carry them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.ids import new_id
from samspil.conversation.actions import Assignment, assign_many
from samspil.organisation.models import Colleague
from samspil.routing.rules.assign import Hold
from samspil.routing.rules.choose import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Where one conversation goes and why."""

    conversation: UUID
    reasons: Sequence[Reason]
    competence: UUID | None = None
    confidence: float | None = None
    unit: UUID | None = None
    colleague: UUID | None = None
    wanted: Sequence[tuple[UUID, float]] = ()
    ident: UUID = field(default_factory=new_id)


_COLUMNS = (
    "id", "conversation_id", "at", "competence_id", "confidence", "unit_id", "colleague_id", "by_id", "classifier_id", "reasons",
    "wanted",
)  # fmt: skip


def record(*, decided: Sequence[Decided], at: datetime, by: UUID | None = None, classifier: UUID | None = None) -> None:
    """Append the decisions and set the conversations accordingly. Joins the caller's step; a constant number of statements."""
    if not decided:
        return
    sql.copy(
        "routing_decision",
        _COLUMNS,
        [
            (
                d.ident, d.conversation, at, d.competence, d.confidence, d.unit, d.colleague, by, classifier,
                sql.Jsonb([reason.as_json() for reason in d.reasons]), sql.Jsonb([[str(c), round(p, 4)] for c, p in d.wanted]),
            )
            for d in decided
        ],
    )  # fmt: skip
    assign_many(
        assignments=[
            Assignment(conversation=d.conversation, competence=d.competence, unit=d.unit, assignee=d.colleague) for d in decided
        ],
        at=at,
        by=by,
    )


def waits(*, held: Sequence[Hold]) -> list[Reason]:
    """Why each waits: for whom, about how many minutes, until when at the most, who else could have it; one statement for all."""
    if not held:
        return []
    named = sorted({who for hold in held for who in (hold.colleague, hold.otherwise)})
    names = dict(Colleague.objects.filter(pk__in=named).values_list("pk", "name"))
    return [
        Reason(
            kind="waits",
            words=(
                names[hold.colleague], str(max(round(hold.minutes), 1)), hold.until.isoformat(), names[hold.otherwise],
                str(hold.colleague),
            ),
        )
        for hold in held
    ]  # fmt: skip


def one_at_a_time() -> None:
    """Let no other process share out places before this transaction ends, so that nobody gets more than there are.

    Taken last in the spine's step and never while waiting for a conversation that another worker holds: ``pull`` takes it first and
    skips those.
    """
    sql.write("SELECT pg_advisory_xact_lock(hashtext('samspil.routing'))")  # waited for with the next question
