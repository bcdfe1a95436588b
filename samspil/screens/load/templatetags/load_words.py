"""Words of the pages of load: ``{% load load_words %}``."""

import datetime as dt
from typing import Any
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samspil.load.queries import Line
from samspil.look.templatetags.look import clock, when
from samspil.organisation.queries import called

register = template.Library()
register.filter(called)


@register.filter
def weekday(day: int) -> str:
    """0 is Monday."""
    return str(WEEKDAYS[day]).capitalize()


@register.filter
def hour_words(hour: int) -> str:
    """An hour of the day: 8–9."""
    return f"{hour}–{hour + 1}"


@register.filter
def span(seconds: float | str | None) -> str:
    """How long, in one unit and as round as it is sure: 45 s, 20 min., 3.5 h, 2 days; a dash for what is not there."""
    if seconds is None or isinstance(seconds, str):
        return "–"
    if seconds < 90:  # noqa: PLR2004 - a minute and a half
        return _("%(n)s s") % {"n": round(seconds)}
    if seconds < 5400:  # noqa: PLR2004 - an hour and a half
        return _("%(n)s min.") % {"n": round(seconds / 60)}
    if seconds < 2 * 86400:
        hours = seconds / 3600
        return _("%(n)s h") % {"n": number_format(round(hours, 1) if hours < 10 else round(hours), use_l10n=True)}  # noqa: PLR2004
    return _("%(n)s days") % {"n": round(seconds / 86400)}


@register.filter
def minutes(seconds: float) -> str:
    """Seconds as minutes for a field of a form: always with a point."""
    return f"{seconds / 60:.3g}"


@register.filter
def sure(quantile: Any) -> str:
    """Where a quantile lies with 95 %: «12–40 min.», or that nobody can say."""
    if not quantile:
        return ""
    if quantile.low is None or quantile.high is None:
        return _("too few to say how sure")
    low, high = span(quantile.low), span(quantile.high)
    number, _sep, unit = low.partition(" ")
    return f"{number}–{high}" if high.endswith(f" {unit}") else f"{low} – {high}"


@register.filter
def share(value: float | None) -> str:
    """A share as percent, without decimals."""
    return "–" if value is None else f"{100 * value:.0f} %"


@register.filter
def told(line: Line) -> str:
    """How long one who writes now is expected to wait, told honestly."""
    found = line.expected
    if found.half is None or found.mostly is None:
        return (
            ngettext(
                "We do not know yet: %(n)s answer in eight weeks", "We do not know yet: %(n)s answers in eight weeks", found.n
            )
            % {"n": found.n}
            if found.n
            else _("We do not know yet: no answers in eight weeks")
        )
    return _("about %(half)s, 8 of 10 times under %(mostly)s") % {"half": span(found.half), "mostly": span(found.mostly)}


@register.filter
def advice(line: Line) -> str:
    """What one should do about it; "" where nothing need be done."""
    kind, values = line.advice
    name = called(line.what)
    if kind == "more":
        return _more(line, name, values)
    if kind == "closed":
        until = values["until"]
        return _("Closed now; it opens %(when)s") % {"when": moment(until)} if until else _("Closed now")
    texts = {
        "nobody": _("Nobody of those who can is on duty: ask somebody to step in, or change the promise"),
        "away": ngettext(
            "%(n)s waits with a colleague who is not on duty: hand it over",
            "%(n)s wait with colleagues who are not on duty: hand them over",
            values.get("n", 0),
        ),
        "late": ngettext(
            "Those who are there are enough: take the late one first",
            "Those who are there are enough: take the %(n)s late ones first",
            values.get("n", 0),
        ),
    }  # fmt: skip
    return texts[kind] % values if kind in texts else ""


def _more(line: Line, name: str, values: Any) -> str:
    given = {"n": values["n"], "name": name, "until": moment(values["until"])}
    if hasattr(line.what, "words"):
        said = ngettext(
            "%(n)s more who knows %(name)s until %(until)s would",
            "%(n)s more who know %(name)s until %(until)s would",
            values["n"],
        )
    else:
        said = ngettext(
            "%(n)s more in %(name)s until %(until)s would", "%(n)s more in %(name)s until %(until)s would", values["n"]
        )
    end = _("keep the promise") if values["promised"] else _("answer everything")
    return f"{said % given} {end}"


def moment(at: dt.datetime) -> str:
    """The clock where it is today, else the day and the clock."""
    local = timezone.localtime(at)
    return clock(at) if local.date() == timezone.localdate() else f"{when(at)} {clock(at)}"


@register.filter
def at_moment(at: dt.datetime | None) -> str:
    """The same for a template."""
    return moment(at) if at else ""


@register.filter
def listed(line: Line, which: str = "is:waiting") -> str:
    """The address of the desk's list of those who wait in this unit, or for this competence; or of those that are late or soon due."""
    kind = "competence" if hasattr(line.what, "words") else "unit"
    words = f'{kind}:"{line.what.name}" {which}'
    return desk_list(words)


@register.simple_tag
def desk_list(words: str) -> str:
    """The address of the desk's list of what is open and fits the words of a search, due first."""
    return f"{reverse('desk')}?view=open&q={quote(words)}&order=due"


@register.filter
def decimal(value: float | None) -> str:
    """Two decimals; a dash where there is none."""
    return "–" if value is None or value != value else number_format(value, 2, use_l10n=True)  # noqa: PLR0124 - not a number
