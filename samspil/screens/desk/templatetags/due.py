"""When an answer is due and how much a conversation presses, in words: `{% load due %}`."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from samspil.base.clock import now
from samspil.conversation.queries import Row
from samspil.look.templatetags.look import clock, day
from samspil.promise.models import Due

register = template.Library()
WEEK = 7
_HIGHEST = 10**18
"""Above every time in microseconds: rows with a time of their own stand above those without."""


@register.filter
def due_short(at: datetime) -> str:
    """The same with the weekday cut short, for a list: Mon 8.00."""
    return due_at(at, weekday="D")


@register.filter
def due_at(at: datetime, weekday: str = "l") -> str:
    """When, as short as it is clear, also for times to come: 14.20, tomorrow 8.00, Monday 8.00, 3 Dec 8.00."""
    days = (timezone.localtime(at).date() - timezone.localdate()).days
    if days == 0:
        return clock(at)
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock(at)}
    if days == -1:
        return _("yesterday %(time)s") % {"time": clock(at)}
    named = date_format(timezone.localtime(at), weekday) if 1 < days < WEEK else day(at)
    return f"{named} {clock(at)}"


@register.filter
def left(at: datetime) -> str:
    """How long until then, or since: in 2 h 10 min., 1 h late."""
    seconds = (at - now()).total_seconds()
    words = span(timedelta(seconds=abs(seconds)))
    return (_("in %(time)s") if seconds > 0 else _("%(time)s late")) % {"time": words}


def span(time: timedelta) -> str:
    """A time in its two largest units: 5 min., 2 h 10 min., 3 days 4 h."""
    minutes = int(time.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        parts = [pgettext("short", "%(n)d d") % {"n": days}, *([_("%(n)d h") % {"n": hours}] if hours else [])]
    elif hours:
        parts = [_("%(n)d h") % {"n": hours}, *([_("%(n)d min.") % {"n": rest}] if rest else [])]
    else:
        parts = [_("%(n)d min.") % {"n": max(rest, 1)}]
    return " ".join(parts)


@register.filter
def priority_word(priority: str) -> str:
    """A priority in one or two words."""
    return {"urgent": _("Urgent"), "low": _("Can wait")}.get(priority, _("As every other"))


@register.filter
def priority_icon(priority: str) -> str:
    """The icon of a priority."""
    return {"urgent": "arrow-up", "low": "arrow-down"}.get(priority, "minus")


@register.filter
def place(row: Row) -> str:
    """Where a row stands in its list, as a number: the higher, the further up."""
    if row.placed_at is None:
        return str(int(row.last_at.timestamp() * 1_000_000))
    return str(_HIGHEST - int(row.placed_at.timestamp() * 1_000_000))


@register.filter
def has_time(due: Due | None) -> bool:
    """Whether anything is due."""
    return bool(due and (due.answer_due or due.done_due))
