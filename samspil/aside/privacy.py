"""What asides hold of a person, and how it is forgotten: as internal notes are, for they speak of the person too."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from samspil.aside.models import Aside, AsideMessage, Shared
from samspil.base.flow import step
from samspil.conversation.models import Conversation, Placement


def export_of(*, consumer: UUID) -> dict[str, Any]:
    """What colleagues asked and told each other about the person's conversations, as JSON values, oldest first; who said it is ours."""
    rows = Aside.objects.filter(conversation__consumer=consumer).order_by("at", "id")
    return {
        "asides": [
            {
                "conversation": str(row.conversation_id),
                "at": row.at.isoformat(),
                "question": row.question,
                "said": [
                    {"at": m.at.isoformat(), "text": m.text} for m in AsideMessage.objects.filter(aside=row).order_by("at", "id")
                ],
            }
            for row in rows
        ]
    }


def forget(*, consumer: UUID, handles: list[UUID]) -> None:
    """Delete the asides of conversations in which nobody else wrote, as their notes are, and the person's messages from every excerpt.

    Before conversation forgets. What is left of a conversation with others keeps its asides, as it keeps its notes.
    """
    with step():
        Shared.objects.filter(interaction__handle__in=handles).delete()
        others = Placement.objects.filter(conversation=OuterRef("pk")).exclude(interaction__handle__in=handles)
        own = Conversation.objects.filter(Q(consumer=consumer) | Q(merged_into__consumer=consumer))
        empty = list(own.exclude(Exists(others)).values_list("pk", flat=True))
        Aside.objects.filter(conversation__in=empty).delete()
