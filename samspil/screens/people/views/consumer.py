"""One consumer: who it is, on which handles and why, and everything that was between us."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from samspil.base.clock import now
from samspil.identity.models import Decision
from samspil.identity.queries import answered_by, decisions
from samspil.organisation.queries import colleagues_of
from samspil.screens.people.queries import KINDS, conversations, purchases, timeline
from samspil.screens.people.views.common import Moved, me, place, somebody
from samspil.screens.people.views.common import ident as key
from samspil.screens.people.views.joining import RENAMED

FRESH = timedelta(minutes=10)
"""So long after a deed the page that it led to offers the undo."""


@login_required
@require_GET
def consumer(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The page. Whose handles are another's now leads there."""
    try:
        row, theirs = somebody(ident)
    except Moved as moved:
        return moved.answer
    by = me(request)
    entries, more = timeline(by, ident)
    known = answered_by(ident)
    people = colleagues_of([c for c, _n, _at in known])
    context: dict[str, Any] = {
        "section": "consumers",
        "consumer": row,
        "name": row.name or str(theirs[0].handle),
        "links": theirs,
        "conversations": conversations(by, ident),
        "entries": entries,
        "more": more,
        "kind": "all",
        "purchases": purchases(ident),
        "known": [(people[c], n, at) for c, n, at in known if c in people],
        "merges": [d for d in decisions(ident) if d.kind == "join"],
        "toast": _toast(request, ident),
    }
    return render(request, "people/consumer.html", context)


@login_required
@require_GET
def strip(request: HttpRequest, ident: UUID) -> HttpResponse:
    """A part of the timeline: another kind, or what came before."""
    try:
        row, theirs = somebody(ident, to="timeline")
    except Moved as moved:
        return moved.answer
    kind = request.GET.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    before = place(request)
    entries, more = timeline(me(request), ident, kind=kind, before=before)
    context = {"consumer": row, "name": row.name or str(theirs[0].handle), "entries": entries, "more": more, "kind": kind}
    return render(request, "people/parts/entries.html" if before else "people/parts/timeline.html", context)


def _toast(request: HttpRequest, consumer: UUID) -> dict[str, str] | None:
    """The word about what was just done, and how to take it back."""
    for asked, words in (("merged", _("They are one person now")), ("apart", _("The handle is a person of its own now"))):
        done = key(request.GET.get(asked, ""))
        if done is not None:
            row = Decision.objects.filter(pk=done, undone_at=None, at__gt=now() - FRESH)
            fits = row.filter(kept=consumer) if asked == "merged" else row.filter(absorbed=consumer)
            return {"text": words, "undo": reverse("undo_merge", args=[done])} if fits.exists() else None
    renamed = request.session.get(RENAMED)
    if renamed and renamed["consumer"] == str(consumer) and not renamed["told"]:
        request.session[RENAMED] = {**renamed, "told": True}
        return {"text": _("The new name is saved"), "undo": reverse("rename_undo", args=[consumer])}
    return None
