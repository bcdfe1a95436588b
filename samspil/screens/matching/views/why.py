"""Why two handles are, or are not, one person; what colleagues said of them; and whom else to compare with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.identity.actions import lift as lift_veto
from samspil.identity.actions.suggest import hold_again
from samspil.identity.queries import find, owner_of
from samspil.identity.queries.suggestions import said
from samspil.identity.queries.why import why as because
from samspil.intake.models import Handle
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.matching.queries import handle_of, sides
from samspil.screens.matching.views.common import told
from samspil.screens.matching.words import lines, odds, steps

LONGEST = 200
FOUND = 20
LIFTED = "matching.lifted"
"""What the session remembers of the last lifting, so that it can be taken back."""


@login_required
@require_GET
def why(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """The page of two handles."""
    if one == other:
        return redirect("why_choose", one=one)
    found, by = because(one, other), me(request)
    people = sides(by, [found.consumer_one, found.consumer_other])
    told_of = said(one, other)
    context: dict[str, Any] = {
        "section": "consumers",
        "why": found,
        "one": people[found.consumer_one],
        "other": people[found.consumer_other],
        "lines": lines(found.parts),
        "steps": steps(found.parts),
        "odds": odds(found.probability),
        "said": told_of,
        "vetoes": [v for v in told_of.vetoes if v.lifted_at is None],
        "lifted": [v for v in told_of.vetoes if v.lifted_at is not None],
        "waits": told_of.suggestion is not None and told_of.suggestion.state in {"open", "unsure"} and not found.same,
        "can_hold": _lifted(request, one, other) is not None and not found.vetoed,
    }
    return render(request, "matching/why.html", context)


@login_required
@require_GET
def choose(request: HttpRequest, one: UUID) -> HttpResponse:
    """Whom to compare a handle with: ``?q=`` searches everybody."""
    handle, owner = Handle.objects.filter(pk=one).first(), owner_of(one)
    if handle is None or owner is None:
        raise NotFound("no such handle")
    text = request.GET.get("q", "").strip()[:LONGEST].replace("\x00", "")
    by = me(request)
    mine = sides(by, [owner])[owner]
    found = [c.pk for c in find(text or mine.name, limit=FOUND)]
    people, newest = sides(by, found), handle_of(found)
    rows = [(people[c], newest[c]) for c in found if c in newest and c != owner]
    own = [h for h in mine.handles if h.ident != one]
    context = {"section": "consumers", "handle": handle, "mine": mine, "own": own, "rows": rows, "q": text}
    part = request.headers.get("HX-Request")
    return render(request, "matching/parts/choices.html" if part else "matching/choose.html", context)


@having(Right.JOIN)
@require_POST
def lift(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """What was said against joining the two does not hold any more."""
    found, at = because(one, other), now()
    there = reverse("why", args=[one, other])
    if not found.vetoed:
        return told(request, _("Nothing is said against joining them"), to=there, error=True)
    lift_veto(one=found.consumer_one, other=found.consumer_other, by=me(request), at=at)
    request.session[LIFTED] = {"pair": _key(one, other), "at": at.isoformat()}
    return told(request, _("Lifted: evidence may join them again"), to=there)


@having(Right.JOIN)
@require_POST
def hold(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """Take the lifting back, the way this colleague's own session remembers it."""
    at, there = _lifted(request, one, other), reverse("why", args=[one, other])
    found = because(one, other)
    if at is None or not hold_again(one=found.consumer_one, other=found.consumer_other, lifted_at=at, by=me(request)):
        return told(request, _("There is nothing to take back"), to=there, error=True)
    request.session.pop(LIFTED)
    return told(request, _("They are kept two again"), to=there)


def _key(one: UUID, other: UUID) -> str:
    return "|".join(sorted([str(one), str(other)]))


def _lifted(request: HttpRequest, one: UUID, other: UUID) -> datetime | None:
    kept = request.session.get(LIFTED)
    return datetime.fromisoformat(kept["at"]) if kept and kept["pair"] == _key(one, other) else None
