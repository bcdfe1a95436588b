"""What consent holds of a person, and how it is forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samspil.base.flow import step
from samspil.consent.models import Consent


def export_of(*, handles: Sequence[UUID]) -> list[dict[str, Any]]:
    """Everything the person allowed or refused, oldest first, as JSON values."""
    rows = Consent.objects.filter(handle__in=handles).select_related("handle").order_by("at", "id")
    return [
        {
            "handle": str(row.handle),
            "purpose": row.purpose,
            "state": row.state,
            "source": row.source,
            "at": row.at.isoformat(),
            "until": row.ended_at.isoformat() if row.ended_at else None,
        }
        for row in rows
    ]


def forget(*, handles: Sequence[UUID]) -> None:
    """Delete what was said at these handles."""
    with step():
        Consent.objects.filter(handle__in=handles).delete()
