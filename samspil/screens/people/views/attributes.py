"""The organisation's own attributes: an administrator makes, names, orders and archives them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, SamspilError
from samspil.identity.actions import fields
from samspil.identity.models import Field
from samspil.identity.queries.knowledge import fields_all
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.people.views.common import UNPROCESSABLE, refusal, said


@having(Right.ATTRIBUTES)
@require_http_methods(["GET", "POST"])
def attributes(request: HttpRequest) -> HttpResponse:
    """The page; a POST makes one."""
    context: dict[str, Any] = {"tab": "attributes", "kinds": list(Field.Kind.values), "given": {}}
    if request.method == "POST":
        given = {"name": said(request, "name", 80), "kind": said(request, "kind"), "choices": said(request, "choices", 4000)}
        kind = given["kind"] if given["kind"] in Field.Kind.values else Field.Kind.TEXT.value
        try:
            fields.make_field(name=given["name"], kind=kind, choices=given["choices"].splitlines(), by=me(request), at=now())
        except NotAllowed:
            raise
        except SamspilError as error:
            context |= {"given": given, "error": refusal(error), "fields": fields_all()}
            return render(request, "people/attributes.html", context, status=UNPROCESSABLE)
        messages.success(request, _("The attribute is there"))
        return HttpResponseRedirect(reverse("attributes"))
    return render(request, "people/attributes.html", {**context, "fields": fields_all()})


@having(Right.ATTRIBUTES)
@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Another name, or other values to choose."""
    choices = said(request, "choices", 4000).splitlines()
    return _tried(request, lambda: fields.change_field(
        field=slug, name=said(request, "name", 80), choices=choices, by=me(request), at=now()
    ), _("Saved"))  # fmt: skip


@having(Right.ATTRIBUTES)
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Offer it no more, or again."""
    away = request.POST.get("back") != "1"
    words = _("It is archived; what is known in it stays") if away else _("It is in use again")
    return _tried(request, lambda: fields.archive_field(field=slug, archived=away, by=me(request), at=now()), words)


@having(Right.ATTRIBUTES)
@require_POST
def shift(request: HttpRequest, slug: str) -> HttpResponse:
    """One place up or down."""
    order = [row.slug for row in fields_all() if row.archived_at is None]
    if slug in order:
        here = order.index(slug)
        there = max(0, min(len(order) - 1, here + (-1 if request.POST.get("up") == "1" else 1)))
        order.insert(there, order.pop(here))
        fields.order_fields(fields=order, by=me(request), at=now())
    return HttpResponseRedirect(f"{reverse('attributes')}#a-{slug}")


def _tried(request: HttpRequest, deed: Callable[[], object], words: str) -> HttpResponse:
    try:
        deed()
    except NotAllowed:
        raise
    except SamspilError as error:
        messages.error(request, refusal(error))
    else:
        messages.success(request, words)
    return HttpResponseRedirect(reverse("attributes"))
