"""Words of what was done with somebody's hours: ``{% load team_words %}``."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samspil.hours.models import Absence, Change
from samspil.screens.setup.views.hours_forms import kinds

register = template.Library()
FEW = 10


@register.filter
def done_words(change: Change) -> str:
    """What was done, without who did it."""
    values = {"from": "", "to": "", "kind": ""}
    if change.absence is not None:
        values = {"from": moment(change.absence.since), "to": moment(change.absence.until), "kind": kinds()[change.absence.kind]}
    if change.what == Change.What.WEEK_SET and change.week is not None:
        hours = round(sum(end - start for _day, start, end in change.week.spans) / 60)
        return str(ngettext("saved a week of %(n)d hour", "saved a week of %(n)d hours", hours) % {"n": hours})
    said = {
        Change.What.WEEK_BACK: _("undid the last change of the week"),
        Change.What.ABSENT: _("noted an absence: %(kind)s, %(from)s – %(to)s"),
        Change.What.ABSENT_BACK: _("took an absence back: %(kind)s, %(from)s – %(to)s"),
        Change.What.ABSENT_AGAIN: _("noted an absence again: %(kind)s, %(from)s – %(to)s"),
    }
    return said.get(Change.What(change.what), "") % values


@register.filter
def moment(at: datetime) -> str:
    """A date, with the clock where it is not midnight."""
    local = timezone.localtime(at)
    words = date_format(local, "SHORT_DATE_FORMAT")
    return words if (local.hour, local.minute) == (0, 0) else f"{words} {local:%H.%M}"


@register.filter
def kind_words(absence: Absence) -> str:
    """What an absence is called."""
    return kinds()[absence.kind]


@register.filter
def in_hours(hours: float) -> str:
    """Hours as a number that is read at a glance, with a decimal where there are few."""
    return number_format(hours, 0 if hours >= FEW or hours == round(hours) else 1)
