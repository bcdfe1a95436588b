"""Learning anew: asked for by an administrator, done by the worker, and how far it is."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.identity.actions.learn import ask_to_learn
from samspil.identity.queries.policy import learned
from samspil.identity.queries.weights import under_way
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having


@having(Right.MATCHING)
@require_POST
def learn(request: HttpRequest) -> HttpResponse:
    """Ask for it; whoever asks twice waits for the same run."""
    ask_to_learn(engine=settings.SAMSPIL_MATCHING_ENGINE, at=now())
    messages.success(request, _("The worker begins within a minute; you can go on meanwhile"))
    return HttpResponseRedirect(reverse("identity_settings") + "#h-weights")


@never_cache
@having(Right.MATCHING)
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """How far the run is; the part asks again by itself while there is one."""
    return render(
        request, "matching/parts/weights.html", {"weights": learned(), "run": under_way(), "learn_url": reverse("identity_learn")}
    )
