"""Questions about imports of people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql


def rows_of(*, consumer: UUID, handles: Sequence[UUID]) -> list[dict[str, Any]]:
    """The rows of imports that are about the person, as JSON values. One statement."""
    found = sql.run(
        "SELECT p.name, r.number, r.outcome, r.shown FROM exchange_people_row r JOIN exchange_people_run p ON p.id = r.run_id"
        " WHERE r.consumer = %s OR EXISTS (SELECT 1 FROM intake_handle h WHERE h.id = ANY(%s)"
        " AND (strpos(lower(r.shown), lower(h.address)) > 0 OR strpos(lower(r.raw::text), lower(h.address)) > 0))"
        " ORDER BY r.id",
        [consumer, list(handles)],
    )
    return [{"file": name, "row": number, "outcome": outcome, "shown": shown} for name, number, outcome, shown in found]
