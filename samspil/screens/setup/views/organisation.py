"""The organisation as everybody sees it: colleagues, competences, units, and who can help with something."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from samspil.base.clock import now
from samspil.hours.actions import may_arrange
from samspil.organisation.models import Colleague, CustomRole
from samspil.organisation.queries import called, languages_of
from samspil.organisation.queries import units as all_units
from samspil.organisation.queries.rights import (
    Right,
    covers,
    custom_roles,
    may,
    may_change,
    may_touch,
    rights_in,
    rights_of,
    units_in,
)
from samspil.organisation.ui.guard import me
from samspil.routing.queries import gaps, who_can
from samspil.screens.setup.queries import grown, people, skills, tree
from samspil.screens.setup.queries.craft import crafts
from samspil.screens.setup.rights_words import built_in_words

LONGEST = 400
"""Letters of a question that is searched with."""


def frame(request: HttpRequest, tab: str) -> dict[str, Any]:
    """What the head of these pages needs."""
    colleague = me(request)
    return {
        "section": "organisation",
        "tab": tab,
        "level_units": units_in(colleague, Right.LEVELS),
        "confirmed": request.session.pop("confirmed", None),
    }


def editable(by: Colleague, row: Colleague) -> bool:
    """Whether the reader may change a colleague, or the role alone."""
    return may_change(by, row) or (may(by, Right.ROLES) and may_touch(by, row))


def giveable(by: Colleague, now_has: str) -> list[tuple[str, str]]:
    """The roles that the reader may give, with the one that somebody has now. One statement."""
    built: list[tuple[str, str, CustomRole | str]] = [(r, built_in_words(r), r) for r in Colleague.Role.values]
    own = [(str(r.pk), called(r), r) for r in custom_roles()]
    mine = rights_of(by)
    return [
        (key, words) for key, words, role in [*built, *own] if key == now_has or covers(mine, rights_in(role), same_unit=True)
    ]


@login_required
@require_GET
def organisation(request: HttpRequest) -> HttpResponse:
    """Colleagues; with ``?q=`` those who can help with it, the best to ask first."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    context = {**frame(request, "colleagues"), "q": text}
    if text:
        context["able"] = who_can(text=text, at=now())
    else:
        context["people"] = people(now())
    if request.headers.get("HX-Request"):
        return render(request, "setup/parts/colleagues.html", context)
    return render(request, "setup/organisation.html", context)


@login_required
@require_GET
def competences(request: HttpRequest) -> HttpResponse:
    """Where the organisation's knowledge is thin, the most at risk first; and all competences as a tree. ``?unit=`` of one unit."""
    at = now()
    every = all_units()
    asked = request.GET.get("unit", "")
    unit = next((u for u in every if str(u.pk) == asked), None)
    if asked and unit is None:
        raise Http404
    thin = gaps(at, unit=unit.pk if unit else None)
    rows = skills()
    context = {
        **frame(request, "competences"),
        "skills": grown(rows),
        "vulnerable": [s for s in rows if s.state != "fine"],
        "thin": [t for t in thin if t.risk.gaps],
        "weekly": {t.competence.pk: t.weekly for t in thin},
        "units": every,
        "unit": unit,
    }
    return render(request, "setup/competences.html", context)


@login_required
@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """The tree."""
    return render(request, "setup/units.html", {**frame(request, "units"), "tree": tree()})


@login_required
@require_GET
def colleague(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One colleague: where, what, how well."""
    found = people(now(), only=ident)
    if not found:
        raise Http404
    held, shown = crafts(ident, now())
    context = {
        **frame(request, "colleagues"),
        "person": found[0],
        "may_change": may_change(me(request), found[0].colleague),
        "may_edit": editable(me(request), found[0].colleague),
        "crafts": held,
        "shown": shown,
        "languages": languages_of([ident]).get(ident, {}),
    }
    return render(request, "setup/colleague.html", context)


@login_required
@require_GET
def competence(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One competence: what it is, who holds it, what is open."""
    found = skills(only=ident)
    if not found:
        raise Http404
    rows = {s.competence.pk: s for s in skills()}
    thin = next(iter(gaps(now(), only=ident)), None)
    context = {
        **frame(request, "competences"),
        "skill": found[0],
        "thin": thin,
        "above": next((s for s in rows.values() if s.competence.pk == found[0].competence.parent_id), None),
        "below": [s for s in rows.values() if s.competence.parent_id == ident],
        "levels": range(6),
        "spoken": languages_of([h.colleague_id for h in found[0].held]),
    }
    if may(me(request), Right.LEVELS):
        holders, far = {h.colleague_id for h in found[0].held}, context["level_units"]
        others = [p.colleague for p in people(now()) if p.colleague.pk not in holders]
        context["others"] = [c for c in others if far is None or c.unit_id in far]
    return render(request, "setup/competence.html", context)


@login_required
@require_GET
def unit(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One unit: who belongs to it, what lies below it."""
    branches = tree()
    found = next((b for b in branches if b.unit.pk == ident), None)
    if found is None:
        raise Http404
    context = {
        **frame(request, "units"),
        "branch": found,
        "may": may_arrange(by=me(request), unit=found.unit),
        "above": next((b for b in branches if b.unit.pk == found.unit.parent_id), None),
        "below": [b for b in branches if b.unit.parent_id == ident],
        "people": [p for p in people(now()) if p.colleague.unit_id == ident],
    }
    return render(request, "setup/unit.html", context)
