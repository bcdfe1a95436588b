"""What was refused at the door: messages that were not understood, answers of colleagues that were not sent on, calls turned away."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from samspil.base.models import Counter
from samspil.base.networks import face
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.queries import turned_away, turned_away_counts
from samspil.intake.models import Envelope
from samspil.intake.queries import accounts, trouble_by, trouble_of
from samspil.look.answers import uuid_of
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having

PAGE = 50
KINDS = ("messages", "answers", "calls")
DOOR = ("forged", "refused", "limited")
"""Counters of the door, by the beginning of their names."""


@never_cache
@having(Right.HEALTH)
@require_GET
def refused(request: HttpRequest) -> HttpResponse:
    """``?kind=`` one of KINDS; of messages ``?account=`` and ``?state=``; ``?before=`` the next page. A constant number of statements."""
    kind = request.GET.get("kind", "messages")
    if kind not in KINDS:
        raise Http404
    before = uuid_of(request.GET.get("before", ""))
    known, by = list(accounts()), trouble_by()
    counters = [c for c in Counter.objects.order_by("-last_at", "name") if c.name.partition(".")[0] in DOOR and c.count]
    away = turned_away_counts()
    context: dict[str, Any] = {
        "tab": "health",
        "kind": kind,
        "counts": {"messages": sum(by.values()), "answers": sum(away.values()), "calls": sum(c.count for c in counters)},
        "counters": counters,
        **(_messages(request, known, by, before) if kind == "messages" else {}),
        **(_answers(before) if kind == "answers" else {}),
    }
    return render(request, "setup/refused.html", context)


def _messages(request: HttpRequest, known: list[Any], by: Any, before: UUID | None) -> dict[str, Any]:
    asked, state = request.GET.get("account", ""), request.GET.get("state", "")
    account = next((a for a in known if str(a.pk) == asked), None)
    states = (Envelope.State.NOT_UNDERSTOOD, Envelope.State.QUARANTINED)
    if (asked and account is None) or (state and state not in states):
        raise Http404
    rows, has_more = trouble_of(account=account.pk if account else None, state=state, before=before, limit=PAGE)
    given = {k: v for k, v in (("account", asked), ("state", state)) if v}
    return {
        "rows": [{"envelope": e, "why": why_not_understood(e.state)} for e in rows],
        "accounts": [(a, sum(n for (ident, _s), n in by.items() if ident == a.pk)) for a in known],
        "account": account,
        "states": [(s, sum(n for (_a, one), n in by.items() if one == s)) for s in states],
        "state": state,
        "older": _older("messages", rows[-1].pk, **given) if has_more else "",
        "is_first": before is None,
    }


def _answers(before: UUID | None) -> dict[str, Any]:
    rows, has_more = turned_away(before=before, limit=PAGE)
    return {
        "rows": [{"arrival": a, "network": face(a.network)[1], "why": why_turned_away(a)} for a in rows],
        "older": _older("answers", rows[-1].pk) if has_more else "",
        "is_first": before is None,
    }


def _older(kind: str, last: UUID, **given: str) -> str:
    return f"{reverse('refused')}?{urlencode({'kind': kind, **given, 'before': str(last)})}"


def why_not_understood(state: str) -> str:
    """Why an envelope is here, in plain words."""
    if state == Envelope.State.QUARANTINED:
        return _("Reading it failed again and again, so it was put aside. The rest went on.")
    return _("Its channel could not make sense of it. After an update it may pass.")


def why_turned_away(arrival: Arrival) -> str:
    """Why an answer was not sent on, in plain words and without its own."""
    if arrival.verdict == Arrival.Verdict.REFUSED:
        return _("It did not carry our signature: somebody made the address up.")
    return {
        "stranger": _("It came from an address that is nobody's here."),
        "other_colleague": _("Another colleague answered than the one who was asked."),
        "left": _("The access of the colleague is closed."),
        "too_long": _("It is longer than the channel carries."),
        "not_theirs": _("The colleague may not see the conversation any more."),
    }.get(arrival.why, _("It is not sure who wrote it, or what is the answer in it."))
