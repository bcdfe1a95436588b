"""What promise holds of a person, and how it is forgotten."""

from uuid import UUID

from samspil.base.flow import step
from samspil.promise.models import Due


def export_of(*, consumer: UUID) -> list[dict[str, str]]:
    """How much the person's conversations pressed, as JSON values."""
    rows = Due.objects.filter(conversation__consumer=consumer).order_by("conversation__opened_at", "conversation_id")
    return [{"conversation": str(row.conversation_id), "priority": row.priority} for row in rows]


def forget(*, consumer: UUID, handles: list[UUID]) -> None:  # noqa: ARG001 - as every stage's
    """Delete when the person's conversations were due. Before conversation forgets."""
    with step():
        Due.objects.filter(conversation__consumer=consumer).delete()
