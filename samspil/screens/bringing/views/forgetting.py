"""Forgetting a person: what goes is shown, and the name is typed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.text import fold
from samspil.exchange.actions.forget import forget
from samspil.identity.queries import consumer, links
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.bringing.queries import held


@never_cache
@having(Right.FORGET)
@require_http_methods(["GET", "POST"])
def forget_person(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The preview; with the name typed, everything of the person goes."""
    row, theirs = consumer(ident), links(ident)
    if not theirs:
        raise NotFound("no such consumer")
    name = row.name or str(theirs[0].handle)
    error = ""
    if request.method == "POST":
        if fold(request.POST.get("name", "")) == fold(name):
            forget(consumer=ident, by=me(request), at=now())
            messages.success(request, _("The person is forgotten"))
            return HttpResponseRedirect(reverse("consumers"))
        error = _("That is not the name. Type it as it stands above.")
    context = {"section": "consumers", "consumer": row, "name": name, "links": theirs, "held": held(ident), "error": error}
    return render(request, "bringing/forget.html", context, status=422 if error else 200)
