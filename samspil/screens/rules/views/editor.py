"""Building a rule: rows that read as a sentence, and saving them as a version."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.automation.actions import change, make
from samspil.automation.models import Rule
from samspil.automation.queries.names import names
from samspil.automation.queries.rules import access_rule, may_write, runs
from samspil.automation.rules.kinds import DEEDS, OPS, TESTS, WHENS
from samspil.automation.rules.read import WrongRule, read
from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.organisation.models import Unit
from samspil.organisation.queries import units
from samspil.organisation.queries.rights import Reach, Right, reach
from samspil.organisation.ui.guard import me
from samspil.screens.rules import words
from samspil.screens.rules.form import Form, changed, empty, of_document, posted
from samspil.screens.rules.views.common import refusal, who_writes


def shown(form: Form) -> dict[str, Any]:
    """What the editor needs to draw the rows."""
    known = names()
    return {
        "form": form,
        "whens": [
            {"n": n, "row": r, "shape": WHENS[r.kind].shape if r.kind in WHENS else "none"} for n, r in enumerate(form.whens)
        ],
        "deeds": [{"n": n, "row": r, **_deed(r.kind, known)} for n, r in enumerate(form.deeds)],
        "lines": [
            {"n": n, "line": line, **({} if line.is_group else _test(line.test, known))} for n, line in enumerate(form.lines)
        ],
        "when_kinds": [(k, words.called(k, words.WHEN)) for k in WHENS],
        "test_kinds": [(k, words.called(k, words.TEST)) for k in TESTS],
        "deed_kinds": [(k, words.called(k, words.DEED)) for k in DEEDS],
        "modes": [(k, v) for k, v in words.MODE.items()],
        "days": list(enumerate(words.DAYS)),
    }


def _deed(name: str, known: words.Names) -> dict[str, Any]:
    kind = DEEDS.get(name)
    if kind is None:
        return {"shape": "none"}
    found = [(v, label) for v, label in words.choices(kind.source, known) if v != "none"] if kind.source else []
    return {"shape": kind.shape, "choices": found}


def _test(name: str, known: words.Names) -> dict[str, Any]:
    kind = TESTS.get(name)
    if kind is None:
        return {"shape": "none", "ops": []}
    return {
        "shape": kind.shape,
        "ops": [(op, words.OP[op]) for op in OPS[kind.shape]],
        "choices": words.choices(kind.source, known) if kind.source else [],
    }


def _page(request: HttpRequest, form: Form, *, row: Rule | None = None, status: int = 200, **more: Any) -> HttpResponse:
    by = me(request)
    context = {
        "tab": "rules",
        "spans": (7, 14, 30, 60, 90),
        "rule": row,
        "name": row.name if row else "",
        "number": row.number if row else 0,
        "unit": row.unit_id if row else by.unit_id if reach(by, Right.RULES) == Reach.UNIT else None,
        "units": [u for u in units() if may_write(by, u.pk)],
        "whole": may_write(by, None),
        "writes": may_write(by, row.unit_id) if row else True,
        "runs": [
            {"run": r, "did": [words.did(d) for d in r.did], "stopped": words.STOPPED.get(r.why, "")} for r in runs(rule=row.pk)
        ]
        if row
        else [],
        **shown(form),
        **more,
    }
    return render(request, "rules/edit.html", context, status=status)


@who_writes
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """A new rule."""
    return _page(request, empty())


@who_writes
@require_GET
def rule(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One rule, to be changed."""
    row = _rule(request, ident)
    return _page(request, of_document(row.document), row=row)


def _rule(request: HttpRequest, ident: UUID) -> Rule:
    try:
        return access_rule(by=me(request), rule=ident)
    except NotFound as error:
        raise Http404 from error


@who_writes
@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """The rows after a change of them. Nothing is saved."""
    form = changed(posted(request.POST), request.POST.get("do", ""))
    return render(request, "rules/parts/editor.html", shown(form))


@who_writes
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save as a new version; what is wrong stands at its row and nothing is saved."""
    by, data, form = me(request), request.POST, posted(request.POST)
    row = _rule(request, _uuid(data["rule"])) if data.get("rule") else None
    unit = Unit.objects.filter(pk=_uuid(data["unit"])).first() if data.get("unit") else None
    given: dict[str, Any] = {"name": data.get("name", ""), "document": form.document(), "unit": unit, "why": data.get("why", "")}
    try:
        if row:
            number = int(data.get("number", "0")) if data.get("number", "").isdigit() else 0
            saved = change(rule=row.pk, number=number, by=by, at=now(), **given)
        else:
            saved = make(by=by, at=now(), **given)
    except WrongRule as error:
        return _wrong(request, form, row, wrong=error, name=given["name"])
    except SamspilError as error:
        return _page(request, form, row=row, status=422, refused=refusal(error), name=given["name"], number=data.get("number", 0))
    messages.success(request, _("Saved") if saved.enabled else _("Saved. The rule is switched off."))
    return redirect("rule", ident=saved.pk)


def _wrong(request: HttpRequest, form: Form, row: Rule | None, *, wrong: WrongRule, name: str) -> HttpResponse:
    said = words.told(wrong)
    at_row = form.mark(wrong.place, said)
    return _page(
        request, form, row=row, status=422, name=name, refused=_("Nothing is saved yet: look at the rows.") if at_row else said
    )


def readable(form: Form) -> str:
    """What is wrong with the rows, or ""; marked at its row."""
    try:
        read(form.document())
    except WrongRule as error:
        said = words.told(error)
        form.mark(error.place, said)
        return said
    return ""


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
