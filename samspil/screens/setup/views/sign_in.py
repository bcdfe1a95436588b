"""Signing an account in at its network (OAuth), in the browser of the colleague who connects it."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from samspil.base import registry
from samspil.base.clock import now
from samspil.base.seal import Unsealable
from samspil.intake import actions, queries
from samspil.intake.models import Account
from samspil.kit import ChannelError, NotSignedIn, SignsIn
from samspil.kit.channel import SECONDS_TO_SIGN_IN
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having
from samspil.screens.setup.ports import offered
from samspil.screens.setup.views.account_form import title

BEGUN, REFUSED = "network_sign_in", "network_refusal"
LONGEST = 4000
"""Characters of a value that a network sends back."""
_REFUSALS = {
    "denied": gettext_lazy("The access was not allowed there, so nothing has changed. Sign in again to allow it."),
    "old": gettext_lazy("This sign-in was begun too long ago, in another browser, or is used already. Begin it again here."),
    "elsewhere": gettext_lazy(
        "Another server answered than the one that was asked. Nothing was taken from it; begin again here."
    ),
    "other": gettext_lazy(
        "Somebody else signed in there than the account named here. Sign out there first, or correct the name here."
    ),
    "address": gettext_lazy("The network cannot be asked with these settings, or cannot send you back to this address."),
    "refused": gettext_lazy("The network did not let you sign in. Look at what it said, and try again."),
}
_LATER = gettext_lazy("The network could not be reached just now. Try again in a little while.")


@never_cache
@having(Right.CHANNELS)
@require_POST
def sign_in(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Begin: a page that leads on to the network.

    A page and no redirect: browsers apply our form-action to the redirects after a form too, and would not leave for another site.
    """
    row, channel = _signs_in(ident)
    state = secrets.token_urlsafe(32)
    try:
        address = channel.sign_in(queries.account_view(row), back=_back(request, row), state=state)
        if urlsplit(address).scheme not in {"https", "http"}:
            raise NotSignedIn("The network named no address of a page.", why="refused")
    except ChannelError as error:
        return _refused(request, row, error)
    request.session[BEGUN] = {"account": str(row.pk), "state": state, "at": now().timestamp()}
    return render(request, "setup/channel_sign_in.html", {"address": address, "title": title(row.channel), "tab": "channels"})


@never_cache
@having(Right.CHANNELS)
@require_GET
def signed_in(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The network sends the browser back. A state that this session did not begin, or not just now, counts for nothing."""
    row, channel = _signs_in(ident)
    query = {name: str(value)[:LONGEST] for name, value in request.GET.items()}
    try:
        if not _is_ours(request.session.get(BEGUN), row, query.get("state", "")):
            raise NotSignedIn("", why="old")
        del request.session[BEGUN]
        channel.signed_in(queries.account_view(row), query)
    except ChannelError as error:
        return _refused(request, row, error)
    actions.signed_in(account=row.pk)
    messages.success(request, _("Signed in at %(title)s") % {"title": title(row.channel)})
    return HttpResponseRedirect(f"{reverse('account_try', args=[row.pk])}?checked")


def sign_out(row: Account) -> None:
    """Tell the network that an account is left. One that cannot be told ends what it gave by itself, after a while."""
    channel = registry.channel(row.channel)
    if isinstance(channel, SignsIn):
        with suppress(ChannelError, Unsealable):
            channel.sign_out(queries.account_view(row))


def offer(request: HttpRequest, row: Account) -> Mapping[str, Any]:
    """For the pages of one account: whether it can be signed in at its network, and why that failed the last time, told once."""
    if not _can(row):
        return {}
    told = request.session.get(REFUSED)
    if not isinstance(told, dict) or told.get("account") != str(row.pk):
        return {"signs_in": True}
    del request.session[REFUSED]
    return {"signs_in": True, "refusal": told}


def _can(row: Account) -> bool:
    return isinstance(registry.channel(row.channel), SignsIn) and not row.history and row.state != Account.State.CLOSED


def _signs_in(ident: UUID) -> tuple[Account, SignsIn]:
    row = queries.account(ident)
    channel = registry.channel(row.channel)
    if not (isinstance(channel, SignsIn) and _can(row)):
        raise Http404
    return row, channel


def _is_ours(begun: object, row: Account, state: str) -> bool:
    if not isinstance(begun, dict) or begun.get("account") != str(row.pk):
        return False
    fresh = 0 <= now().timestamp() - float(begun["at"]) <= SECONDS_TO_SIGN_IN
    return fresh and bool(state) and constant_time_compare(begun["state"], state)


def _back(request: HttpRequest, row: Account) -> str:
    """Where the network sends the browser back to: the public address; without one, the address at which the browser is now."""
    path, public = reverse("account_signed_in", args=[row.pk]), offered().public_address()
    return f"{public}{path}" if public.startswith("https://") else request.build_absolute_uri(path)


def _refused(request: HttpRequest, row: Account, error: ChannelError) -> HttpResponse:
    text = _REFUSALS[error.why] if isinstance(error, NotSignedIn) else _LATER
    request.session[REFUSED] = {"account": str(row.pk), "text": str(text), "detail": str(error)[:500]}
    return HttpResponseRedirect(reverse("account_try", args=[row.pk]))
