"""What relationship holds of a person, and how it is forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.relationship.models import Change
from samspil.relationship.queries.standing import standing


def export_of(*, consumer: UUID) -> dict[str, Any]:
    """How strong the relationship is, its stage, and each change of it, oldest first, as JSON values."""
    found = standing(consumer)
    rows = Change.objects.filter(consumer=consumer).order_by("at", "id")
    return {
        "strength": round(found.strength.value, 1),
        "between": [round(found.strength.low, 1), round(found.strength.high, 1)],
        "stage": found.stage,
        "since": found.since.isoformat() if found.since else None,
        "changes": [{"at": c.at.isoformat(), "from": c.before, "to": c.stage, "why": c.why} for c in rows],
    }


def forget(*, consumer: UUID | None, handles: Sequence[UUID]) -> None:
    """Delete the bonds of the handles, and where the person stood."""
    with step():
        sql.run("DELETE FROM relationship_bond WHERE handle_id = ANY(%s)", [list(handles)])
        sql.run("DELETE FROM relationship_change WHERE consumer_id = %s", [consumer])
        sql.run("DELETE FROM relationship WHERE consumer_id = %s", [consumer])
