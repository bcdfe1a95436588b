"""The checklists that colleagues can begin: everybody sees them, leads and administrators change them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, SamspilError
from samspil.checklist.actions import Wanted, bring_back, end, keep
from samspil.checklist.models import Version
from samspil.checklist.queries import may_arrange, template, templates, versions_of
from samspil.look.answers import UNPROCESSABLE, uuid_of, uuids_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, competences, units
from samspil.screens.lists.views.common import for_colleague, refusal

EMPTY = {"text": "", "hint": "", "link": "", "must": False}


@for_colleague("GET")
def checklists(request: HttpRequest, me: Colleague) -> HttpResponse:
    """All of them, by name. A constant number of statements."""
    context = {
        "tab": "checklists",
        "lists": [_drawn(v) for v in templates()],
        "ended": [_drawn(v) for v in templates(ended=True)],
        "leads": may_arrange(me),
        "gone": uuid_of(request.GET.get("gone")),
    }
    return render(request, "lists/templates.html", context)


def _drawn(v: Version) -> dict[str, Any]:
    return {
        "v": v,
        "skills": [called(o.competence) for o in v.template.offered.all()],
        "unit": called(v.template.unit) if v.template.unit else "",
        "musts": sum(bool(s["must"]) for s in v.steps),
    }


@for_colleague("GET", "POST")
def edit(request: HttpRequest, me: Colleague, ident: UUID | None = None) -> HttpResponse:
    """Make a checklist, or change one."""
    if not may_arrange(me):
        raise NotAllowed("Only a lead or an administrator changes checklists")
    row = template(ident) if ident else None
    if ident and row is None:
        raise Http404
    values, error = _values(row), ""
    if request.method == "POST":
        values = _posted(request)
        try:
            keep(by=me, at=now(), wanted=_wanted(values), template=ident)
        except NotAllowed:
            raise
        except SamspilError as refused:
            error = refusal(refused)
        else:
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("checklists"))
    context = {
        "tab": "checklists",
        "row": row,
        "values": values,
        "error": error,
        "steps": values["steps"] or [EMPTY],
        "units": [(u.pk, called(u)) for u in units()],
        "skills": [(c.pk, called(c)) for c in competences()],
        "versions": versions_of(ident)[:12] if ident else [],
    }
    return render(request, "lists/template_edit.html", context, status=UNPROCESSABLE if error else 200)


def _values(row: Version | None) -> dict[str, Any]:
    if row is None:
        return {"name": "", "name_en": "", "unit": None, "skills": set(), "anyway": True, "steps": []}
    return {
        "name": row.name,
        "name_en": row.name_en,
        "unit": row.template.unit_id,
        "skills": set(row.template.offered.values_list("competence", flat=True)),
        "anyway": row.anyway,
        "steps": row.steps,
    }


def _posted(request: HttpRequest) -> dict[str, Any]:
    columns = [request.POST.getlist(name)[:200] for name in ("text", "hint", "link", "must")]
    return {
        "name": request.POST.get("name", "")[:500],
        "name_en": request.POST.get("name_en", "")[:500],
        "unit": uuid_of(request.POST.get("unit")),
        "skills": set(uuids_of(request.POST.getlist("skill"))),
        "anyway": bool(request.POST.get("anyway")),
        "steps": [
            {"text": text, "hint": hint, "link": link, "must": bool(must)}
            for text, hint, link, must in zip(*columns, strict=False)
            if text.strip()
        ],
    }


def _wanted(values: dict[str, Any]) -> Wanted:
    return Wanted(
        name=values["name"],
        name_en=values["name_en"],
        unit=next((u for u in units() if u.pk == values["unit"]), None),
        competences=[c for c in competences() if c.pk in values["skills"]],
        steps=values["steps"],
        anyway=values["anyway"],
    )


@for_colleague("POST")
def end_it(request: HttpRequest, me: Colleague, ident: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Take it out of use; the page offers it back."""
    if not may_arrange(me):
        raise NotAllowed("Only a lead or an administrator changes checklists")
    end(template=ident, by=me, at=now())
    return HttpResponseRedirect(f"{reverse('checklists')}?gone={ident}")


@for_colleague("POST")
def back(request: HttpRequest, me: Colleague, ident: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """The undo of that."""
    bring_back(template=ident, by=me)
    return HttpResponseRedirect(reverse("checklists"))
