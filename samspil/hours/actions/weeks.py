"""The week of a unit or of a colleague."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.hours.actions.changes import note_change
from samspil.hours.facts import HoursChanged
from samspil.hours.models import Change, Week
from samspil.hours.rules import DAY, SPANS_A_DAY, Span, countries, known_zone
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import Right, may_in

LAST = 6
"""Sunday."""


class BadWeek(SamspilError):
    """The week has a time zone or a country nobody knows, or spans that overlap."""

    code = "hours.bad_week"


def may_arrange(*, by: Colleague, unit: Unit | None = None, colleague: Colleague | None = None) -> bool:
    """Whether somebody may set hours: one's own, and those of units and of their people as far as the right goes."""
    if not by.is_active:
        return False
    if colleague is not None and colleague.pk == by.pk:
        return True
    return may_in(by, Right.HOURS, colleague.unit_id if colleague else unit.pk if unit else None)


def set_week(
    *,
    by: Colleague,
    at: datetime,
    zone: str,
    spans: Sequence[Span],
    unit: Unit | None = None,
    colleague: Colleague | None = None,
    country: str = "",
    subdivision: str = "",
) -> Week:
    """Say the hours of one unit or one colleague; what was said before is kept and can come back. Raises NotAllowed, BadWeek."""
    if (unit is None) == (colleague is None):
        raise BadWeek("A week is a unit's or a colleague's")
    if not may_arrange(by=by, unit=unit, colleague=colleague):
        raise NotAllowed("Only oneself, the unit's lead or an administrator can do that")
    _check(zone, spans, country, subdivision)
    with step():
        row = Week.objects.create(
            unit=unit,
            colleague=colleague,
            zone=zone,
            spans=[[s.weekday, s.start, s.end] for s in sorted(spans)],
            country=country,
            subdivision=subdivision,
            at=at,
            by=by,
        )
        note_change(what=Change.What.WEEK_SET, row=row, by=by, at=at)
        publish(HoursChanged(colleague=row.colleague_id, unit=row.unit_id))
    return row


def take_week_back(*, week: UUID, by: Colleague, at: datetime) -> None:
    """Undo a week that was said: the one before it holds again. Raises NotFound, NotAllowed."""
    with step():
        row = Week.objects.select_for_update(of=("self",)).filter(pk=week, taken_back_at=None).first()
        if row is None:
            raise NotFound("There is no such week")
        if not may_arrange(by=by, unit=row.unit, colleague=row.colleague):
            raise NotAllowed("Only oneself, the unit's lead or an administrator can do that")
        row.taken_back_at = at
        row.save(update_fields=["taken_back_at"])
        note_change(what=Change.What.WEEK_BACK, row=row, by=by, at=at)
        publish(HoursChanged(colleague=row.colleague_id, unit=row.unit_id))


def _check(zone: str, spans: Sequence[Span], country: str, subdivision: str) -> None:
    if not known_zone(zone):
        raise BadWeek("Nobody knows this time zone")
    if country and country not in countries():
        raise BadWeek("The holidays of this country are not known")
    if subdivision and subdivision not in countries().get(country, ()):
        raise BadWeek("The country has no such part")
    for weekday in range(LAST + 1):
        day = sorted(s for s in spans if s.weekday == weekday)
        if len(day) > SPANS_A_DAY or any(a.end > b.start for a, b in pairwise(day)):
            raise BadWeek("Spans of one day overlap, or are too many")
    if any(not (0 <= s.weekday <= LAST and 0 <= s.start < DAY and s.start < s.end <= s.start + DAY) for s in spans):
        raise BadWeek("A span begins on its day and lasts a day at most")
