"""One import: what it would do, how far it is, what it did; go, take back, the ways in for who is new."""

from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.provision.actions import runs as actions
from samspil.provision.actions.carry import BATCH, carry_on
from samspil.provision.queries import UNDER_WAY, newcomers_of, page_of, run_of
from samspil.provision.rules.people import DOES, OUTCOMES


@never_cache
@having(Right.ARRIVALS)
@require_GET
def run(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The page; ``?show=`` an outcome, ``?after=`` the last row of the page before."""
    row = run_of(ident)
    if row.state == "chosen":
        return HttpResponseRedirect(reverse("arrivals_columns", args=[ident]))
    show = request.GET.get("show", "")
    show = show if show in OUTCOMES else ""
    after = request.GET.get("after", "0")
    rows, more = page_of(ident, outcome=show, after=int(after) if after.isdecimal() and len(after) < 10 else 0)  # noqa: PLR2004
    counts = row.counts
    context = {
        "section": "organisation",
        "run": row,
        "show": show,
        "rows": rows,
        "more": more,
        "tabs": [(o, counts[o]) for o in OUTCOMES if counts.get(o)],
        "counts": counts,
        "does": sum(counts.get(o, 0) for o in DOES),
        "left": [r for r in rows if r.left not in {"", "taken_back"}],
        "braked": row.state == "looked" and actions.braked(run=row),
        "under_way": row.state in UNDER_WAY,
        "fresh": len(newcomers_of(ident)) if row.state == "done" else 0,
        "step": {"looked": 3, "running": 4}.get(row.state, 5),
    }
    return render(request, "arrivals/run.html", context)


@never_cache
@having(Right.ARRIVALS)
@require_GET
def progress(request: HttpRequest, ident: UUID) -> HttpResponse:
    """How far it is, asked for every second; when it is done the page comes anew."""
    row = run_of(ident)
    if row.state not in UNDER_WAY:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("arrivals_run", args=[ident])})
    return render(request, "arrivals/parts/progress.html", {"run": row})


@having(Right.ARRIVALS)
@require_POST
def do(request: HttpRequest, ident: UUID) -> HttpResponse:
    """One step of an import. A small one is done at once, a larger one by the worker."""
    deed = request.POST.get("deed", "")
    there = HttpResponseRedirect(reverse("arrivals_run", args=[ident]))
    try:
        if deed == "go":
            row = actions.go(run=ident, by=me(request), at=now(), confirmed="confirmed" in request.POST)
        elif deed == "undo":
            row = actions.undo(run=ident, by=me(request), at=now())
        elif deed == "drop":
            actions.drop(run=ident, by=me(request))
            messages.success(request, _("It is thrown away; nothing was changed"))
            return HttpResponseRedirect(reverse("arrivals"))
        else:
            return HttpResponse(status=422)
    except actions.TooMany:
        messages.error(request, _("Say that so many are to lose their access, or choose to leave who is missing."))
        return there
    except actions.NotNow:
        messages.error(request, _("That cannot be done with this import now"))
        return there
    if row.total <= BATCH:
        carry_on(run=ident)
    return there


@never_cache
@having(Right.ARRIVALS)
@require_POST
def links(request: HttpRequest, ident: UUID) -> HttpResponse:
    """A way in for each who is new and has not been here: a link by which a password is chosen, shown only here."""
    row = run_of(ident)
    people = [(who, request.build_absolute_uri(_way_in(who))) for who in newcomers_of(ident)]
    return render(request, "arrivals/links.html", {"section": "organisation", "run": row, "people": people})


def _way_in(who: Colleague) -> str:
    key = default_token_generator.make_token(who)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(who), "key": key})
