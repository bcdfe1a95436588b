"""One consumer: who it is, on which handles and why, and everything that was between us."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from samspil.base.clock import now
from samspil.consent.queries import summary as consents
from samspil.identity.actions.knowledge import FILE_LIMIT
from samspil.identity.models import Consumer, Decision, Detail, Link
from samspil.identity.queries import answered_by
from samspil.identity.queries.history import history_of
from samspil.identity.queries.knowledge import fields_all, files_of, known_of, marks_of, notes_of, perhaps_also
from samspil.identity.queries.segments import segments_of
from samspil.identity.rules.details import DETAILS
from samspil.organisation.queries import colleagues_of
from samspil.organisation.ui.guard import me
from samspil.screens.people.queries.person import accounts_named, conversations, purchases
from samspil.screens.people.queries.timeline import KINDS, Wanted, timeline
from samspil.screens.people.views.common import Moved, called, place, said, somebody
from samspil.screens.people.views.common import ident as key
from samspil.screens.people.views.joining import RENAMED
from samspil.screens.people.views.relationship import relationship_with

FRESH = timedelta(minutes=10)
"""So long after a deed the page that it led to offers the undo."""
STEPS = 6
"""Steps of the history that are shown at once; the others stand behind a fold."""


@login_required
@require_GET
def consumer(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The page, or what is in it when it asks for itself anew. Whose handles are another's now leads there."""
    try:
        row, theirs = somebody(ident)
    except Moved as moved:
        if request.headers.get("HX-Request"):
            # The page stays as it is, with what was typed; it says where the person is now.
            told = {"people:moved": {"href": moved.answer.headers["Location"]}}
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
        return moved.answer
    context = _page(request, row, theirs)
    if request.headers.get("HX-Request"):
        return render(request, "people/parts/person.html", context)
    return render(request, "people/consumer.html", {**context, "toast": _toast(request, ident)})


def _page(request: HttpRequest, row: Consumer, theirs: list[Link]) -> dict[str, Any]:
    by, wanted = me(request), _wanted(request)
    entries, more = timeline(by, row.pk, wanted=wanted)
    known = answered_by(row.pk)
    people = colleagues_of([c for c, _n, _at in known])
    fields, marks = fields_all(), marks_of(row.pk)
    talks = conversations(by, row.pk)
    history = history_of(row.pk, handles=[link.handle_id for link in theirs])
    names = {f.slug: f.name for f in fields}
    for step in history:
        step.what = names.get(step.row.field, "") if isinstance(step.row, Detail) else ""
    return {
        "section": "consumers",
        "consumer": row,
        "name": called(row, theirs),
        "links": [(link, marks.get(link.handle_id, ())) for link in theirs],
        "accounts": accounts_named(),
        "first": theirs[0].handle_id,
        "warnings": [m for of in marks.values() for m in of if m.kind != "shared"],
        "several": len(theirs) > 1,
        "perhaps": perhaps_also(row.pk),
        "networks": sorted({link.handle.network for link in theirs}),
        "conversations": talks,
        "entries": entries,
        "more": more,
        "wanted": wanted,
        "purchases": purchases(row.pk),
        "known": [(people[c], n, at) for c, n, at in known if c in people],
        "details": known_of(row.pk, today=timezone.localdate(), fields=[f for f in fields if f.archived_at is None]),
        "words": list(DETAILS),
        "notes": notes_of(row.pk),
        "files": files_of(row.pk),
        "file_limit": FILE_LIMIT,
        "steps": history[:STEPS],
        "older": history[STEPS:],
        "segments": segments_of(row.pk, by=by),
        "consents": [(purpose, state) for purpose, state in consents(row.pk).items() if state],
        "relationship": relationship_with(row.pk, by=by),
        "watched": " ".join(map(str, [row.pk, *(k.handle_id for k in theirs), *(t.pk for t in talks)])),
    }


def _wanted(request: HttpRequest) -> Wanted:
    kind, way = said(request, "kind"), said(request, "way")
    return Wanted(
        kind=kind if kind in KINDS else "all",
        way=way if way in {"in", "out"} else "",
        network=said(request, "network", 40),
        text=said(request, "q", 200),
    )


@login_required
@require_GET
def strip(request: HttpRequest, ident: UUID) -> HttpResponse:
    """A part of the timeline: narrowed otherwise, or what came before."""
    try:
        row, theirs = somebody(ident, to="timeline")
    except Moved as moved:
        return moved.answer
    before, wanted = place(request), _wanted(request)
    entries, more = timeline(me(request), ident, wanted=wanted, before=before)
    context = {"consumer": row, "name": called(row, theirs), "entries": entries, "more": more, "wanted": wanted}
    return render(request, "people/parts/entries.html" if before else "people/parts/strip.html", context)


def _toast(request: HttpRequest, consumer: UUID) -> dict[str, str] | None:
    """The word about what was just done, and how to take it back."""
    words = {
        "merged": _("They are one person now"),
        "apart": _("The handle is a person of its own now"),
        "split": _("They are two persons now"),
        "moved": _("The handle belongs to the other person now"),
        "undone": _("It is as it was before"),
    }
    for asked, text in words.items():
        decision = key(request.GET.get(asked, ""))
        if decision is not None:
            row = Decision.objects.filter(pk=decision, undone_at=None, at__gt=now() - FRESH).first()
            fits = row is not None and consumer in {row.kept_id, row.absorbed_id}
            return {"text": text, "undo": reverse("undo_merge", args=[decision])} if fits else None
    renamed = request.session.get(RENAMED)
    if renamed and renamed["consumer"] == str(consumer) and not renamed["told"]:
        request.session[RENAMED] = {**renamed, "told": True}
        return {"text": _("The new name is saved"), "undo": reverse("rename_undo", args=[consumer])}
    return None
