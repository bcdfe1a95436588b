"""How much a conversation presses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.conversation.actions import tell
from samspil.conversation.queries.access import access_conversations
from samspil.organisation.models import Colleague
from samspil.promise.actions.reckon import reckon
from samspil.promise.models import Due, Priority


class UnknownPriority(SamspilError):
    """There is no such priority."""

    code = "promise.unknown_priority"


def prioritise(*, conversations: Sequence[UUID], priority: str, by: Colleague, at: datetime) -> Mapping[UUID, str]:
    """Set the priority; what each had before, with which an undo sets it again. Raises NotFound, UnknownPriority."""
    if priority not in Priority.values:
        raise UnknownPriority("There is no such priority")
    with step():
        ids = [c.pk for c in access_conversations(by=by, conversations=conversations, lock=True)]
        before: dict[UUID, str] = dict.fromkeys(ids, Priority.NORMAL.value)
        before |= dict(Due.objects.filter(conversation__in=ids).values_list("conversation_id", "priority"))
        changed = [c for c in ids if before[c] != priority]
        set_priority(conversations=changed, priority=priority)
        tell(kind="priority", rows=[(c, {"to": priority, "by_name": by.name}) for c in changed], at=at)
        reckon(conversations=changed)
    return before


def set_priority(*, conversations: Sequence[UUID], priority: str) -> None:
    """Write it; joins the caller's step."""
    if conversations:
        sql.run(
            "INSERT INTO promise_due (conversation_id, priority, told) SELECT unnest(%s::uuid[]), %s, 0"
            " ON CONFLICT (conversation_id) DO UPDATE SET priority = excluded.priority RETURNING 1",
            [list(conversations), priority],
        )
