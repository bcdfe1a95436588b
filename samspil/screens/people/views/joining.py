"""Two are one, or one is two: search, look side by side, join; take apart; take back. And the name."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.identity import actions
from samspil.identity.models import Decision, Link
from samspil.identity.queries import consumer as one
from samspil.identity.queries import find, links
from samspil.screens.people.queries import rows, weight
from samspil.screens.people.views.common import Moved, me, somebody
from samspil.screens.people.views.common import ident as key

LONGEST = 200
RENAMED = "people.renamed"
"""What the session remembers of the last renaming, so that it can be taken back."""


def led(request: HttpRequest, address: str) -> HttpResponse:
    """To another page, for a browser and for htmx (which would put the page into a part of this one)."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(address)
    return HttpResponse(status=204, headers={"HX-Redirect": address})


@login_required
@require_GET
def merge(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Choose who is the same person: ``?q=`` searches, ``?with=`` puts both side by side."""
    try:
        row, theirs = somebody(ident, to="merge")
    except Moved as moved:
        return moved.answer
    text = request.GET.get("q", "").strip()[:LONGEST].replace("\x00", "")
    context = {"section": "consumers", "consumer": row, "name": row.name or str(theirs[0].handle), "links": theirs, "q": text}
    other = key(request.GET.get("with", ""))
    if other is not None and other != ident:
        try:
            them, their_links = somebody(other)
        except Moved as moved:
            return moved.answer
        context |= {
            "other": them,
            "other_name": them.name or str(their_links[0].handle),
            "other_links": their_links,
            "weight": weight(ident),
            "other_weight": weight(other),
        }
        return render(request, "people/merge.html", context)
    wanted = text or row.name
    context["rows"] = [
        r for r in rows(me(request), [c.pk for c in find(wanted, limit=20)]) if r.consumer.pk != ident and r.networks
    ]
    if request.headers.get("HX-Request"):
        return render(request, "people/parts/candidates.html", context)
    return render(request, "people/merge.html", context)


@login_required
@require_POST
def join(request: HttpRequest, ident: UUID, other: UUID) -> HttpResponse:
    """Make the two one: the handles of ``other`` come to ``ident``, or the other way when ``keep`` says so."""
    kept, absorbed = (other, ident) if request.POST.get("keep") == str(other) else (ident, other)
    why = request.POST.get("why", "").replace("\x00", "").strip()[:300] or _("A colleague knows them")
    try:
        done = actions.merge(kept=kept, absorbed=absorbed, by=me(request), why=why, at=now())
    except SamspilError as error:
        return _refused(request, kept, error)
    return led(request, f"{reverse('consumer', args=[kept])}?merged={done.pk}")


@login_required
@require_POST
def undo(request: HttpRequest, merge: UUID) -> HttpResponse:
    """Take a merge back: exactly the handles that it moved return."""
    try:
        actions.undo(decision=merge, by=me(request), at=now())
    except NotFound:
        raise
    except SamspilError:
        messages.error(request, _("This merge is undone already"))
        return led(request, reverse("consumers"))
    messages.success(request, _("They are two persons again"))
    undone = Decision.objects.get(pk=merge)
    return led(request, reverse("consumer", args=[undone.kept_id]))


@login_required
@require_POST
def apart(request: HttpRequest, link: UUID) -> HttpResponse:
    """One handle becomes a person of its own."""
    row = Link.objects.filter(pk=link, ended_at=None).first()
    if row is None:
        raise NotFound("no such link")
    try:
        done = actions.take_apart(link=link, by=me(request), at=now())
    except SamspilError as error:
        return _refused(request, row.consumer_id, error)
    return led(request, f"{reverse('consumer', args=[row.consumer_id])}?apart={done.pk}")


class Name(forms.Form):
    """What colleagues call a consumer."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)


@login_required
@require_POST
def rename(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Give the name that colleagues read; the old one is one press away."""
    before = one(ident).name
    form = Name(request.POST)
    if not links(ident):
        raise NotFound("no such consumer")
    if not form.is_valid():
        return render(request, "people/parts/rename.html", {"consumer": one(ident), "form": form}, status=422)
    actions.rename(consumer=ident, name=form.cleaned_data["name"])
    request.session[RENAMED] = {"consumer": str(ident), "before": before, "told": False}
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


def _refused(request: HttpRequest, consumer: UUID, error: SamspilError) -> HttpResponse:
    if isinstance(error, NotFound):
        raise error
    words = {
        "identity.same_person": _("This is the same person already"),
        "identity.last_handle": _("This is the person's only handle, so there is nothing to take apart"),
    }
    messages.error(request, words.get(error.code, str(error)))
    return led(request, reverse("consumer", args=[consumer]))
