"""What automation holds of a person: what happened in the person's conversations, and what rules did there."""

from typing import Any
from uuid import UUID

from samspil.automation.models import Moment, Run
from samspil.base.flow import step


def export_of(*, consumer: UUID) -> list[dict[str, Any]]:
    """What rules did in the person's conversations, the oldest first, as JSON values."""
    rows = Run.objects.filter(conversation__consumer=consumer).select_related("version").order_by("at", "id")
    return [
        {
            "at": row.at.isoformat(),
            "conversation": str(row.conversation_id),
            "rule": row.version.name,
            "outcome": row.outcome,
            "did": row.did,
        }
        for row in rows
    ]


def forget(*, consumer: UUID) -> None:
    """Remove what was kept of the person's conversations, those that were taken in by them too."""
    with step():
        for model in (Run, Moment):
            model.objects.filter(conversation__consumer=consumer).delete()
            model.objects.filter(conversation__merged_into__consumer=consumer).delete()
