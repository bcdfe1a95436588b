"""Consumers: found by name or handle, or who was last in touch."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from samspil.identity.queries import find
from samspil.organisation.ui.guard import me
from samspil.relationship.rules.stages import STAGES
from samspil.screens.people.queries.lists import FOUND, recent, rows
from samspil.screens.people.views.common import ident, place
from samspil.screens.people.views.strongest import ordered, strong

LONGEST = 200


@login_required
@require_GET
def consumers(request: HttpRequest) -> HttpResponse:
    """The list; ``?q=`` searches, ``?by=`` is an order or a stage; ``?at=&id=``, ``?after=`` and ``?force=&id=`` go on where a page ended."""
    by, text = me(request), request.GET.get("q", "").strip()[:LONGEST].replace("\x00", "")
    order = ordered(request)
    if text:
        found, more = rows(by, [c.pk for c in find(text, limit=FOUND)]), ""
    elif order:
        found, more = strong(request, by, order)
    else:
        found, more = recent(by, before=place(request), after=ident(request.GET.get("after", "")))
    going_on = bool({"at", "after", "force"} & set(request.GET))
    context = {"rows": found, "more": more, "q": text, "section": "consumers", "order": "" if text else order, "stages": STAGES}
    if request.headers.get("HX-Request"):
        return render(request, "people/parts/rows.html" if going_on else "people/parts/list.html", context)
    return render(request, "people/consumers.html", context)
