"""Hours: my week and absence; a unit's opening hours, the holidays that hold, closed days."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.hours.actions import (
    be_absent,
    bring_absence_back,
    may_arrange,
    say_day,
    see_changes,
    set_week,
    take_absence_back,
    take_day_back,
    take_week_back,
)
from samspil.hours.models import Absence, Week
from samspil.hours.queries import absences, calendar_of, days_of, on_duty, unseen, week_of
from samspil.hours.rules import closed_on, holidays_of
from samspil.look.answers import uuid_of
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries import colleagues
from samspil.organisation.ui.guard import me
from samspil.screens.setup.views.hours_forms import AbsenceForm, WeekForm, kinds
from samspil.screens.setup.views.organisation import frame


@login_required
@require_http_methods(["GET", "POST"])
def own_hours(request: HttpRequest) -> HttpResponse:
    """My week, and when I am not there."""
    colleague, at = me(request), now()
    week = week_of(colleague=colleague.pk)
    form = WeekForm(request.POST or None, initial=WeekForm.of(week or calendar_of(colleague.unit_id)))
    if request.method == "POST" and form.is_valid() and keep_week(form, colleague=colleague, by=colleague, at=at):
        messages.success(request, _("Saved"))
        return HttpResponseRedirect(reverse("own_hours"))
    return _own(request, form, AbsenceForm(people=others(colleague.pk)), status=422 if form.is_bound else 200)


def keep_week(form: WeekForm, **whose: Any) -> bool:
    """What a form says of a week is kept; False, with the form's error, where it does not hold. Raises NotAllowed."""
    try:
        set_week(**whose, **form.week())
    except NotAllowed:
        raise
    except SamspilError:
        form.add_error("subdivision", _("The country has no such part."))
        return False
    return True


def _own(request: HttpRequest, form: WeekForm, absence: AbsenceForm, *, status: int = 200) -> HttpResponse:
    colleague, at = me(request), now()
    context = {
        "tab": "hours",
        "form": form,
        "absence": absence,
        "week": week_of(colleague=colleague.pk),
        "absences": [(a, kinds()[a.kind], a.since <= at < a.until, a.until <= at) for a in absences(colleague.pk, at=at)],
        "back": on_duty([colleague.pk], at)[colleague.pk],
        "gone": uuid_of(request.GET.get("gone", "")),
        "unseen": unseen(colleague.pk),
    }
    return render(request, "setup/own_hours.html", context, status=status)


def others(but: UUID) -> list[tuple[str, str]]:
    """Who can take over for somebody."""
    return [("", "–"), *((str(c.pk), c.name) for c in colleagues() if c.pk != but)]


@login_required
@require_POST
def add_absence(request: HttpRequest) -> HttpResponse:
    """Say that I am not there."""
    colleague = me(request)
    form = AbsenceForm(request.POST, people=others(colleague.pk))
    if keep_absence(form, colleague=colleague, by=colleague):
        messages.success(request, _("Saved: nothing new is given to you in that time"))
        return HttpResponseRedirect(reverse("own_hours"))
    week = week_of(colleague=colleague.pk)
    return _own(request, WeekForm(initial=WeekForm.of(week or calendar_of(colleague.unit_id))), form, status=422)


def keep_absence(form: AbsenceForm, *, colleague: Colleague, by: Colleague) -> Absence | None:
    """What a form says of an absence is kept; None, with the form's errors, where it does not hold. Raises NotAllowed."""
    if not form.is_valid():
        return None
    given = form.cleaned_data
    stand_in = next((c for c in colleagues() if str(c.pk) == given["stand_in"]), None)
    when = {name: given[name] for name in ("since", "until", "kind")}
    try:
        return be_absent(colleague=colleague, stand_in=stand_in, by=by, at=now(), **when)
    except NotAllowed:
        raise
    except SamspilError:
        form.add_error("until", _("Choose a time to come that ends after it begins."))
        return None


def _home(request: HttpRequest, colleague: UUID | None) -> str:
    """The page of a colleague's hours: one's own, or that of another whose hours one arranges."""
    own = colleague is None or colleague == me(request).pk
    return reverse("own_hours") if own else reverse("team_week", args=[colleague])


