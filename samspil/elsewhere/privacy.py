"""What elsewhere holds of a person: what colleagues answered about them from outside, and what is held."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.base.flow import step
from samspil.elsewhere.models import Arrival, Notice, Post


def export_of(*, consumer: UUID) -> list[dict[str, Any]]:
    """What came by mail in the person's conversations and was not sent on; what was sent on is among the replies and notes."""
    of = Q(notice__conversation__consumer=consumer) | Q(post__conversation__consumer=consumer)
    rows = Arrival.objects.filter(of).exclude(verdict__in=["answered", "noted"])
    return [{"at": r.at.isoformat(), "text": r.text, "verdict": r.verdict} for r in rows.order_by("at", "id")]


def forget(*, consumer: UUID) -> None:
    """Delete notices about the person's conversations with what came back. Before reply and conversation forget."""
    with step():
        Notice.objects.filter(conversation__consumer=consumer).delete()
        Post.objects.filter(conversation__consumer=consumer).delete()
