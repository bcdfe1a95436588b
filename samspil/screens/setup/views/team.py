"""The hours of a unit, for who arranges them: everybody's week, where nobody is there, and one colleague's week and absence."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.hours.actions import may_arrange
from samspil.hours.queries import absences, calendar_of, history, on_duty, week_of
from samspil.look.answers import uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleague as one_colleague
from samspil.organisation.queries import units
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.setup.queries.team import team_week as week_of_unit
from samspil.screens.setup.views.hours import keep_absence, keep_week, others
from samspil.screens.setup.views.hours_forms import AbsenceForm, WeekForm, kinds
from samspil.screens.setup.views.organisation import frame

BEHIND, AHEAD = timedelta(days=400), timedelta(days=731)
"""How far one looks back and ahead."""


@having(Right.HOURS)
@require_GET
def team_hours(request: HttpRequest) -> HttpResponse:
    """``?unit=`` one of those whose hours one arranges, ``?week=`` a day of the week. A constant number of statements."""
    colleague, every = me(request), units()
    mine = [u for u in every if may_arrange(by=colleague, unit=u)]
    asked = request.GET.get("unit", "")
    first = next((u for u in mine if u.pk == colleague.unit_id), mine[0] if mine else None)
    unit = next((u for u in mine if str(u.pk) == asked), None) if asked else first
    if asked and unit is None:
        raise Http404
    monday = _monday(request.GET.get("week", ""))
    context = {
        **frame(request, "team"),
        "unit": unit,
        "units": mine,
        "monday": monday,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "today": timezone.localdate(),
        "span": _span(monday, monday + timedelta(days=6)),
        "kinds": kinds(),
        "found": week_of_unit(unit, monday, now(), (get_language() or "da").split("-")[0]) if unit else None,
    }
    return render(request, "setup/team_hours.html", context)


def _span(first: date, last: date) -> str:
    """The first and the last day of a week, in words."""
    short, long = (
        pgettext("day without year, Django's date format", "j M"),
        pgettext("day with year, Django's date format", "j M Y"),
    )
    return f"{date_format(first, short if first.year == last.year else long)} – {date_format(last, long)}"


def _monday(asked: str) -> date:
    """The first day of the week that is asked for; this week's where it is not understood. Raises Http404 where nobody looks."""
    today = timezone.localdate()
    try:
        day = parse_date(asked) or today
    except ValueError:
        day = today
    if not today - BEHIND <= day <= today + AHEAD:
        raise Http404
    return day - timedelta(days=day.weekday())


@having(Right.HOURS)
@require_http_methods(["GET", "POST"])
def team_week(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One colleague's week, absence and history; the week is changed."""
    whose = _whose(request, ident)
    form = WeekForm(request.POST or None, initial=WeekForm.of(week_of(colleague=ident) or calendar_of(whose.unit_id)))
    if request.method == "POST" and form.is_valid() and keep_week(form, colleague=whose, by=me(request), at=now()):
        messages.success(request, _("Saved: %(name)s is told") % {"name": whose.name})
        return HttpResponseRedirect(reverse("team_week", args=[ident]))
    return _one(request, whose, form, AbsenceForm(people=others(ident)), status=422 if form.is_bound else 200)


@having(Right.HOURS)
@require_POST
def team_absence(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Say that a colleague is not there."""
    whose = _whose(request, ident)
    form = AbsenceForm(request.POST, people=others(ident))
    if row := keep_absence(form, colleague=whose, by=me(request)):
        messages.success(request, _("Saved: %(name)s is told") % {"name": whose.name})
        return HttpResponseRedirect(f"{reverse('team_week', args=[ident])}?made={row.pk}")
    week = WeekForm(initial=WeekForm.of(week_of(colleague=ident) or calendar_of(whose.unit_id)))
    return _one(request, whose, week, form, status=422)


def _whose(request: HttpRequest, ident: UUID) -> Colleague:
    """A colleague whose hours one arranges. Raises Http404, NotAllowed."""
    found = one_colleague(ident)
    if found is None or found.outside or not found.is_active:
        raise Http404
    if not may_arrange(by=me(request), colleague=found):
        raise NotAllowed("Only oneself, the unit's lead or an administrator can do that")
    return found


def _one(request: HttpRequest, whose: Colleague, form: WeekForm, absence: AbsenceForm, *, status: int = 200) -> HttpResponse:
    at = now()
    rows = absences(whose.pk, at=at)
    made = uuid_of(request.GET.get("made", ""))
    context: dict[str, Any] = {
        **frame(request, "team"),
        "whose": whose,
        "form": form,
        "absence": absence,
        "week": week_of(colleague=whose.pk),
        "absences": [(a, kinds()[a.kind], a.since <= at < a.until, a.until <= at) for a in rows],
        "made": next((a for a in rows if a.pk == made), None),
        "gone": uuid_of(request.GET.get("gone", "")),
        "back": on_duty([whose.pk], at)[whose.pk],
        "history": history(whose.pk),
    }
    return render(request, "setup/team_week.html", context, status=status)
