"""Giving a conversation to a colleague, a unit, a competence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.conversation.actions import journal
from samspil.conversation.actions.notify import notify
from samspil.conversation.facts import ConversationChanged
from samspil.conversation.models import Conversation
from samspil.conversation.queries.access import access_conversations
from samspil.organisation.models import Colleague


class NotHere(SamspilError):
    """The colleague has left or is known only from imported history."""

    code = "conversation.not_here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where one conversation goes; None leaves that open."""

    conversation: UUID
    competence: UUID | None = None
    unit: UUID | None = None
    assignee: UUID | None = None


def assign_many(*, assignments: Sequence[Assignment], at: datetime, by: UUID | None = None) -> None:
    """Set competence, unit and assignee of many conversations with a constant number of statements. Joins the caller's step.

    For routing, which has decided and keeps the reasons; colleagues use :func:`assign`.
    """
    if not assignments:
        return
    with step():
        source, values = sql.table(
            "uuid uuid uuid uuid", [(a.conversation, a.competence, a.unit, a.assignee) for a in assignments]
        )
        sql.write(
            "UPDATE conversation c SET competence_id = t.competence, unit_id = t.unit, assignee_id = t.assignee"
            f" FROM {source} AS t(id, competence, unit, assignee) WHERE c.id = t.id",
            values,
        )
        to = [(a.assignee, a.conversation) for a in assignments if a.assignee and a.assignee != by]
        notify(kind="assigned", to=to, by=by, at=at)
        publish(
            *[ConversationChanged(conversation=a.conversation, what="assigned", by=by, assignee=a.assignee) for a in assignments]
        )


def assign(*, conversations: Sequence[UUID], to: Colleague | None, by: Colleague, at: datetime) -> UUID:
    """Give conversations to a colleague, or to nobody. The deed's id, for an undo. Raises NotFound, NotHere."""
    if to is not None and (not to.is_active or to.outside):
        raise NotHere(f"{to.name} is not here")
    with step():
        rows = access_conversations(by=by, conversations=conversations, lock=True)
        data = {"to": str(to.pk) if to else None, "to_name": to.name if to else ""}
        batch = journal.write(
            kind="assigned", by=by.pk, at=at, rows=[(c.pk, {**data, "before": journal.before(c)}) for c in rows]
        )
        Conversation.objects.filter(pk__in=[c.pk for c in rows]).update(assignee=to)
        if to is not None and to != by:
            notify(kind="assigned", to=[(to.pk, c.pk) for c in rows], by=by.pk, at=at)
        publish(
            *[ConversationChanged(conversation=c.pk, what="assigned", by=by.pk, assignee=to.pk if to else None) for c in rows]
        )
    return batch
