"""Telling a colleague that there is something to see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.conversation.facts import ColleagueNotified


def notify(*, kind: str, to: Sequence[tuple[UUID, UUID]], by: UUID | None, at: datetime) -> None:
    """Note it for each (colleague, conversation). Joins the caller's step."""
    if not to:
        return
    sql.copy(
        "conversation_notification",
        ("id", "colleague_id", "conversation_id", "kind", "at", "by_id"),
        [(new_id(), colleague, conversation, kind, at, by) for colleague, conversation in to],
    )
    publish(*[ColleagueNotified(colleague=colleague, conversation=conversation, what=kind) for colleague, conversation in to])
