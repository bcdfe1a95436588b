"""One is two: handles become a person of their own, or go to another one. What would move is shown before."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.identity import actions
from samspil.identity.models import Consumer, Link
from samspil.identity.queries.preview import preview_move
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.people.views import shown
from samspil.screens.people.views.common import Moved, called, idents, led, refusal, said, somebody, surely
from samspil.screens.people.views.common import ident as key
from samspil.screens.people.views.joining import LONGEST, others


@having(Right.JOIN)
@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Choose handles, see what goes with them, make them a person of their own."""
    if request.method == "POST":
        return _split(request, ident)
    try:
        row, theirs = somebody(ident, to="split_person")
    except Moved as moved:
        return moved.answer
    chosen = [h for h in idents(request.GET.getlist("handle")) if h in {link.handle_id for link in theirs}]
    name = said(request, "name", LONGEST)
    context = {
        "section": "consumers",
        "consumer": row,
        "name": called(row, theirs),
        "links": theirs,
        "chosen": chosen,
        "new_name": name,
        "all": len(chosen) == len(theirs),
        "look": shown.of_move(chosen, ident, None, name) if chosen and len(chosen) < len(theirs) else None,
    }
    part = request.headers.get("HX-Request")
    return render(request, "people/parts/split_look.html" if part else "people/split.html", context)


def _split(request: HttpRequest, ident: UUID) -> HttpResponse:
    handles, name = idents(request.POST.getlist("handle")), said(request, "name", LONGEST)
    try:
        done = surely(
            stamp=said(request, "stamp"),
            first=ident,
            second=ident,
            expected=lambda: preview_move(handles=handles, consumer=ident, to=None, name=name),
            deed=lambda: actions.split(
                handles=handles, consumer=ident, by=me(request), why=said(request, "why"), at=now(), name=name
            ),
        )
    except SamspilError as error:
        words = _("Choose at least one handle") if not handles else refusal(error)
        messages.error(request, words)
        return led(request, reverse("split_person", args=[ident]))
    return led(request, f"{reverse('consumer', args=[ident])}?split={done.pk}")


@having(Right.JOIN)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, ident: UUID, handle: UUID) -> HttpResponse:
    """Give one handle to another person: ``?q=`` searches, ``?with=`` shows what goes with it."""
    try:
        row, theirs = somebody(ident, to="move_handle", handle=handle)
    except Moved as moved:
        return moved.answer
    link = next((one for one in theirs if one.handle_id == handle), None)
    if link is None:
        messages.error(request, _("Somebody has moved a handle meanwhile. Look again."))
        return led(request, reverse("consumer", args=[ident]))
    if request.method == "POST":
        return _move(request, ident, handle, key(request.POST.get("with", "")))
    return _to_whom(request, row, theirs, link)


def _to_whom(request: HttpRequest, row: Consumer, theirs: list[Link], link: Link) -> HttpResponse:
    ident, handle, other = row.pk, link.handle_id, key(request.GET.get("with", ""))
    text = said(request, "q", LONGEST)
    context: dict[str, Any] = {"section": "consumers", "consumer": row, "name": called(row, theirs), "link": link, "q": text}
    if other is not None and other != ident:
        try:
            them, their_links = somebody(other)
        except Moved as moved:
            return moved.answer
        alone = len(theirs) == 1
        context |= {"other": them, "other_name": called(them, their_links), "alone": alone}
        context["look"] = None if alone else shown.of_move([handle], ident, other)
        return render(request, "people/move.html", context)
    context["rows"] = others(request, ident, text) if text else []
    context["pick"], context["extra"] = "move", str(handle)
    if request.headers.get("HX-Request"):
        return render(request, "people/parts/candidates.html", context)
    return render(request, "people/move.html", context)


def _move(request: HttpRequest, ident: UUID, handle: UUID, other: UUID | None) -> HttpResponse:
    if other is None:
        raise NotFound("no such consumer")
    try:
        done = surely(
            stamp=said(request, "stamp"),
            first=ident,
            second=other,
            expected=lambda: preview_move(handles=[handle], consumer=ident, to=other),
            deed=lambda: actions.move(
                handles=[handle], consumer=ident, to=other, by=me(request), why=said(request, "why"), at=now()
            ),
        )
    except NotFound:
        raise
    except SamspilError as error:
        messages.error(request, refusal(error))
        return led(request, reverse("consumer", args=[ident]))
    return led(request, f"{reverse('consumer', args=[ident])}?moved={done.pk}")


@having(Right.JOIN)
@require_POST
def apart(request: HttpRequest, link: UUID) -> HttpResponse:
    """One handle becomes a person of its own."""
    row = Link.objects.filter(pk=link, ended_at=None).first()
    if row is None:
        raise NotFound("no such link")
    home = reverse("consumer", args=[row.consumer_id])
    try:
        done = actions.take_apart(link=link, by=me(request), at=now(), why=said(request, "why"))
    except SamspilError as error:
        messages.error(request, refusal(error))
        return led(request, home)
    return led(request, f"{home}?apart={done.pk}")
