"""How much a conversation presses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.conversation.actions import tell
from samspil.conversation.actions.state import CannotUndo
from samspil.conversation.models import Event
from samspil.conversation.queries.access import access_conversations
from samspil.organisation.models import Colleague
from samspil.promise.actions.reckon import reckon
from samspil.promise.models import Due, Priority

KIND = "priority"
"""In the journal."""


class UnknownPriority(SamspilError):
    """There is no such priority."""

    code = "promise.unknown_priority"


class Prioritised(NamedTuple):
    """What each conversation had before, and the deed, by which it is undone; None where all had it already."""

    before: Mapping[UUID, str]
    batch: UUID | None


def prioritise(*, conversations: Sequence[UUID], priority: str, by: Colleague, at: datetime) -> Prioritised:
    """Set the priority. A constant number of statements. Raises NotFound, UnknownPriority."""
    if priority not in Priority.values:
        raise UnknownPriority("There is no such priority")
    with step():
        ids = [c.pk for c in access_conversations(by=by, conversations=conversations, lock=True)]
        before = _priorities(ids)
        return Prioritised(before, _set({c: priority for c in ids if before[c] != priority}, before, by, at))


def put_priority_back(*, batch: UUID, by: Colleague, at: datetime) -> Sequence[UUID]:
    """Undo one's own deed: each has the priority it had before. The conversations. Raises NotFound, CannotUndo.

    Those to which somebody has given another priority since keep it; nothing is undone twice.
    """
    with step():
        deeds = {
            e.conversation_id: e.data for e in Event.objects.filter(kind=KIND, batch=batch, by=by).order_by("conversation_id")
        }
        ids = [c.pk for c in access_conversations(by=by, conversations=list(deeds), lock=True)]
        now = _priorities(ids)
        back = {c: str(deeds[c]["was"]) for c in ids if c in deeds and now[c] == deeds[c]["to"] != deeds[c]["was"]}
        if not back:
            raise CannotUndo("There is nothing of yours to undo")
        _set(back, now, by, at)
    return list(back)


def _priorities(ids: Sequence[UUID]) -> dict[UUID, str]:
    known = dict(Due.objects.filter(conversation__in=ids).values_list("conversation_id", "priority"))
    return {c: known.get(c, Priority.NORMAL.value) for c in ids}


def _set(wanted: Mapping[UUID, str], before: Mapping[UUID, str], by: Colleague, at: datetime) -> UUID | None:
    set_priority(wanted=wanted)
    rows = [(c, {"to": to, "was": before[c], "by_name": by.name}) for c, to in wanted.items()]
    batch = tell(kind=KIND, rows=rows, at=at, by=by.pk)
    reckon(conversations=list(wanted))
    return batch


def set_priority(*, wanted: Mapping[UUID, str]) -> None:
    """Write it; joins the caller's step. One statement."""
    if wanted:
        sql.run(
            "INSERT INTO promise_due (conversation_id, priority, told) SELECT *, 0 FROM unnest(%s::uuid[], %s::text[])"
            " ON CONFLICT (conversation_id) DO UPDATE SET priority = excluded.priority RETURNING 1",
            [list(wanted), list(wanted.values())],
        )
