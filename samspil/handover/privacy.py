"""What hand-overs hold of a person, and how it is forgotten: the words colleagues gave each other, as internal notes are."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from samspil.base.flow import step
from samspil.conversation.models import Conversation, Placement
from samspil.handover.models import HandOver


def export_of(*, consumer: UUID) -> list[dict[str, Any]]:
    """The words said when the person's conversations went from one colleague to another, as JSON values, oldest first."""
    rows = HandOver.objects.filter(conversation__consumer=consumer).exclude(word="").order_by("at", "id")
    return [{"conversation": str(row.conversation_id), "at": row.at.isoformat(), "word": row.word} for row in rows]


def forget(*, consumer: UUID, handles: list[UUID]) -> None:
    """Delete the hand-overs of conversations in which nobody else wrote. Before conversation forgets."""
    with step():
        others = Placement.objects.filter(conversation=OuterRef("pk")).exclude(interaction__handle__in=handles)
        own = Conversation.objects.filter(Q(consumer=consumer) | Q(merged_into__consumer=consumer))
        empty = list(own.exclude(Exists(others)).values_list("pk", flat=True))
        HandOver.objects.filter(conversation__in=empty).delete()
