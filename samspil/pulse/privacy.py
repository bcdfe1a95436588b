"""What pulse holds of a person, and how it is forgotten."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.base.flow import step
from samspil.pulse.models import Asked, Said


def export_of(*, consumer: UUID) -> list[dict[str, Any]]:
    """What the person was asked and said, oldest first, as JSON values."""
    rows = Said.objects.filter(asked__conversation__consumer=consumer).order_by("at", "id")
    return [{"at": row.at.isoformat(), "score": row.score, "words": row.words, "via": row.via} for row in rows]


def forget(*, consumer: UUID, handles: list[UUID]) -> None:
    """Delete the questions to the person with their answers. Before reply and conversation forget."""
    with step():
        Asked.objects.filter(Q(conversation__consumer=consumer) | Q(reply__handle__in=handles)).delete()
