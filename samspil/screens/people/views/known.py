"""What is known of a person: notes, details, marks; added, changed, taken away, each with its undo."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.identity import actions
from samspil.identity.actions import fields, knowledge, marks
from samspil.identity.models import Detail, Mark, Note
from samspil.identity.queries import owner_of
from samspil.identity.queries.knowledge import detail as one_detail
from samspil.identity.queries.knowledge import fields_now, shape_of
from samspil.identity.queries.knowledge import note as one_note
from samspil.identity.rules.details import DETAILS
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.people.views.common import Moved, done, ident, refused, said, somebody

TIMED = frozenset({"company", "title", "department"})
"""Details of which one asks since when and until when."""


def handle_for(request: HttpRequest, consumer: UUID) -> UUID:
    """The handle that something new hangs on: the one that was chosen, if it is theirs, else the first. Raises NotFound."""
    try:
        _row, theirs = somebody(consumer)
    except Moved:
        raise NotFound("no such consumer") from None
    asked = ident(said(request, "handle"))
    return asked if asked in {link.handle_id for link in theirs} and asked else theirs[0].handle_id


def _tried(request: HttpRequest, consumer: UUID | None, deed: Callable[[], tuple[str, str]]) -> HttpResponse:
    """Do it, and tell it in words with the address of its undo; or say why not."""
    try:
        words, undo = deed()
    except SamspilError as error:
        return refused(request, consumer, error)
    return done(request, consumer, words, undo=undo)


def _note(note: UUID) -> Note:
    row = one_note(note)
    if row is None:
        raise NotFound("no such note")
    return row


@login_required
@require_POST
def add_note(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Write a note."""

    def deed() -> tuple[str, str]:
        made = knowledge.add_note(handle=handle_for(request, ident), text=request.POST.get("text", ""), by=me(request), at=now())
        return _("The note is saved"), reverse("note_delete", args=[made.pk])

    return _tried(request, ident, deed)


@login_required
@require_POST
def change_note(request: HttpRequest, note: UUID) -> HttpResponse:
    """Write it otherwise."""

    def deed() -> tuple[str, str]:
        made = knowledge.change_note(note=note, text=request.POST.get("text", ""), by=me(request), at=now())
        return _("The note is changed"), f"{reverse('note_restore', args=[note])}?instead={made.pk}"

    return _tried(request, owner_of(_note(note).handle_id), deed)


@login_required
@require_POST
def delete_note(request: HttpRequest, note: UUID) -> HttpResponse:
    """Take it away."""

    def deed() -> tuple[str, str]:
        knowledge.delete_note(note=note, by=me(request), at=now())
        return _("The note is deleted"), reverse("note_restore", args=[note])

    return _tried(request, owner_of(_note(note).handle_id), deed)


@login_required
@require_POST
def restore_note(request: HttpRequest, note: UUID) -> HttpResponse:
    """Bring it back, in the place of the wording that came after."""

    def deed() -> tuple[str, str]:
        instead = ident(request.GET.get("instead", ""))
        knowledge.restore_note(note=note, instead_of=instead, by=me(request), at=now())
        again = f"{reverse('note_restore', args=[instead])}?instead={note}" if instead else reverse("note_delete", args=[note])
        return _("The note is back"), again

    return _tried(request, owner_of(_note(note).handle_id), deed)


