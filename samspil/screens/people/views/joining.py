"""Two are one: search, look side by side at what would move, join; take any decision back. And the name."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.identity import actions
from samspil.identity.models import Decision
from samspil.identity.queries import consumer as one
from samspil.identity.queries import find, links
from samspil.identity.queries.preview import preview_merge, preview_undo
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.people.queries.lists import Row, rows
from samspil.screens.people.views import shown
from samspil.screens.people.views.common import Moved, called, led, refusal, said, somebody, surely
from samspil.screens.people.views.common import ident as key

LONGEST = 200
RENAMED = "people.renamed"
"""What the session remembers of the last renaming, so that it can be taken back."""


def others(request: HttpRequest, but: UUID, text: str) -> list[Row]:
    """Who is called so, or has such an address; without the one who asks."""
    found = rows(me(request), [c.pk for c in find(text, limit=20)])
    return [r for r in found if r.consumer.pk != but and r.networks]


@having(Right.JOIN)
@require_GET
def merge(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Choose who is the same person: ``?q=`` searches, ``?with=`` puts both side by side, with what would move either way."""
    try:
        row, theirs = somebody(ident, to="merge")
    except Moved as moved:
        return moved.answer
    text = said(request, "q", LONGEST)
    context = {"section": "consumers", "consumer": row, "name": called(row, theirs), "links": theirs, "q": text}
    other = key(request.GET.get("with", ""))
    if other is not None and other != ident:
        try:
            them, their_links = somebody(other)
        except Moved as moved:
            return moved.answer
        context |= {
            "other": them,
            "other_name": called(them, their_links),
            "other_links": their_links,
            "look": shown.of_merge(ident, other),
            "other_look": shown.of_merge(other, ident),
        }
        return render(request, "people/merge.html", context)
    context |= {"rows": others(request, ident, text or row.name), "pick": "merge", "extra": ""}
    if request.headers.get("HX-Request"):
        return render(request, "people/parts/candidates.html", context)
    return render(request, "people/merge.html", context)


@having(Right.JOIN)
@require_POST
def join(request: HttpRequest, ident: UUID, other: UUID) -> HttpResponse:
    """Make the two one: the handles of ``other`` come to ``ident``, or the other way when ``keep`` says so."""
    kept, absorbed = (other, ident) if request.POST.get("keep") == str(other) else (ident, other)
    why = said(request, "why") or _("A colleague knows them")
    try:
        done = surely(
            stamp=said(request, f"stamp-{kept}"),
            first=kept,
            second=absorbed,
            expected=lambda: preview_merge(kept=kept, absorbed=absorbed),
            deed=lambda: actions.merge(kept=kept, absorbed=absorbed, by=me(request), why=why, at=now()),
        )
    except NotFound:
        raise
    except SamspilError as error:
        messages.error(request, refusal(error))
        again = f"{reverse('merge', args=[ident])}?with={other}"
        return led(request, again if ident != other else reverse("consumer", args=[ident]))
    return led(request, f"{reverse('consumer', args=[kept])}?merged={done.pk}")


@having(Right.JOIN)
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, merge: UUID) -> HttpResponse:
    """Take a decision back: first shown what goes back to whom, then done."""
    row = Decision.objects.filter(pk=merge).select_related("kept", "absorbed", "by", "undoes").first()
    if row is None:
        raise NotFound("no such decision")
    if request.method == "GET":
        context = {"section": "consumers", "decision": row, "look": shown.of_undo(merge), "back": _home(row)}
        return render(request, "people/undo.html", context)
    try:
        done = surely(
            stamp=said(request, "stamp"),
            first=row.kept_id,
            second=row.absorbed_id,
            expected=lambda: preview_undo(decision=merge),
            deed=lambda: actions.undo(decision=merge, by=me(request), at=now(), why=said(request, "why")),
        )
    except SamspilError as error:
        messages.error(request, refusal(error))
        return led(request, reverse("undo_merge", args=[merge]) if said(request, "stamp") and not row.undone_at else _home(row))
    return led(request, f"{_home(row)}?undone={done.pk}")


def _home(row: Decision) -> str:
    """Where one looks after a decision: who was kept in a join, who lost something in a move."""
    first, second = (row.kept_id, row.absorbed_id) if row.kind != "move" else (row.absorbed_id, row.kept_id)
    return reverse("consumer", args=[first if links(first) else second])


class Name(forms.Form):
    """What colleagues call a consumer."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)


@login_required
@require_POST
def rename(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Give the name that colleagues read; the old one is one press away."""
    row = one(ident)
    form = Name(request.POST)
    if not links(ident):
        raise NotFound("no such consumer")
    if "before" in request.POST and request.POST["before"] != row.name and form.is_valid():
        words = _("A colleague has just called them %(name)s. Save again if yours is better.") % {"name": row.name}
        form.add_error("name", words)
    if not form.is_valid():
        return render(request, "people/parts/rename.html", {"consumer": row, "form": form}, status=422)
    actions.rename(consumer=ident, name=form.cleaned_data["name"])
    request.session[RENAMED] = {"consumer": str(ident), "before": row.name, "told": False}
    return led(request, reverse("consumer", args=[ident]))


@login_required
@require_POST
def name_again(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take the last renaming back, the way this colleague's own session remembers it."""
    kept = request.session.pop(RENAMED, None)
    if not kept or kept["consumer"] != str(ident):
        raise NotFound("nothing was renamed")
    actions.rename(consumer=ident, name=kept["before"])
    messages.success(request, _("The name is as it was"))
    return led(request, reverse("consumer", args=[ident]))
