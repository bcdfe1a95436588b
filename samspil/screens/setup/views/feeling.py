"""Pulse: what people said of how the relation feels, and when they are asked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.organisation.models import Unit
from samspil.organisation.queries import units
from samspil.organisation.ui.guard import me
from samspil.pulse.actions import arrange
from samspil.pulse.models import Setting
from samspil.pulse.queries import DAYS, SCORES, SIGNS, Figures, figures, may_arrange, settings
from samspil.screens.setup.views.forms import Feeling
from samspil.screens.setup.views.organisation import frame

ALL = "all"
FIELDS = ("active", "wait_minutes", "apart_days", "needs_yes", "question", "question_en")


@login_required
@require_GET
def feeling(request: HttpRequest) -> HttpResponse:
    """The last months as a whole and by unit, with how sure one can be; and what holds for whom."""
    colleague = me(request)
    whole, each = figures(at=now())
    said = {f.unit: f for f in each}
    held = {s.unit_id: s for s in settings()}
    everybody = held.get(None)
    rows: list[dict[str, Any]] = [
        {
            "unit": unit,
            "figures": _drawn(said[unit.pk]) if unit.pk in said else None,
            "setting": held.get(unit.pk) or everybody,
            "is_own": unit.pk in held,
            "may": may_arrange(colleague, unit),
        }
        for unit in units()
    ]
    context = {
        **frame(request, "feeling"),
        "whole": _drawn(whole),
        "rows": rows,
        "everybody": everybody,
        "may_all": may_arrange(colleague, None),
        "days": DAYS,
        "is_asking": any(row["setting"] and row["setting"].active for row in rows),
    }
    return render(request, "setup/feeling.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, whose: str) -> HttpResponse:
    """Say when one asks: for a unit by its id, or for "all" that have no word of their own."""
    colleague, unit = me(request), _unit(whose)
    if not may_arrange(colleague, unit):
        raise NotAllowed("Only an administrator, or the unit's own lead, can do that")
    held = Setting.objects.filter(unit=unit).first() or Setting.objects.filter(unit=None).first()
    initial = {name: getattr(held, name) for name in FIELDS} if held else {}
    form = Feeling(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        arrange(unit=unit, by=colleague, at=now(), **form.cleaned_data)
        messages.success(request, _("Saved"))
        return HttpResponseRedirect(reverse("feeling"))
    title = unit.name if unit else _("All units that have no word of their own")
    context = {**frame(request, "feeling"), "title": title, "back": reverse("feeling"), "form": form}
    return render(request, "setup/edit.html", context, status=422 if form.is_bound else 200)


def _unit(whose: str) -> Unit | None:
    if whose == ALL:
        return None
    try:
        return Unit.objects.get(pk=UUID(whose))
    except (ValueError, Unit.DoesNotExist) as error:
        raise Http404 from error


def _drawn(found: Figures) -> dict[str, Any]:
    """The figures as the page draws them, in percent."""
    most = max(found.by_score) or 1
    return {
        "asked": found.asked,
        "answered": found.answered,
        "good": round(100 * found.good),
        "low": round(100 * found.low),
        "high": round(100 * found.high),
        "bars": [
            {"sign": SIGNS[score], "word": SCORES[score], "n": n, "width": round(100 * n / most)}
            for score, n in sorted(enumerate(found.by_score, start=1), reverse=True)
        ],
    }
