"""Saying what follows when a promise is near or not kept, and taking that back."""

from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.hours.actions import may_arrange
from samspil.organisation.models import Colleague, Unit
from samspil.promise.actions.reckon import ask_to_reckon
from samspil.promise.facts import PromiseChanged
from samspil.promise.models import Escalation
from samspil.promise.rules import Course


class BadCourse(SamspilError):
    """One is told that it is soon due before it is, that it is late after that, and whom to tell must be known."""

    code = "promise.bad_course"


def escalate_so(*, unit: Unit | None, course: Course, by: Colleague, at: datetime) -> Escalation:
    """Say what follows in a unit and those below it, or in all (None). Steps that were taken stay taken. Raises NotAllowed, BadCourse."""
    _allow(by, unit)
    if not course.makes_sense():
        raise BadCourse("Soon is before it is due, and late after it")
    with step():
        row = Escalation.objects.create(
            unit=unit,
            soon_share=course.soon,
            late_share=course.late,
            soon_to=course.soon_to,
            due_to=course.due_to,
            late_to=course.late_to,
            urgent=course.urgent,
            freed=course.freed,
            at=at,
            by=by,
        )
        publish(PromiseChanged(unit=row.unit_id))
        ask_to_reckon(unit=row.unit_id, at=at)
    return row


def take_course_back(*, escalation: UUID, by: Colleague, at: datetime) -> Escalation:
    """Undo it: what was said before holds again. Raises NotFound, NotAllowed."""
    with step():
        row = Escalation.objects.select_for_update(of=("self",)).filter(pk=escalation, taken_back_at=None).first()
        if row is None:
            raise NotFound("That was not said")
        _allow(by, row.unit)
        row.taken_back_at, row.taken_back_by = at, by
        row.save(update_fields=["taken_back_at", "taken_back_by"])
        publish(PromiseChanged(unit=row.unit_id))
        ask_to_reckon(unit=row.unit_id, at=at)
    return row


def _allow(by: Colleague, unit: Unit | None) -> None:
    if not may_arrange(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
