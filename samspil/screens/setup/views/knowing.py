"""Confirming what colleagues know, taking it back, and in which languages they answer. The actions say who may."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from samspil.base.clock import now
from samspil.organisation.actions import confirm, limit_languages, speak, take_back
from samspil.organisation.models import Colleague
from samspil.organisation.ui.guard import me
from samspil.screens.setup.views.forms import spoken


@login_required
@require_POST
def confirm_level(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Confirm the level of one colleague in one click; the page it came from tells, with the undo."""
    try:
        who = UUID(request.POST.get("colleague", ""))
    except ValueError as error:
        raise Http404 from error
    colleague = get_object_or_404(Colleague, pk=who)
    evidence = confirm(colleague=who, competence=ident, by=me(request), at=now())
    request.session["confirmed"] = {"evidence": str(evidence), "name": colleague.name}
    return HttpResponseRedirect(_back(request.POST.get("back", ""), who, ident))


@login_required
@require_POST
def unconfirm(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take one's own confirmation back; the page asks for itself anew."""
    take_back(evidence=ident, by=me(request), at=now())
    messages.success(request, _("Taken back"))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(reverse("competences"))


@login_required
@require_POST
def limit(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Hold a competence in some languages alone; leads of everybody, others of themselves."""
    try:
        who = UUID(request.POST.get("colleague", ""))
    except ValueError as error:
        raise Http404 from error
    colleague = get_object_or_404(Colleague, pk=who)
    limit_languages(colleague=colleague, competence=ident, languages=request.POST.getlist("language"), by=me(request))
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("competence", args=[ident]) + "#who")


@login_required
@require_POST
def languages(request: HttpRequest) -> HttpResponse:
    """Save in which languages one answers."""
    mine = me(request)
    speak(colleague=mine, languages=spoken(request.POST), by=mine)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("settings") + "#languages")


def _back(where: str, colleague: UUID, competence: UUID) -> str:
    """One of our pages, by its name: an address from outside is never followed."""
    pages = {"colleague": [colleague], "competence": [competence], "settings": []}
    return reverse(where, args=pages[where]) if where in pages else reverse("competences")
