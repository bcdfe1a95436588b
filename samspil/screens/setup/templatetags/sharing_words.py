"""Words of how work is shared out: ``{% load sharing_words %}``."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samspil.look.templatetags.look import duration
from samspil.routing.models import PolicyChange

register = template.Library()


@register.filter
def limits_words(change: PolicyChange) -> str:
    """What was set, in a line."""
    return ", ".join(
        [
            _("grace %(n)d min.") % {"n": change.grace_minutes} if change.grace_minutes else _("no grace ends"),
            ngettext("%(n)d a day", "%(n)d a day", change.daily) % {"n": change.daily} if change.daily else _("no limit a day"),
            _("patience %(n)d min.") % {"n": change.patience_minutes} if change.patience_minutes else _("no patience"),
        ]
    )


@register.filter
def span_or_dash(seconds: float | None) -> str:
    """A time in one unit, or a dash where there is none."""
    return "–" if seconds is None else _("at once") if seconds < 1 else duration(seconds)
