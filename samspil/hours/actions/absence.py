"""Absence: planned ahead, with who takes over."""

from datetime import datetime, timedelta
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.hours.actions.changes import note_change
from samspil.hours.actions.weeks import may_arrange
from samspil.hours.facts import HoursChanged
from samspil.hours.models import Absence, Change
from samspil.organisation.models import Colleague

LONGEST = timedelta(days=731)


class BadAbsence(SamspilError):
    """An absence ends after it begins and after now, within two years; somebody else who can sign in takes over."""

    code = "hours.bad_absence"


def be_absent(
    *,
    colleague: Colleague,
    since: datetime,
    until: datetime,
    by: Colleague,
    at: datetime,
    kind: str = Absence.Kind.OTHER,
    stand_in: Colleague | None = None,
) -> Absence:
    """Say that a colleague is not there from one time until another. Raises NotAllowed, BadAbsence."""
    if not may_arrange(by=by, colleague=colleague):
        raise NotAllowed("Only oneself, the unit's lead or an administrator can do that")
    if kind not in Absence.Kind.values or not since < until <= since + LONGEST or until <= at:
        raise BadAbsence("Choose a time to come that ends after it begins")
    if stand_in is not None and (stand_in.pk == colleague.pk or not stand_in.is_active or stand_in.outside):
        raise BadAbsence("Choose somebody else who takes over")
    with step():
        row = Absence.objects.create(colleague=colleague, since=since, until=until, kind=kind, stand_in=stand_in, at=at, by=by)
        note_change(what=Change.What.ABSENT, row=row, by=by, at=at)
        publish(HoursChanged(colleague=colleague.pk))
    return row


def take_absence_back(*, absence: UUID, by: Colleague, at: datetime) -> Absence:
    """The colleague is there after all. Raises NotFound, NotAllowed."""
    return _mark(absence, by, at, gone=False)


def bring_absence_back(*, absence: UUID, by: Colleague, at: datetime) -> Absence:
    """The undo of that. Raises NotFound, NotAllowed."""
    return _mark(absence, by, at, gone=True)


def _mark(absence: UUID, by: Colleague, at: datetime, *, gone: bool) -> Absence:
    with step():
        rows = Absence.objects.select_for_update(of=("self",)).select_related("colleague")
        row = rows.filter(pk=absence, taken_back_at__isnull=not gone).first()
        if row is None:
            raise NotFound("There is no such absence")
        if not may_arrange(by=by, colleague=row.colleague):
            raise NotAllowed("Only oneself, the unit's lead or an administrator can do that")
        row.taken_back_at = None if gone else at
        row.save(update_fields=["taken_back_at"])
        note_change(what=Change.What.ABSENT_AGAIN if gone else Change.What.ABSENT_BACK, row=row, by=by, at=at)
        publish(HoursChanged(colleague=row.colleague_id))
    return row
