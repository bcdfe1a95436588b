"""Days that are otherwise: closed though it is no holiday, or a holiday that is worked."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.hours.actions.weeks import may_arrange
from samspil.hours.facts import HoursChanged
from samspil.hours.models import Day
from samspil.organisation.models import Colleague, Unit


class DayTaken(SamspilError):
    """Something is said of this day already."""

    code = "hours.day_taken"


def say_day(*, by: Colleague, at: datetime, unit: Unit | None, day: date, closed: bool, name: str = "") -> Day:
    """Say that a day is closed, or a holiday kept open; ``unit`` None for all units. Raises NotAllowed, DayTaken."""
    if not may_arrange(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    with step():
        try:
            with transaction.atomic():
                row = Day.objects.create(unit=unit, day=day, closed=closed, name=name.strip()[:80], at=at, by=by)
        except IntegrityError as error:
            raise DayTaken("Something is said of this day already") from error
        publish(HoursChanged(unit=row.unit_id))
    return row


def take_day_back(*, day: UUID, by: Colleague, at: datetime) -> None:
    """Undo it: the day is as the week and the country say. Raises NotFound, NotAllowed."""
    with step():
        row = Day.objects.select_for_update(of=("self",)).filter(pk=day, taken_back_at=None).first()
        if row is None:
            raise NotFound("There is no such day")
        if not may_arrange(by=by, unit=row.unit):
            raise NotAllowed("Only the unit's lead or an administrator can do that")
        row.taken_back_at = at
        row.save(update_fields=["taken_back_at"])
        publish(HoursChanged(unit=row.unit_id))
