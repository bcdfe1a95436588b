"""The rows of imports of people: what is said of each, and how a person is taken out of them."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step

_CLEAR = (
    "DELETE FROM exchange_people_row r WHERE r.consumer = %s OR EXISTS (SELECT 1 FROM intake_handle h WHERE h.id = ANY(%s)"
    " AND (strpos(lower(r.shown), lower(h.address)) > 0 OR strpos(lower(r.raw::text), lower(h.address)) > 0))"
)


def forget_rows(*, consumer: UUID | None, handles: Sequence[UUID]) -> None:
    """Delete what imports have noted of the person. Joins the caller's step.

    A file that is still to be run keeps its row; when it is run, the handle is on the erasure list and the row is skipped.
    """
    with step():
        sql.run(_CLEAR, [consumer, list(handles)])
