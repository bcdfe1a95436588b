"""Who waits now, and what would help."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from samspil.base.clock import now
from samspil.load.queries import Scope, load_now
from samspil.screens.load.views.common import frame, page


@page(leads=False)
def load(request: HttpRequest, seen: Scope) -> HttpResponse:
    """Leads see everything of theirs, colleagues how long one waits. A constant number of statements."""
    found = load_now(seen, now())
    context = {**frame(seen, "now"), "now": found, "units": found.units, "competences": found.competences}
    return render(request, "load/parts/now.html" if request.headers.get("HX-Request") else "load/now.html", context)
