"""Health: what the doctor knows, as a page, and what can be done about it here."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.intake.actions import replay
from samspil.intake.queries import trouble
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having
from samspil.screens.setup.ports import offered
from samspil.screens.setup.queries import raw, undelivered

SHOWN = 100
"""Envelopes in trouble on the page; "try all again" takes as many at a time."""


@never_cache
@having(Right.HEALTH)
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    found = offered().diagnose(language=(get_language() or "en")[:2])
    context = {
        "tab": "health",
        "found": found,
        "bad": [c for c in found.checks if not c.ok],
        "well": [c for c in found.checks if c.ok],
        "envelopes": trouble(SHOWN),
        "in_trouble": found.envelopes["not_understood"] + found.envelopes["quarantined"],
        "replies": undelivered(),
        "counters": sorted(found.counters.items()),
    }
    return render(request, "setup/health.html", context)


@having(Right.HEALTH)
@require_GET
def envelope(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One envelope as it came, as text and never as anything else."""
    found = raw(ident)
    if found is None:
        raise Http404
    return render(request, "setup/envelope.html", {"raw": found, "tab": "health"})


@having(Right.HEALTH)
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Put one envelope, or all that are shown, back in line."""
    ident = request.POST.get("envelope", "")
    try:
        wanted = [UUID(ident)] if ident else [e.pk for e in trouble(SHOWN)]
    except ValueError as error:
        raise Http404 from error
    n = replay(envelopes=wanted, at=now())
    messages.success(request, ngettext("%(n)d message is tried again", "%(n)d messages are tried again", n) % {"n": n})
    return HttpResponseRedirect(reverse("refused" if request.POST.get("back") == "refused" else "health"))
