"""The journal of a conversation, with what an undo needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation

UNDOABLE = ("status", "snoozed_until", "snoozed_for", "assignee_id", "unit_id", "competence_id", "done_at", "waiting_since")
"""Columns that a deed may change and an undo puts back."""


def before(conversation: Conversation) -> dict[str, Any]:
    """The state that an undo would put back, as JSON values."""
    return {name: _plain(getattr(conversation, name)) for name in UNDOABLE}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def write(*, kind: str, by: UUID | None, at: datetime, rows: Sequence[tuple[UUID, Mapping[str, Any]]]) -> UUID:
    """Append one deed on any number of conversations; the batch's id, by which it can be undone."""
    batch = new_id()
    sql.copy(
        "conversation_event",
        ("id", "conversation_id", "kind", "at", "by_id", "data", "batch"),
        [(new_id(), conversation, kind, at, by, sql.Jsonb(dict(data)), batch) for conversation, data in rows],
    )
    return batch