@login_required
@require_POST
def end_absence(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Somebody is there after all; the page offers to undo that."""
    try:
        row = take_absence_back(absence=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    return HttpResponseRedirect(f"{_home(request, row.colleague_id)}?{urlencode({'gone': str(ident)})}")


@login_required
@require_POST
def absence_back(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The undo of that."""
    try:
        row = bring_absence_back(absence=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    return HttpResponseRedirect(_home(request, row.colleague_id))


@login_required
@require_POST
def undo_week(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take back the hours that hold: those before them hold again."""
    row = get_object_or_404(Week, pk=ident)
    try:
        take_week_back(week=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    messages.success(request, _("The hours before hold again"))
    return HttpResponseRedirect(reverse("unit_hours", args=[row.unit_id]) if row.unit_id else _home(request, row.colleague_id))


@login_required
@require_POST
def hours_seen(request: HttpRequest) -> HttpResponse:
    """I have seen what others did with my hours."""
    see_changes(by=me(request), at=now())
    return HttpResponseRedirect(reverse("own_hours"))


@login_required
@require_GET
def unit_hours(request: HttpRequest, ident: UUID) -> HttpResponse:
    """When a unit is open, and which days it is not, this year and the next."""
    return _unit(request, get_object_or_404(Unit, pk=ident))


def _unit(request: HttpRequest, unit: Unit, *, day_error: str = "", status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    calendar = calendar_of(unit.pk)
    said = {d.day: d for d in [*days_of(None, since=date(today.year, 1, 1)), *days_of(unit.pk, since=date(today.year, 1, 1))]}
    language = (get_language() or "da").split("-")[0]
    years = [today.year, today.year + 1]
    rows = holidays_of(calendar.country, calendar.subdivision, years, language) if calendar else []
    context = {
        **frame(request, "units"),
        "unit": unit,
        "calendar": calendar,
        "week": week_of(unit=unit.pk),
        "shown": WeekForm(initial=WeekForm.of(calendar)).shown() if calendar else [],
        "holidays": [(day, name, said.get(day), day < today, bool(calendar and closed_on(calendar, day))) for day, name in rows],
        "years": years,
        "days": [d for d in sorted(said.values(), key=lambda d: d.day) if d.closed],
        "may": may_arrange(by=me(request), unit=unit),
        "administers_all": may_arrange(by=me(request)),
        "day_error": day_error,
    }
    return render(request, "setup/unit_hours.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def edit_unit_hours(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Change a unit's opening hours."""
    unit = get_object_or_404(Unit, pk=ident)
    if not may_arrange(by=me(request), unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    form = WeekForm(request.POST or None, initial=WeekForm.of(calendar_of(unit.pk)))
    back = reverse("unit_hours", args=[ident])
    if request.method == "POST" and form.is_valid() and keep_week(form, unit=unit, by=me(request), at=now()):
        messages.success(request, _("Saved"))
        return HttpResponseRedirect(back)
    context = {**frame(request, "units"), "title": unit.name, "back": back, "form": form}
    return render(request, "setup/edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def add_day(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Close a day, or keep a holiday open."""
    unit = get_object_or_404(Unit, pk=ident)
    try:
        day = parse_date(request.POST.get("day", ""))
    except ValueError:
        day = None
    if day is None:
        return _unit(request, unit, day_error=_("Choose a day"), status=422)
    whose = None if "all" in request.POST else unit
    name = request.POST.get("name", "").replace("\x00", "")
    try:
        say_day(unit=whose, day=day, closed="keep" not in request.POST, name=name, by=me(request), at=now())
    except NotAllowed:
        raise
    except SamspilError:
        return _unit(request, unit, day_error=_("Something is said of this day already"), status=422)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("unit_hours", args=[ident]))


@login_required
@require_POST
def end_day(request: HttpRequest, ident: UUID, day: UUID) -> HttpResponse:
    """Take a day back: it is as the week and the country say."""
    try:
        take_day_back(day=day, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    messages.success(request, _("The day is as every other"))
    return HttpResponseRedirect(reverse("unit_hours", args=[ident]))
