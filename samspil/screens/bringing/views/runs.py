"""One import: what the dry run found, how far the run is, what became of every row; go, stop, take back."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.exchange.actions import people
from samspil.exchange.models import PeopleRun
from samspil.exchange.queries.people import UNDER_WAY, given_back, page_of, run_of
from samspil.exchange.rules.plan import GIVEN_BACK, OUTCOMES
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having


@never_cache
@having(Right.IMPORT)
@require_GET
def run(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The page; ``?show=`` an outcome, ``?after=`` the last row of the page before."""
    row = run_of(ident)
    show = request.GET.get("show", "")
    show = show if show in OUTCOMES else ""
    after = request.GET.get("after", "0")
    rows, more = page_of(ident, outcome=show, after=int(after) if after.isdecimal() and len(after) < 10 else 0)  # noqa: PLR2004
    counts = _counts(row)
    context = {
        "section": "consumers",
        "run": row,
        "show": show,
        "rows": rows,
        "more": more,
        "tabs": [(o, counts[o]) for o in OUTCOMES if counts.get(o)],
        "all": sum(counts.get(o, 0) for o in OUTCOMES),
        "counts": {name.removeprefix("_"): n for name, n in counts.items()},
        "back": any(counts.get(o) for o in GIVEN_BACK) and row.state in {"done", "looked", "cancelled"},
        "under_way": row.state in UNDER_WAY,
        "step": {"looked": 3, "looking": 3, "running": 4, "cancelled": 4}.get(row.state, 5),
    }
    return render(request, "bringing/run.html", context)


def _counts(row: PeopleRun) -> dict[str, int]:
    return dict(row.counts or row.looked) if row.state != PeopleRun.State.LOOKED else dict(row.looked)


@never_cache
@having(Right.IMPORT)
@require_GET
def progress(request: HttpRequest, ident: UUID) -> HttpResponse:
    """How far it is, asked for every second; when it is done the page comes anew."""
    row = run_of(ident)
    if row.state not in UNDER_WAY:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("people_run", args=[ident])})
    return render(request, "bringing/parts/progress.html", {"run": row, "counts": _counts(row)})


DEEDS: dict[str, Callable[[UUID], Any]] = {
    "look": lambda run: people.look(run=run, at=now()),
    "go": lambda run: people.go(run=run, at=now()),
    "cancel": lambda run: people.cancel(run=run, at=now()),
    "undo": lambda run: people.undo_import(run=run, at=now()),
    "drop": lambda run: people.drop_run(run=run),
}


@having(Right.IMPORT)
@require_POST
def do(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One step of an import."""
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        return HttpResponse(status=422)
    try:
        DEEDS[deed](ident)
    except (people.NotNow, people.NoHandleColumn):
        messages.error(request, _("That cannot be done with this import now"))
        return HttpResponseRedirect(reverse("people_run", args=[ident]))
    if deed == "drop":
        messages.success(request, _("The file is thrown away; nothing was imported from it"))
        return HttpResponseRedirect(reverse("people_import"))
    return HttpResponseRedirect(reverse("people_run", args=[ident]))


@having(Right.IMPORT)
@require_GET
def not_taken(_request: HttpRequest, ident: UUID) -> StreamingHttpResponse:
    """The rows that were not taken, with their reasons, as a file."""
    row = run_of(ident)
    lines: Iterator[str] = given_back(row)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="not-taken-{str(ident)[-8:]}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
