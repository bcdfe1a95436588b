"""The list: what rules there are, what they did, what went wrong; switched, moved, deleted and brought back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.automation.actions import bring_back, delete, forbid, make, move, permit, resume, switch
from samspil.automation.queries.names import names
from samspil.automation.queries.rules import access_rule, deleted_rules, lines, permits
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries import colleagues, units
from samspil.organisation.queries.rights import Right, may_everywhere, may_in
from samspil.organisation.ui.guard import me
from samspil.screens.rules.examples import examples
from samspil.screens.rules.views.common import refusal, who_writes
from samspil.screens.rules.words import sentences

SHOWN = 7
"""Sentences of a rule in the list."""


@who_writes
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The whole page; ``?deleted=`` names one that has just been deleted, to be brought back."""
    by, known = me(request), names()
    rows = lines(by=by, at=now())
    context: dict[str, Any] = {
        "tab": "rules",
        "lines": [
            {"line": row, "words": _short(sentences(row.rule.document, known)), "above": rows[n - 1].rule.pk if n else None,
             "below": rows[n + 2].rule.pk if n + 2 < len(rows) else "", "is_last": n + 1 == len(rows)}
            for n, row in enumerate(rows)
        ],
        "orders": may_everywhere(by, Right.RULES) and len(rows) > 1,
        "examples": examples(),
        "deleted": deleted_rules(by=by),
        "units": _answering(by),
        "colleagues": colleagues(),
    }  # fmt: skip
    if "deleted" in request.GET:
        context["toast"] = _toast(request, by)
    return render(request, "rules/list.html", context)


def _short(lines: list[str]) -> str:
    """A rule on one or two lines."""
    told = [s.strip() for s in lines[:SHOWN]] + (["…"] if len(lines) > SHOWN else [])
    return "".join(s + (" " if s.endswith(":") else " · ") for s in told).removesuffix(" · ")


def _answering(by: Colleague) -> list[dict[str, Any]]:
    """The units for which the colleague may decide whether rules answer."""
    allowed = permits()
    mine = [u for u in units() if may_in(by, Right.RULES, u.pk)]
    return [{"unit": u, "permit": allowed.get(u.pk)} for u in mine]


def _toast(request: HttpRequest, by: Colleague) -> dict[str, str] | None:
    try:
        row = access_rule(by=by, rule=UUID(request.GET["deleted"]))
    except (ValueError, NotFound):
        return None
    if row.deleted_at is None:
        return None
    return {"text": _("“%(name)s” is deleted") % {"name": row.name}, "undo": reverse("rule_undo", args=[row.pk])}


@who_writes
@require_POST
def take(request: HttpRequest, example: str) -> HttpResponse:
    """Take an example over, switched off, and open it."""
    found = next((e for e in examples() if e.slug == example), None)
    if found is None:
        raise Http404
    with step():
        row = make(name=found.name, document=found.document(), by=me(request), at=now())
    messages.success(request, _("Taken over and switched off: try it on the last days first."))
    return redirect("rule", ident=row.pk)


def _back(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("rules")})
    return redirect("rules")


@who_writes
@require_POST
def turn(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Switch on or off."""
    try:
        switch(rule=ident, on=request.POST.get("on") == "1", by=me(request), at=now())
    except NotAllowed as error:
        messages.error(request, refusal(error))
    return _back(request)


@who_writes
@require_POST
def reorder(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Put it before another, or last."""
    try:
        before = UUID(request.POST["before"]) if request.POST.get("before") else None
    except ValueError as error:
        raise Http404 from error
    try:
        move(rule=ident, before=before, by=me(request))
    except NotAllowed as error:
        messages.error(request, refusal(error))
    return _back(request)


@who_writes
@require_POST
def go_on(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Let a rule go on that has paused itself."""
    resume(rule=ident, by=me(request), at=now())
    messages.success(request, _("The rule goes on, with what happens from now."))
    return _back(request)


@who_writes
@require_POST
def remove(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Delete it; the list offers to take that back."""
    delete(rule=ident, by=me(request), at=now())
    return redirect(f"{reverse('rules')}?deleted={ident}")


@who_writes
@require_POST
def undo(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Bring a deleted one back."""
    bring_back(rule=ident, by=me(request), at=now())
    return _back(request)


@who_writes
@require_POST
def answers(request: HttpRequest) -> HttpResponse:
    """Decide whether rules may answer in a unit's conversations, and in whose name; nobody means no."""
    try:
        unit = get_object_or_404(Unit, pk=UUID(request.POST.get("unit", "")))
        who = request.POST.get("speaker", "")
        speaker = get_object_or_404(Colleague, pk=UUID(who), is_active=True, outside=False) if who else None
    except ValueError as error:
        raise Http404 from error
    if speaker is None:
        forbid(unit=unit, by=me(request))
    else:
        permit(unit=unit, speaker=speaker, by=me(request), at=now())
    messages.success(request, _("Saved"))
    return _back(request)
