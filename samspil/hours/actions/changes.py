"""What was done with a colleague's hours, and that the colleague has seen it."""

from datetime import datetime

from samspil.base.flow import step
from samspil.hours.models import Absence, Change, Week
from samspil.organisation.models import Colleague


def note_change(*, what: str, row: Week | Absence, by: Colleague, at: datetime) -> None:
    """Keep it in the colleague's history; what another did, the colleague is yet to see. Joins the caller's step."""
    if row.colleague_id is None:
        return
    whose = {"week": row} if isinstance(row, Week) else {"absence": row}
    seen = at if row.colleague_id == by.pk else None
    Change.objects.create(colleague_id=row.colleague_id, what=what, by=by, at=at, seen_at=seen, **whose)


def see_changes(*, by: Colleague, at: datetime) -> int:
    """A colleague has seen what others did with their hours; gives how many were new."""
    with step():
        return Change.objects.filter(colleague=by, seen_at=None).update(seen_at=at)
