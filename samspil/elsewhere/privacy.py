"""What elsewhere holds of a person: what colleagues answered about them from outside, and what is held."""

from typing import Any
from uuid import UUID

from samspil.base.flow import step
from samspil.elsewhere.models import Arrival, Notice


def export_of(*, consumer: UUID) -> list[dict[str, Any]]:
    """What came by mail in the person's conversations and was not sent on; what was sent on is among the replies and notes."""
    rows = Arrival.objects.filter(notice__conversation__consumer=consumer).exclude(verdict__in=["answered", "noted"])
    return [{"at": r.at.isoformat(), "text": r.text, "verdict": r.verdict} for r in rows.order_by("at", "id")]


def forget(*, consumer: UUID) -> None:
    """Delete notices about the person's conversations with what came back. Before reply and conversation forget."""
    with step():
        Notice.objects.filter(conversation__consumer=consumer).delete()
