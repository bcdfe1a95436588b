"""What was: the versions of a rule with what changed, an old one brought back, and why a rule acted on a conversation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.automation.actions import roll_back
from samspil.automation.models import Version
from samspil.automation.queries.names import names
from samspil.automation.queries.rules import access_rule, may_open, may_write, versions, why
from samspil.automation.rules.read import WrongRule
from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.organisation.ui.guard import me
from samspil.screens.rules import words
from samspil.screens.rules.views.common import refusal, who_writes


@who_writes
@require_GET
def history(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Every version, the newest first, each with what it changed."""
    by = me(request)
    try:
        row = access_rule(by=by, rule=ident)
    except NotFound as error:
        raise Http404 from error
    rows, known = versions(row.pk), names()
    lines: dict[int, list[str]] = {v.number: _lines(v, known) for v in rows}
    shown: list[dict[str, Any]] = [
        {"version": v, "lines": words.difference(lines.get(v.number - 1, []), lines[v.number]), "now": v.number == row.number}
        for v in rows
    ]
    context = {"tab": "rules", "rule": row, "versions": shown, "writes": may_write(by, row.unit_id)}
    return render(request, "rules/history.html", context)


def _lines(version: Version, known: words.Names) -> list[str]:
    head = [_("Name: %(name)s") % {"name": version.name}]
    head += [_("For the unit %(unit)s") % {"unit": version.unit.name}] if version.unit else []
    state = _("Deleted") if version.deleted else _("Switched on") if version.enabled else _("Switched off")
    return [*head, state, *words.sentences(version.document, known)]


@who_writes
@require_POST
def back(request: HttpRequest, ident: UUID, number: int) -> HttpResponse:
    """Make a new version that is equal to an old one."""
    try:
        roll_back(rule=ident, number=number, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    except WrongRule as error:
        messages.error(request, words.told(error))
    except SamspilError as error:
        messages.error(request, refusal(error))
    else:
        messages.success(request, _("Version %(number)s is in force again") % {"number": number})
    return redirect("rule_history", ident=ident)


@login_required
@require_GET
def because(request: HttpRequest, run: UUID) -> HttpResponse:
    """Why a rule acted: the version that was in force, what it did; for everybody who sees the conversation."""
    by = me(request)
    try:
        row = why(run=run, by=by)
    except NotFound as error:
        raise Http404 from error
    context = {
        "tab": "rules" if may_open(by) else "own",
        "run": row,
        "lines": words.sentences(row.version.document, names()),
        "did": [words.did(d) for d in row.did],
        "stopped": words.STOPPED.get(row.why, ""),
        "opens": may_open(by),
    }
    return render(request, "rules/why.html", context)
