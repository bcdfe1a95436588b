"""What routing holds of a consumer: where the consumer's conversations were sent, and by which of the consumer's words."""

from typing import Any
from uuid import UUID

from samspil.base.flow import step
from samspil.routing.models import Decision, Told
from samspil.routing.queries.explain import say


def export_of(consumer: UUID) -> list[dict[str, Any]]:
    """Every decision on the consumer's conversations, oldest first, in plain words."""
    rows = Decision.objects.filter(conversation__consumer=consumer).select_related("competence", "unit", "colleague")
    return [
        {
            "at": row.at.isoformat(),
            "conversation": str(row.conversation_id),
            "competence": row.competence.name if row.competence else None,
            "unit": row.unit.name if row.unit else None,
            "colleague": row.colleague.name if row.colleague else None,
            "reasons": [say(reason) for reason in row.reasons],
        }
        for row in rows.order_by("at", "id")
    ]


def forget(consumer: UUID) -> None:
    """Remove the decisions with the words they quote. The classifier keeps no word that only one consumer has used."""
    with step():
        Decision.objects.filter(conversation__consumer=consumer).delete()
        Told.objects.filter(conversation__consumer=consumer).delete()
