"""Channels: what is connected, whether it works, and connecting one more in three steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base import registry
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.intake import actions, queries
from samspil.intake.models import Account
from samspil.kit import Hears
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.setup.ports import offered
from samspil.screens.setup.queries import held_by
from samspil.screens.setup.views.account_form import AccountForm, connectable, description, icon, level_words, paste, title
from samspil.screens.setup.views.sign_in import offer, sign_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An account with the words of its channel, and what it has brought.

    ``state`` is well, silent (unusually long), error, sign_in (its network wants new credentials), paused, closed, history or waiting
    (nothing heard yet).
    """

    account: Account
    title: str
    icon: str
    state: str
    heard: queries.Heard | None = None


def _cards(rows: Sequence[Account]) -> list[Card]:
    heard = queries.heard([row.pk for row in rows if not row.history], now())
    return [_card(row, heard.get(row.pk)) for row in rows]


def _card(row: Account, heard: queries.Heard | None) -> Card:
    if row.history:
        state = "history"
    elif row.state == Account.State.CLOSED:
        state = "closed"
    elif row.state == Account.State.PAUSED:
        state = "paused"
    elif row.state == Account.State.BROKEN:
        state = "sign_in"
    elif row.error:
        state = "error"
    elif heard and heard.missed is not None:
        state = "silent"
    else:
        state = "well" if row.seen_at or heard else "waiting"
    return Card(account=row, title=title(row.channel), icon=icon(row.channel), state=state, heard=heard)


LAST = ("history", "closed")


@having(Right.CHANNELS)
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account as a card."""
    cards = sorted(_cards(queries.accounts()), key=lambda card: card.state in LAST)
    return render(request, "setup/channels.html", {"cards": cards, "tab": "channels"})


@having(Right.CHANNELS)
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Step one: which channel."""
    found = [
        {"name": n, "title": title(n), "icon": icon(n), "text": description(n), "level": level_words(n)} for n in connectable()
    ]
    found.sort(key=lambda channel: channel["title"].casefold())
    return render(request, "setup/channel_choose.html", {"channels": found, "tab": "channels", "step": 1})


@sensitive_post_parameters()
@having(Right.CHANNELS)
@require_http_methods(["GET", "POST"])
def connect(request: HttpRequest, channel: str) -> HttpResponse:
    """Step two: its settings."""
    if channel not in connectable():
        raise Http404
    form = AccountForm(request.POST or None, channel=registry.channel(channel))
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            row = actions.connect(
                channel=channel, name=given["name"], language=given["language"], config=form.config, own=form.own
            )
        except SamspilError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("account_try", args=[row.pk]))
    context = {
        "form": form,
        "title": title(channel),
        "icon": icon(channel),
        "text": description(channel),
        "paste": paste(channel),
        "tab": "channels",
        "step": 2,
    }
    return render(request, "setup/channel_form.html", context, status=422 if form.is_bound else 200)


@having(Right.CHANNELS)
@require_GET
def try_it(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Step three: does it work? And, for a channel in a web page, the tag to put there; tried at once after a sign-in at the network."""
    row = queries.account(ident)
    context = {"card": _one(row), "tab": "channels", "step": 3, **_outside(request, row), **offer(request, row)}
    if "checked" in request.GET:
        context["checks"] = offered().check_account(row)
    return render(request, "setup/channel_try.html", context)


@never_cache
@having(Right.CHANNELS)
@require_GET
def listen(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Whether the first message has come: asked again and again while somebody waits for it."""
    return render(request, "setup/parts/heard.html", {"card": _one(queries.account(ident))})


@sensitive_post_parameters()
@having(Right.CHANNELS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Change an account; a secret that is left empty stays. One that was disconnected is connected again."""
    row = queries.account(ident)
    form = AccountForm(request.POST or None, channel=registry.channel(row.channel), row=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.configure(account=row.pk, name=form.cleaned_data["name"], config=form.config, own=form.own)
        except SamspilError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("account_edit", args=[row.pk]))
    context = {
        "form": form,
        "card": _one(row),
        "title": row.name,
        "icon": icon(row.channel),
        "tab": "channels",
        **_outside(request, row),
        **offer(request, row),
    }
    return render(request, "setup/channel_form.html", context, status=422 if form.is_bound else 200)


@never_cache
@having(Right.CHANNELS)
@require_POST
def test(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Try the account for real, within bounded time, and say what works and what to do."""
    row = queries.account(ident)
    context = {"checks": offered().check_account(row), "card": _one(row), "tab": "channels"}
    if request.headers.get("HX-Request"):
        return render(request, "setup/parts/checks.html", context)
    return render(request, "setup/channel_try.html", {**context, "step": 3, **_outside(request, row), **offer(request, row)})


@having(Right.CHANNELS)
@require_POST
def hold(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Pause, or go on."""
    row = queries.account(ident)
    if "resume" in request.POST:
        actions.resume(account=row.pk)
        messages.success(request, _("%(name)s goes on") % {"name": row.name})
    else:
        actions.pause(account=row.pk)
        messages.success(request, _("%(name)s is paused") % {"name": row.name})
    return HttpResponseRedirect(reverse("accounts"))


@having(Right.CHANNELS)
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Disconnect, after saying what happens to what is there."""
    row = queries.account(ident)
    if row.history or row.state == Account.State.CLOSED:
        raise Http404
    if request.method == "POST":
        sign_out(row)
        actions.disconnect(account=row.pk, by=me(request).pk)
        messages.success(request, _("%(name)s is disconnected") % {"name": row.name})
        return HttpResponseRedirect(reverse("accounts"))
    return render(request, "setup/channel_leave.html", {"card": _one(row), "held": held_by(row.pk), "tab": "channels"})


def _one(row: Account) -> Card:
    return _cards([row])[0]


def _outside(request: HttpRequest, row: Account) -> dict[str, str]:
    """What is to be put elsewhere: the script tag of a channel whose visitors write in our script, the address that a network calls."""
    live = offered().live_address(request.get_host())
    if not queries.capabilities(row).widget:
        return {"hook": f"{live}/in/{row.pk}"} if isinstance(registry.channel(row.channel), Hears) else {}
    try:
        trial = reverse("try_widget", args=[row.pk])
    except NoReverseMatch:  # an installation without that screen
        trial = ""
    # Plain text: the page shows it escaped, for copying.
    return {"tag": f'<script src="{live}/widget/chat.js" data-account="{row.pk}" defer></script>', "trial": trial}
