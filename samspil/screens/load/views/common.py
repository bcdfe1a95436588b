"""What the three pages share."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from samspil.load.queries import Scope, scope
from samspil.organisation.models import Competence, Unit
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me

View = Callable[[HttpRequest, Scope], HttpResponse]


def page(*, leads: bool) -> Callable[[View], Callable[[HttpRequest], HttpResponseBase]]:
    """A page that is only read, given what its reader sees; ``leads``: for who may see the load of somewhere."""

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponseBase]:
        asked = require_GET(view)  # after the right: a refusal is a 403 whatever the method
        guard = having(Right.LOAD) if leads else login_required

        @guard
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            return asked(request, scope(me(request)))

        return guarded

    return decorate


def frame(seen: Scope, part: str) -> dict[str, Any]:
    """What the head of these pages needs."""
    return {"section": "organisation", "tab": "load", "part": part, "seen": seen, "leads": seen.leads, "confirmed": None}


def chosen(request: HttpRequest, seen: Scope) -> tuple[Unit | None, Competence | None]:
    """The unit and the competence of ``?unit=`` and ``?competence=``; a 404 for one that is not seen, as for one that is not there."""
    return _one(request.GET.get("unit", ""), seen.units), _one(request.GET.get("competence", ""), seen.competences)


def _one(asked: str, rows: tuple[Any, ...]) -> Any:
    if not asked:
        return None
    try:
        ident = UUID(asked)
    except ValueError as error:
        raise Http404 from error
    found = next((row for row in rows if row.pk == ident), None)
    if found is None:
        raise Http404
    return found


def number(request: HttpRequest, name: str, low: float, high: float) -> float | None:
    """A number of the address within bounds; None where there is none, or none that can be read."""
    try:
        value = float(request.GET.get(name, "").replace(",", "."))
    except ValueError:
        return None
    return value if low <= value <= high else None
