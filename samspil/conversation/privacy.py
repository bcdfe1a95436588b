"""What conversation holds of a person, and how it is forgotten."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.base.flow import step
from samspil.conversation.actions.join import opener
from samspil.conversation.models import Conversation, Event, Labelling, Note, Notification, Placement, ReadMark, ThreadRef
from samspil.identity.queries import owner_of


def export_of(*, consumer: UUID) -> dict[str, Any]:
    """The person's conversations, as JSON values. Internal notes are ours about the matter and are listed too: they speak of the person."""
    rows = Conversation.objects.filter(consumer=consumer, merged_into=None).order_by("opened_at", "id")
    return {
        "conversations": [
            {
                "subject": c.subject,
                "opened": c.opened_at.isoformat(),
                "status": c.status,
                "notes": [
                    {"at": n.at.isoformat(), "text": n.text} for n in Note.objects.filter(conversation=c).order_by("at", "id")
                ],
            }
            for c in rows
        ]
    }


def forget(*, consumer: UUID, handles: list[UUID]) -> None:
    """Delete the person's messages from every conversation, and the conversations that are then empty. Routing and reply forget first."""
    with step():
        Placement.objects.filter(interaction__handle__in=handles).delete()
        own = Q(consumer=consumer) | Q(merged_into__consumer=consumer)
        empty = [c for c in Conversation.objects.filter(own) if not Placement.objects.filter(conversation=c).exists()]
        for model in (ThreadRef, Note, Event, Labelling, ReadMark, Notification):
            model.objects.filter(conversation__in=empty).delete()
        Conversation.objects.filter(merged_into__in=empty).update(merged_into=None)
        Conversation.objects.filter(pk__in=[c.pk for c in empty]).delete()
        for row in Conversation.objects.filter(opener__in=handles):
            Conversation.objects.filter(pk=row.pk).update(opener=opener(conversation=row.pk))
        for row in Conversation.objects.filter(consumer=consumer):
            owner = row.opener_id and owner_of(row.opener_id)
            if owner:
                Conversation.objects.filter(pk=row.pk).update(consumer=owner, snippet="", subject="")