@login_required
@require_GET
def detail_form(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The form for one word or attribute, as its kind wants it."""
    try:
        row, theirs = somebody(ident)
    except Moved as moved:
        return moved.answer
    name, own = said(request, "field", 60), fields_now()
    attribute = next((f for f in own if f.slug == name), None)
    if name not in DETAILS and attribute is None:
        raise Http404
    context: dict[str, Any] = {
        "consumer": row,
        "links": [(link, ()) for link in theirs],
        "several": len(theirs) > 1,
        "field": name,
        "kind": shape_of(name, own),
        "choices": attribute.choices if attribute else [],
        "label": attribute.name if attribute else "",
        "timed": name in TIMED,
    }
    return render(request, "people/parts/detail_add.html", context)


def _day(request: HttpRequest, name: str) -> date | None:
    text = said(request, name, 20)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise fields.NotSo("is no date such as 2026-11-25") from None


@login_required
@require_POST
def add_detail(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Note something known of a person."""

    def deed() -> tuple[str, str]:
        made = fields.add_detail(
            handle=handle_for(request, ident),
            field=said(request, "field", 60),
            value=said(request, "value", 2000),
            since=_day(request, "since"),
            until=_day(request, "until"),
            by=me(request),
            at=now(),
        )
        return _("Saved"), reverse("detail_end", args=[made.pk])

    return _tried(request, ident, deed)


def _detail(detail: UUID) -> Detail:
    row = one_detail(detail)
    if row is None:
        raise NotFound("no such detail")
    return row


@login_required
@require_POST
def correct_detail(request: HttpRequest, detail: UUID) -> HttpResponse:
    """Another value, or when it was true; an empty value takes it away."""
    row = _detail(detail)

    def deed() -> tuple[str, str]:
        value = said(request, "value", 2000)
        if not value:
            fields.end_detail(detail=detail, by=me(request), at=now())
            return _("It is taken away"), reverse("detail_restore", args=[detail])
        since = _day(request, "since") if "since" in request.POST else row.since
        until = _day(request, "until") if "until" in request.POST else row.until
        if "ended" in request.POST:
            until = timezone.localdate()
        made = fields.correct_detail(detail=detail, value=value, since=since, until=until, by=me(request), at=now())
        return _("Saved"), f"{reverse('detail_restore', args=[detail])}?instead={made.pk}"

    return _tried(request, owner_of(row.handle_id), deed)


@login_required
@require_POST
def end_detail(request: HttpRequest, detail: UUID) -> HttpResponse:
    """We do not believe it any more."""

    def deed() -> tuple[str, str]:
        fields.end_detail(detail=detail, by=me(request), at=now())
        return _("It is taken away"), reverse("detail_restore", args=[detail])

    return _tried(request, owner_of(_detail(detail).handle_id), deed)


@login_required
@require_POST
def restore_detail(request: HttpRequest, detail: UUID) -> HttpResponse:
    """Bring it back, in the place of what came after."""

    def deed() -> tuple[str, str]:
        instead = ident(request.GET.get("instead", ""))
        fields.restore_detail(detail=detail, instead_of=instead, by=me(request), at=now())
        back = reverse("detail_end", args=[detail])
        return _("It is as it was before"), f"{reverse('detail_restore', args=[instead])}?instead={detail}" if instead else back

    return _tried(request, owner_of(_detail(detail).handle_id), deed)


@login_required
@require_POST
def put_mark(request: HttpRequest, handle: UUID) -> HttpResponse:
    """Mark a handle."""
    kind = said(request, "kind", 10)
    if kind not in Mark.Kind.values:
        raise Http404

    def deed() -> tuple[str, str]:
        made = marks.put_mark(handle=handle, kind=kind, why=said(request, "why"), by=me(request), at=now())
        words = _("It joins nobody any more") if kind == Mark.Kind.SHARED else _("Everybody is warned of it now")
        return words, reverse("mark_end", args=[made.pk])

    return _tried(request, owner_of(handle), deed)


@login_required
@require_POST
def end_mark(request: HttpRequest, mark: UUID) -> HttpResponse:
    """Take a mark off."""

    def deed() -> tuple[str, str]:
        marks.end_mark(mark=mark, by=me(request), at=now())
        return _("The mark is off"), reverse("mark_again", args=[mark])

    return _tried(request, _owner_of_mark(mark), deed)


@login_required
@require_POST
def mark_again(request: HttpRequest, mark: UUID) -> HttpResponse:
    """Put a mark on again that was taken off."""

    def deed() -> tuple[str, str]:
        made = marks.put_mark_again(mark=mark, by=me(request), at=now())
        return _("The mark is on again"), reverse("mark_end", args=[made.pk])

    return _tried(request, _owner_of_mark(mark), deed)


def _owner_of_mark(mark: UUID) -> UUID | None:
    row = Mark.objects.filter(pk=mark).first()
    return owner_of(row.handle_id) if row else None


@having(Right.JOIN)
@require_POST
def keep_apart(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """Say of the owners of two handles that they are not the same person."""

    def deed() -> tuple[str, str]:
        actions.keep_apart(one=_owner(one), other=_owner(other), why=said(request, "why"), by=me(request), at=now())
        return _("Nothing joins the two by itself"), reverse("lift_veto", args=[one, other])

    return _tried(request, owner_of(one), deed)


@having(Right.JOIN)
@require_POST
def lift(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """Take that back."""

    def deed() -> tuple[str, str]:
        actions.lift(one=_owner(one), other=_owner(other), by=me(request), at=now())
        return _("The two may be joined again"), reverse("keep_apart", args=[one, other])

    return _tried(request, owner_of(one), deed)


def _owner(handle: UUID) -> UUID:
    found = owner_of(handle)
    if found is None:
        raise NotFound("no such handle")
    return found
