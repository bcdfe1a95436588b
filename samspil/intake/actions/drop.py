"""Handles that nothing speaks for go."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from samspil.base import sql
from samspil.base.flow import step


def drop_unused(*, handles: Sequence[UUID]) -> int:
    """Delete handles that have never acted; where a later stage still names one of them, all stay. The number. Joins the caller's step."""
    if not handles:
        return 0
    with step():
        sql.flush()
        try:
            with transaction.atomic():
                rows = sql.run(
                    "DELETE FROM intake_handle h WHERE id = ANY(%s)"
                    " AND NOT EXISTS (SELECT 1 FROM intake_interaction i WHERE i.handle_id = h.id) RETURNING 1",
                    [list(handles)],
                )
                connection.check_constraints()
        except IntegrityError:
            return 0
    return len(rows)
