"""What we promised: how soon a unit answers and is done, by priority and channel; what follows; who changed what, and the undo."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.hours.actions import may_arrange
from samspil.hours.queries import lines
from samspil.intake.queries import accounts
from samspil.look.answers import uuid_of
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries import called
from samspil.organisation.ui.guard import me
from samspil.promise.actions import escalate_so, promise, promise_again, take_course_back, take_promise_back
from samspil.promise.models import Escalation, Promise
from samspil.promise.queries import (
    course_that_holds,
    courses,
    escalation_of,
    history,
    is_reckoning,
    levels,
    promises_of,
    reckoned,
)
from samspil.promise.rules import USUAL, Course, course_of
from samspil.screens.setup.views.organisation import frame
from samspil.screens.setup.views.promise_forms import CourseForm, Promised, channel_words, course_words, priority_words

ALL = "all"


def _unit(whose: str) -> Unit | None:
    if whose == ALL:
        return None
    ident = uuid_of(whose)
    unit = Unit.objects.filter(pk=ident).first() if ident else None
    if unit is None:
        raise Http404
    return unit


def _of(unit_id: UUID | None) -> str:
    return str(unit_id) if unit_id else ALL


def _for_leads(request: HttpRequest, whose: str) -> tuple[Unit | None, Colleague]:
    unit, by = _unit(whose), me(request)
    if not may_arrange(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    return unit, by


def _heading(unit: Unit | None) -> str:
    return called(unit) if unit else _("All units")


@login_required
@require_GET
def promises(request: HttpRequest, whose: str) -> HttpResponse:
    """What a unit, or all, promises; what follows; and who changed what. A constant number of statements."""
    unit = _unit(whose)
    ident = unit.pk if unit else None
    above = _above(unit)
    own = escalation_of(ident)
    context = {
        **frame(request, "units"),
        "unit": unit,
        "whose": whose,
        "heading": _heading(unit),
        "may": may_arrange(by=me(request), unit=unit),
        "rows": [
            {"row": row, "priority": priority_words(row.priority), "channel": channel_words(row.channel)}
            for row in promises_of(ident)
        ],
        "above": above,
        "course": course_words(course_that_holds(ident)),
        "own_course": own,
        "course_of": _course_place(unit, own=own is not None),
        "history": [_told(change) for change in history(ident)],
        "going": is_reckoning(),
        **_just_done(request),
    }
    return render(request, "setup/promises.html", context)


def _above(unit: Unit | None) -> dict[str, Any] | None:
    """The nearest unit above that promises something, whose promises hold where this one has none; None for all units' own page."""
    if unit is None:
        return None
    said = {level.unit for level in levels()}
    line = list(lines([unit.pk])[unit.pk])[1:]
    place = next((u for u in line if u in said), ALL)
    if place == ALL:
        return None
    row = Unit.objects.filter(pk=place).first() if place else None
    return {"whose": _of(row.pk if row else None), "name": _heading(row)}


def _course_place(unit: Unit | None, *, own: bool) -> str:
    """In words, whose word on what follows holds here."""
    if own:
        return ""
    line = lines([unit.pk])[unit.pk] if unit else [None]
    holding = course_of(courses(), line=line)
    if holding is USUAL:
        return _("As Samspil does where nobody says otherwise.")
    row = Unit.objects.filter(pk=holding.unit).first() if holding.unit else None
    return _("As %(unit)s.") % {"unit": _heading(row)}


def _told(change: Any) -> dict[str, Any]:
    return {
        "change": change,
        "place": [priority_words(change.promise.priority), channel_words(change.promise.channel)] if change.promise else [],
        "course": course_words(_course(change.escalation)) if change.escalation else None,
    }


def _course(row: Any) -> Course:
    return Course(
        unit=row.unit_id,
        soon=row.soon_share,
        late=row.late_share,
        soon_to=row.soon_to,
        due_to=row.due_to,
        late_to=row.late_to,
        urgent=row.urgent,
        freed=row.freed,
    )


def _just_done(request: HttpRequest) -> dict[str, Any]:
    """What was done on the page before, for the toast with its undo; shown once."""
    done = request.session.pop("promised", None)
    if not done:
        return {}
    words, undo = {
        "made": (_("Promised"), "promise_back"),
        "gone": (_("The promise is taken back"), "promise_again"),
        "said": (_("Saved"), "course_back"),
    }.get(done["what"], (_("What was said before holds again"), ""))
    return {"did": words, "did_undo": reverse(undo, args=[done["row"]]) if undo else ""}


def _back(request: HttpRequest, what: str, row: Promise | Escalation) -> HttpResponse:
    """To the page of what was changed, which says it. The undo of a toast is a script's, and goes there itself."""
    request.session["promised"] = {"what": what, "row": str(row.pk)}
    to = reverse("promises", args=[_of(row.unit_id)])
    return HttpResponse(headers={"HX-Redirect": to}) if request.headers.get("HX-Request") else HttpResponseRedirect(to)


@login_required
@require_http_methods(["GET", "POST"])
def edit_promise(request: HttpRequest, whose: str) -> HttpResponse:
    """Say what a unit promises, for one priority and channel or for all. What was promised before is kept."""
    unit, by = _for_leads(request, whose)
    ident = unit.pk if unit else None
    channels = {a.channel for a in accounts() if not a.history} | {level.channel for level in levels() if level.channel}
    asked = {name: request.GET.get(name, "") for name in ("priority", "channel")}
    held = next((x for x in levels() if x.unit == ident and (x.priority, x.channel) == tuple(asked.values())), None)
    initial = {**asked, **({"first": held.first, "next": held.next, "done": held.done} if held else {})}
    form = Promised(request.POST or None, initial=initial, channels=sorted(channels))
    if request.method == "POST" and form.is_valid():
        return _back(request, "made", promise(unit=unit, by=by, at=now(), **form.cleaned_data))
    title = _("What %(unit)s promises") % {"unit": _heading(unit)}
    context = {**frame(request, "units"), "title": title, "back": reverse("promises", args=[whose]), "form": form}
    return render(request, "setup/edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def promise_back(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take a promise back: the one before it holds again, or none."""
    try:
        row = take_promise_back(promise=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    return _back(request, "gone", row)


@login_required
@require_POST
def again(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Promise again what was taken back or promised otherwise since."""
    try:
        row = promise_again(promise=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    return _back(request, "made", row)


@login_required
@require_http_methods(["GET", "POST"])
def edit_course(request: HttpRequest, whose: str) -> HttpResponse:
    """Say what follows when a promise is near or not kept."""
    unit, by = _for_leads(request, whose)
    ident = unit.pk if unit else None
    form = CourseForm(request.POST or None, initial=CourseForm.of(course_that_holds(ident)))
    if request.method == "POST" and form.is_valid():
        return _back(request, "said", escalate_so(unit=unit, course=form.course(), by=by, at=now()))
    title = _("What follows in %(unit)s") % {"unit": _heading(unit)}
    context = {**frame(request, "units"), "title": title, "back": reverse("promises", args=[whose]), "form": form}
    return render(request, "setup/edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def course_back(request: HttpRequest, ident: UUID) -> HttpResponse:
    """What was said before of what follows holds again."""
    try:
        row = take_course_back(escalation=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    return _back(request, "unsaid", row)


@login_required
@require_GET
def going(request: HttpRequest, ident: UUID) -> HttpResponse:
    """How far the reckoning is; one that another took the place of is followed by that one."""
    row = reckoned(ident)
    if row is None:
        raise Http404
    if row.finished_at and row.done < row.total:
        row = is_reckoning() or row
    return render(request, "setup/parts/reckoning.html", {"going": row})
