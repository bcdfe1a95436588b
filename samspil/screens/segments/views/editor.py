"""Building a segment: rows and one line that say the same, who fits now, and keeping it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.base.networks import KNOWN
from samspil.identity.actions.segments import change_segment, save_segment
from samspil.identity.models import Segment
from samspil.identity.queries.segments import TooSlow, WrongFilter, count, members, owns, read_filter, segment
from samspil.identity.rules.segment import All, Node, Own, Word, words_of, write
from samspil.organisation.models import Colleague
from samspil.organisation.ui.guard import me
from samspil.screens.segments.queries import rows
from samspil.screens.segments.views.common import language, typed
from samspil.screens.segments.views.lines import Line, changed, lines_of, meaning, posted
from samspil.screens.segments.views.listing import refusal
from samspil.screens.segments.views.words import fields, ops, told

PREVIEW = 5
NETWORKS = sorted({"mail", "webchat", *KNOWN})


@dataclass(slots=True, kw_only=True)
class Edited:
    """A filter while it is edited: what it means, as one line and as rows, and what is wrong with the line."""

    own: list[Own]
    words: dict[str, Word]
    node: Node | None
    text: str
    lines: list[Line]
    error: str = ""
    column: int = 0


def _of_text(text: str) -> Edited:
    own = owns()
    words = words_of(own)
    try:
        node = read_filter(text, own)
    except WrongFilter as error:
        said = told(error, words, language())
        return Edited(own=own, words=words, node=None, text=text, lines=[Line("group", 0)], error=said, column=error.column)
    return Edited(own=own, words=words, node=node, text=text, lines=lines_of(node, words, language()))


def _of_form(request: HttpRequest) -> Edited:
    """What was changed last decides: the line or the rows."""
    data = request.POST
    edited = _of_text(typed(data.get("text", "")))
    by_rows = data.get("from") == "rows" or bool(data.get("do"))
    if not by_rows and edited.node is not None:
        return edited
    edited.lines = posted(data, edited.words)
    if by_rows:
        edited.lines = changed(edited.lines, data.get("do", ""))
        edited.node, edited.error = meaning(edited.lines, edited.words), ""
        edited.text = write(edited.node, edited.own, language())
        try:
            read_filter(edited.text, edited.own)
        except WrongFilter as error:
            edited.node, edited.error, edited.column = None, told(error, edited.words, language()), error.column
    return edited


def _shown(edited: Edited, by: Colleague) -> dict[str, Any]:
    rows_ = [
        {
            "line": line,
            "n": n,
            "word": edited.words.get(line.field),
            "ops": ops(edited.words[line.field], line.op, line.value) if line.kind == "row" else [],
            "error": told(line.error, edited.words, language()) if line.error else "",
        }
        for n, line in enumerate(edited.lines)
    ]
    context = {"edited": edited, "lines": rows_, "fields": fields(edited.own), "networks": NETWORKS}
    if edited.node is not None and edited.node != All():
        try:
            context["people"] = rows(by, members(edited.node, by=by, own=edited.own, limit=PREVIEW))
            context["number"] = count(edited.node, by=by, own=edited.own)
        except TooSlow:  # the first people may have been found, where counting takes too long
            context["slow"] = True
    return context


def _page(request: HttpRequest, edited: Edited, kept: Segment | None, form: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {"section": "consumers", "segment": kept, **_shown(edited, me(request)), **form}
    return render(request, "segments/edit.html", context, status=status)


@login_required
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """A new one; ``?f=`` begins with a line."""
    edited = _of_text(typed(request.GET.get("f", "")))
    if edited.node is not None:
        edited.text = write(edited.node, edited.own, language())
    return _page(request, edited, None, {"name": typed(request.GET.get("name", ""), 80)})


@login_required
@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """The editor anew after a change of the line, of a row or by a button."""
    return render(request, "segments/parts/editor.html", _shown(_of_form(request), me(request)))


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a new one."""
    return _kept(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Change one: its page, and keeping what was changed."""
    kept = segment(ident, by=me(request))
    if request.method == "POST":
        return _kept(request, kept)
    try:
        text = write(read_filter(kept.filter), owns(), language())
    except WrongFilter:
        text = kept.filter
    return _page(request, _of_text(text), kept, {"name": kept.name, "shared": kept.shared})


def _kept(request: HttpRequest, kept: Segment | None) -> HttpResponse:
    name, shared = typed(request.POST.get("name", ""), 200), bool(request.POST.get("shared"))
    edited, by = _of_form(request), me(request)
    form = {"name": name, "shared": shared}
    if edited.node is None:
        return _page(request, edited, kept, form, 422)
    line = write(edited.node, edited.own)
    try:
        if kept is None:
            row = save_segment(name=name, filter=line, shared=shared, by=by, at=now())
        else:
            row = change_segment(segment=kept.pk, name=name, filter=line, shared=shared, by=by)
    except (SamspilError, WrongFilter) as error:
        said = told(error, edited.words, language()) if isinstance(error, WrongFilter) else refusal(error)
        return _page(request, edited, kept, {**form, "refused": said}, 422)
    messages.success(request, _("Kept: %(name)s") % {"name": row.name})
    return redirect("segment", ident=row.pk)
