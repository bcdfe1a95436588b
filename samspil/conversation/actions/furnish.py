"""Conversations that come with a past: their state, notes, journal, labels and who has read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.conversation.facts import ConversationChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The past of one conversation.

    ``notes`` are (colleague, text, at, mentioned), ``journal`` (kind, by, at, data), ``read`` until when by whom.
    """

    conversation: UUID
    subject: str
    status: str
    competence: UUID | None = None
    unit: UUID | None = None
    assignee: UUID | None = None
    waiting_since: datetime | None = None
    snoozed_until: datetime | None = None
    done_at: datetime | None = None
    labels: Sequence[UUID] = ()
    notes: Sequence[tuple[UUID, str, datetime, Sequence[UUID]]] = ()
    journal: Sequence[tuple[str, UUID | None, datetime, Mapping[str, Any]]] = ()
    read: Mapping[UUID, datetime] = field(default_factory=dict)


def furnish(*, pasts: Sequence[Past]) -> None:
    """Give conversations their past. Joins the caller's step; a constant number of statements."""
    with step():
        sql.run(
            "UPDATE conversation c SET subject = t.subject, status = t.status, competence_id = t.competence, unit_id = t.unit,"
            " assignee_id = t.assignee, waiting_since = t.waiting, snoozed_until = t.snoozed, done_at = t.done"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[],"
            " %s::timestamptz[], %s::timestamptz[])"
            " AS t(id, subject, status, competence, unit, assignee, waiting, snoozed, done) WHERE c.id = t.id",
            [[getattr(p, name) for p in pasts] for name in _STATE],
        )
        sql.copy(
            "conversation_note",
            ("id", "conversation_id", "colleague_id", "text", "at"),
            [(new_id(), p.conversation, by, text, at) for p in pasts for by, text, at, _ in p.notes],
        )
        sql.copy(
            "conversation_notification",
            ("id", "colleague_id", "conversation_id", "kind", "at", "by_id", "seen_at"),
            [
                (new_id(), whom, p.conversation, "mentioned", at, by, at if p.status == "done" else None)
                for p in pasts
                for by, _, at, mentioned in p.notes
                for whom in mentioned
                if whom != by
            ],
        )
        sql.copy(
            "conversation_event",
            ("id", "conversation_id", "kind", "at", "by_id", "data"),
            [(new_id(), p.conversation, kind, at, by, sql.Jsonb(dict(data))) for p in pasts for kind, by, at, data in p.journal],
        )
        sql.copy(
            "conversation_labelling",
            ("id", "conversation_id", "label_id"),
            [(new_id(), p.conversation, label) for p in pasts for label in p.labels],
        )
        sql.copy(
            "conversation_read_mark",
            ("id", "conversation_id", "colleague_id", "at"),
            [(new_id(), p.conversation, who, at) for p in pasts for who, at in p.read.items()],
        )
        publish(*[ConversationChanged(conversation=p.conversation, what="furnished", assignee=p.assignee) for p in pasts])


_STATE = (
    "conversation", "subject", "status", "competence", "unit", "assignee", "waiting_since", "snoozed_until", "done_at",
)  # fmt: skip
