"""A dry run looked through: each case beside what a colleague really answered; a lead says what was right."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.assist.actions import label_case
from samspil.assist.queries.auto import access_unit, newest_trial, setting_of
from samspil.assist.queries.auto_runs import PAGE, WHICH, Case, case_of
from samspil.assist.queries.auto_runs import cases as found_cases
from samspil.base.clock import now
from samspil.organisation.queries import called
from samspil.organisation.ui.guard import me
from samspil.screens.assist.views.auto import LEADS
from samspil.screens.assist.views.auto_words import reason


@LEADS
@require_GET
def cases(request: HttpRequest, unit: UUID) -> HttpResponse:
    """One page of the newest dry run that is done."""
    row, by = access_unit(me(request), unit), me(request)
    which = request.GET.get("which", "would")
    which = which if which in WHICH else "would"
    text = request.GET.get("page", "0")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - no dry run has so many pages
    trial, threshold = newest_trial(row.pk, finished=True), setting_of(row.pk).threshold
    found = found_cases(unit=row.pk, trial=trial.pk, by=by, which=which, threshold=threshold, page=page) if trial else []
    titles = {
        "would": _("Would be sent"),
        "wrong": _("Of those, wrong"),
        "open": _("Of those, not known"),
        "near": _("Just below"),
        "refused": _("Never"),
    }
    context = {
        "tab": "assist",
        "unit": row,
        "name": called(row),
        "trial": trial,
        "which": which,
        "titles": titles.items(),
        "cases": [_drawn(one) for one in found[:PAGE]],
        "page": page,
        "before": page - 1,
        "after": page + 1 if len(found) > PAGE else None,
    }
    return render(request, "assist/auto_cases.html", context)


def _drawn(one: Case) -> dict[str, Any]:
    said = one.right if one.label is None else one.label
    return {
        "case": one,
        "likely": None if one.likely is None else round(100 * one.likely),
        "right": said,
        "reason": reason(one.refused) if one.refused else "",
    }


@LEADS
@require_POST
def label(request: HttpRequest, case: int) -> HttpResponse:
    """Right, wrong, or as it was judged by itself."""
    said = {"right": True, "wrong": False}.get(request.POST.get("said", ""))
    label_case(case=case, by=me(request), right=said, at=now())
    return render(request, "assist/parts/auto_case.html", {"one": _drawn(case_of(case, by=me(request)))})
