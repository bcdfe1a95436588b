"""What checklists hold of a person, and how it is forgotten: as internal notes are, for steps speak of the person too."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from samspil.base.flow import step
from samspil.checklist.models import Checklist, Step
from samspil.conversation.models import Conversation, Placement


def export_of(*, consumer: UUID) -> dict[str, Any]:
    """The checklists of the person's conversations, as JSON values, oldest first; who did a step is ours."""
    rows = Checklist.objects.filter(conversation__consumer=consumer).select_related("version").order_by("begun_at", "id")
    return {
        "checklists": [
            {
                "conversation": str(row.conversation_id),
                "name": row.version.name if row.version else "",
                "begun": row.begun_at.isoformat(),
                "steps": [
                    {"text": s.text, "state": s.state, "at": s.at.isoformat() if s.at else None, "word": s.word}
                    for s in Step.objects.filter(checklist=row).order_by("place", "id")
                ],
            }
            for row in rows
        ]
    }


def forget(*, consumer: UUID, handles: list[UUID]) -> None:
    """Delete the checklists of conversations in which nobody else wrote, as their notes are. Before conversation forgets.

    What is left of a conversation with others keeps its lists, as it keeps its notes; no list points to a message that goes.
    """
    with step():
        Checklist.objects.filter(about__handle__in=handles).update(about=None)
        others = Placement.objects.filter(conversation=OuterRef("pk")).exclude(interaction__handle__in=handles)
        own = Conversation.objects.filter(Q(consumer=consumer) | Q(merged_into__consumer=consumer))
        empty = list(own.exclude(Exists(others)).values_list("pk", flat=True))
        Checklist.objects.filter(conversation__in=empty).delete()
