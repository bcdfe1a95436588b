"""Consumers: found by name or handle, or who was last in touch."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from samspil.identity.queries import find
from samspil.organisation.ui.guard import me
from samspil.screens.people.queries.lists import FOUND, recent, rows
from samspil.screens.people.views.common import ident, place

LONGEST = 200


@login_required
@require_GET
def consumers(request: HttpRequest) -> HttpResponse:
    """The list; ``?q=`` searches, ``?at=&id=`` and ``?after=`` go on where a page ended."""
    by, text = me(request), request.GET.get("q", "").strip()[:LONGEST].replace("\x00", "")
    if text:
        found, more = rows(by, [c.pk for c in find(text, limit=FOUND)]), ""
    else:
        found, more = recent(by, before=place(request), after=ident(request.GET.get("after", "")))
    going_on = "at" in request.GET or "after" in request.GET
    context = {"rows": found, "more": more, "q": text, "section": "consumers", "going_on": going_on}
    if request.headers.get("HX-Request"):
        return render(request, "people/parts/rows.html" if going_on else "people/parts/list.html", context)
    return render(request, "people/consumers.html", context)
