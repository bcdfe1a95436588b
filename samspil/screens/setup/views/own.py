"""Settings of one's own: who I am, how the pages behave, whether I am here, what I know."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from samspil import kit
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.base.networks import channel_face, face, network_of
from samspil.elsewhere.actions import leave_seat, prefer, prefer_account, prove, send_code
from samspil.elsewhere.queries import linking, reached, seats_of, tellers
from samspil.organisation.actions import change_own, give_level, remove_address, step_away
from samspil.organisation.models import Colleague
from samspil.organisation.queries import addresses_of, competences, held_by, languages_of
from samspil.organisation.ui.guard import me
from samspil.screens.setup.queries.craft import crafts
from samspil.screens.setup.views.forms import FLUENCY, SPOKEN, Away, Own, levels
from samspil.screens.setup.views.lost import lost_of

FIELDS = ("name", "title", "language", "theme", "capacity", "single_keys", "notify_browser")
WHEN = [("away", gettext_lazy("When I am not at the desk")), ("always", gettext_lazy("Always")), ("never", gettext_lazy("Never"))]
YEAR = 365 * 24 * 3600


@login_required
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Show the page; save what is one's own."""
    colleague = me(request)
    form = Own(request.POST or None, initial={name: getattr(colleague, name) for name in FIELDS})
    if request.method != "POST" or not form.is_valid():
        return _page(request, form=form, status=422 if form.is_bound else 200)
    change_own(colleague=colleague, **form.cleaned_data)
    with translation.override(colleague.language):
        messages.success(request, _("Saved"))
    answer = HttpResponseRedirect(reverse("settings"))
    # The shell reads these two from cookies, so that the page is drawn right before anybody is known.
    answer.set_cookie("theme", colleague.theme, max_age=YEAR, samesite="Lax")
    answer.set_cookie("single-keys", "on" if colleague.single_keys else "off", max_age=YEAR, samesite="Lax")
    return answer


@login_required
@require_POST
def away(request: HttpRequest) -> HttpResponse:
    """«Not me now», or back again."""
    if "back" in request.POST:
        step_away(colleague=me(request), until=None)
        messages.success(request, _("Good to have you back"))
        return HttpResponseRedirect(reverse("settings"))
    form = Away(request.POST)
    until = form.moment(now()) if form.is_valid() else None
    if until is None:
        return _page(request, away_error=_("Choose a time to come"), status=422)
    step_away(colleague=me(request), until=until)
    messages.success(request, _("Nothing new is given to you until then"))
    return HttpResponseRedirect(reverse("settings"))


@login_required
@require_POST
def know(request: HttpRequest) -> HttpResponse:
    """Save one's own levels; only those that changed are written."""
    colleague = me(request)
    held = {h.competence_id: h.level for h in held_by(colleague.pk)}
    with step():
        for competence, level in levels(request.POST, competences()):
            if held.get(competence.pk, 0) != level:
                give_level(colleague=colleague, competence=competence.pk, level=level, by=colleague)
    messages.success(request, _("Saved: routing uses it at once"))
    return HttpResponseRedirect(reverse("settings") + "#know")


def _page(request: HttpRequest, *, status: int = 200, form: Own | None = None, away_error: str = "") -> HttpResponse:
    colleague = me(request)
    held = {h.competence_id: h.level for h in held_by(colleague.pk)}
    mine = languages_of([colleague.pk]).get(colleague.pk, {})
    context: dict[str, Any] = {
        "form": form or Own(initial={name: getattr(colleague, name) for name in FIELDS}),
        "away_error": away_error,
        "away": colleague.away_until if colleague.away_until and colleague.away_until > now() else None,
        "skills": [(c, held.get(c.pk, 0)) for c in competences()],
        "levels": range(6),
        "reached": _reached(colleague) | {"asked": request.session.get("link")},
        "shown": crafts(colleague.pk, now())[1],
        "spoken": [(code, name, mine.get(code, 0)) for code, name in SPOKEN],
        "fluency": FLUENCY,
        "confirmed": request.session.pop("confirmed", None),
        "tab": "own",
    }
    return render(request, "setup/own.html", context, status=status)


@login_required
@require_POST
def reached_by(request: HttpRequest) -> HttpResponse:
    """When one is told outside of Samspil."""
    when, by = request.POST.get("when", ""), request.POST.get("account")
    if when in dict(WHEN):
        prefer(colleague=me(request), when=when)
        messages.success(request, _("Saved"))
    elif account := next((a for a in tellers() if str(a.pk) == by), None):
        prefer_account(colleague=me(request), account=account.pk)
        messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("settings") + "#reached")


@login_required
@require_POST
def address(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take away an address from which one answers."""
    remove_address(address=ident, by=me(request))
    return HttpResponseRedirect(reverse("settings") + "#reached")


@login_required
@require_POST
def seat(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Forget who one is on a network where colleagues talk."""
    leave_seat(seat=ident, by=me(request))
    return HttpResponseRedirect(reverse("settings") + "#reached")


@login_required
@require_POST
def link(request: HttpRequest) -> HttpResponse:
    """Say who one is on a network without mail addresses; or prove it by the code that was written there."""
    colleague, asked = me(request), request.session.get("link")
    back = HttpResponseRedirect(reverse("settings") + "#reached")
    try:
        if "again" in request.POST:
            request.session.pop("link", None)
        elif asked and "code" in request.POST:
            request.session["link"] = asked | {"tries": str(int(asked["tries"]) - 1)}
            prove(colleague=colleague, asked=asked, code=request.POST["code"], at=now())
            del request.session["link"]
            messages.success(request, _("Saved"))
        elif account := next((a for a in linking() if str(a.pk) == request.POST.get("account")), None):
            name = request.POST.get("name", "")[:300]
            request.session["link"] = send_code(colleague=colleague, account=account.pk, name=name, at=now())
    except SamspilError:
        messages.error(request, _("That is not the code that was sent, it is too old, or somebody else here has that name"))
    except kit.ChannelError as error:
        messages.error(request, _("The code could not be sent: %(why)s") % {"why": error})
    return back


def _reached(colleague: Colleague) -> dict[str, Any]:
    row, ways, links = reached(colleague), tellers(colleague.pk), linking()
    seats = [(seat, face(seat.network)[1]) for seat in seats_of(colleague.pk)]
    return {
        "row": row,
        "choices": WHEN,
        "addresses": addresses_of(colleague.pk),
        "can": bool(ways),
        "ways": [(a, channel_face(a.channel)) for a in ways] if len(ways) > 1 else [],
        "by": row.account_id or (ways[0].pk if ways else None),
        "mails": not (ways or links) or any(network_of(a.channel) == "mail" for a in ways),
        "seats": seats,
        "lost": lost_of(row, colleague.email, ways),
        "links": [(a, channel_face(a.channel)) for a in links],
    }
