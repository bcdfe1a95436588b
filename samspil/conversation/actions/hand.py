"""Giving many conversations away at once, each to its own place, as one deed with one undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.conversation.actions import journal
from samspil.conversation.actions.notify import notify
from samspil.conversation.facts import ConversationChanged
from samspil.conversation.queries.access import access_conversations
from samspil.organisation.models import Colleague


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one conversation goes: to a colleague, or (None) to wait in the unit. ``name`` is who or what that is, for the journal."""

    conversation: UUID
    assignee: UUID | None = None
    unit: UUID | None = None
    name: str = ""


def hand(*, places: Sequence[Place], by: Colleague, at: datetime) -> UUID:
    """Send each where its place says. The deed's id, for an undo. Raises NotFound. Whoever chose the places has looked that they are here.

    A constant number of statements.
    """
    with step():
        rows = access_conversations(by=by, conversations=[p.conversation for p in places], lock=True)
        pairs = list(zip(rows, places, strict=True))
        batch = journal.write(
            kind="assigned",
            by=by.pk,
            at=at,
            rows=[
                (c.pk, {"to": str(p.assignee) if p.assignee else None, "to_name": p.name, "before": journal.before(c)})
                for c, p in pairs
            ],
        )
        source, values = sql.table("uuid uuid uuid", [(c.pk, p.unit, p.assignee) for c, p in pairs])
        sql.write(
            f"UPDATE conversation c SET unit_id = t.unit, assignee_id = t.who FROM {source} AS t(id, unit, who) WHERE c.id = t.id",
            values,
        )
        notify(kind="assigned", to=[(p.assignee, c.pk) for c, p in pairs if p.assignee and p.assignee != by.pk], by=by.pk, at=at)
        publish(*[ConversationChanged(conversation=c.pk, what="assigned", by=by.pk, assignee=p.assignee) for c, p in pairs])
    return batch
