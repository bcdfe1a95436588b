"""Asides where they are read and answered: in the thread, in «Asked of me», and on a page of their own for who may see no more."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.aside import actions
from samspil.aside.models import Aside, AsideMessage, Member
from samspil.aside.queries import (
    Shown,
    access_aside,
    asked_by,
    asked_of,
    excerpt,
    manner,
    newest_unseen,
    reasons_of,
    shown,
    waiting_for,
    whole_among,
)
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.look.answers import is_part, tell, uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, colleagues
from samspil.organisation.queries.rights import Right, may
from samspil.screens.desk.views.common import for_colleague

STATES = {
    "asked": ("circle-dashed", gettext_lazy("is asked")),
    "seen": ("eye", gettext_lazy("has seen it")),
    "answered": ("check", gettext_lazy("has answered")),
    "declined": ("minus", gettext_lazy("does not know")),
    "passed_on": ("forward", gettext_lazy("passed it on")),
}
OUTCOMES = {
    "helped": gettext_lazy("It helped"),
    "not_helped": gettext_lazy("It did not help"),
    "taken": gettext_lazy("%(name)s took the conversation"),
}


def values_of(s: Shown, me: Colleague, *, whole: bool, here: bool = True) -> dict[str, Any]:
    """What an aside's template shows of it to one colleague. ``here``: beside its conversation, where a draft can be made of an answer."""
    mine = next((m for m in s.members if m.colleague_id == me.pk), None)
    over = s.aside.closed_at is not None
    can = _can(s, me, mine, whole=whole)
    by = {"name": s.aside.closed_by.name if s.aside.closed_by else ""}
    return {
        "a": s.aside,
        "s": s,
        "members": [_member(m) for m in s.members],
        "sought": [called(x.competence) for x in s.sought],
        "searching": [called(x.competence) for x in s.sought if x.next_at and not over],
        "said": [_said(m, me) for m in s.messages],
        "mine": mine,
        "over": over,
        "can": can,
        "outcome": str(OUTCOMES[s.aside.outcome]) % by if s.aside.outcome else "",
        "is_open": not over,
        "may_draft": whole and here,
    }


def _can(s: Shown, me: Colleague, mine: Member | None, *, whole: bool) -> set[str]:
    over = s.aside.closed_at is not None
    is_asker = s.aside.asked_by_id == me.pk
    can = set()
    if not over:
        can.add("say")
        if whole or is_asker:
            can.add("close")
        if is_asker and not s.messages and not s.answered:
            can.add("withdraw")
        if mine:
            can |= {"undo"} if mine.state in {"declined", "passed_on"} else {"pass"}
            can |= {"decline"} if mine.state in {"asked", "seen"} else set()
            can |= {"take"} if whole else set()
    elif (whole or is_asker) and s.aside.outcome != Aside.Outcome.TAKEN:
        can.add("reopen")
    return can


def _member(m: Member) -> dict[str, Any]:
    icon, words = STATES[m.state]
    said = str(words)
    if m.state == "declined" and m.reason == "not_now":
        said = _("cannot just now")
    if m.passed_to:
        said = _("%(state)s, asks %(name)s instead") % {"state": said, "name": m.passed_to.name} if m.state == "declined" else (
            _("passed it on to %(name)s") % {"name": m.passed_to.name}
        )  # fmt: skip
    why = {
        "name": _("Asked by name"),
        "passed_on": _("%(name)s thought of them") % {"name": m.invited_by.name if m.invited_by else ""},
        "own_will": _("Joined in"),
    }.get(m.why, "")
    return {
        "m": m,
        "icon": icon,
        "words": said,
        "skill": called(m.competence) if m.competence and m.why == "competence" else "",
        "why": why or " · ".join(reasons_of(m)),
        "by_clock": m.why == "competence" and m.invited_by_id is None,
    }


def _said(m: AsideMessage, me: Colleague) -> dict[str, Any]:
    return {"m": m, "is_mine": m.colleague_id == me.pk, "via": m.via if m.via != "desk" else ""}


def _lists(me: Colleague, *, over: bool) -> dict[str, Any]:
    mine = asked_of(me, over=over)
    waits = [s for s in mine if not over and any(m.colleague_id == me.pk and m.state in {"asked", "seen"} for m in s.members)]
    asks = asked_by(me) if not over else []
    whole = whole_among(by=me, asides=[s.aside.pk for s in (*mine, *asks)])

    def rows(found: Sequence[Shown]) -> list[dict[str, Any]]:
        return [values_of(s, me, whole=s.aside.pk in whole, here=False) | {"whole": s.aside.pk in whole} for s in found]

    groups = [
        (_("Waits for you"), rows(waits)),
        (_("What is over") if over else _("Answered, and still open"), rows([s for s in mine if s not in waits])),
        (_("You have asked"), rows(asks)),
    ]
    return {"groups": [{"title": title, "rows": found} for title, found in groups if found], "is_over": over}


@for_colleague("GET")
def asides(request: HttpRequest, me: Colleague) -> HttpResponse:
    """«Asked of me»: what waits for the colleague's answer, what is answered, what they have asked. A constant number of statements."""
    context = _lists(me, over=request.GET.get("over") == "1")
    if is_part(request):
        return render(request, "desk/parts/asides.html", context)
    how = manner() if may(me, Right.ASKING) else None
    return render(request, "desk/asides.html", {**context, "how": how, "section": "desk", "subsection": "asked"})


@for_colleague("GET")
def aside(request: HttpRequest, me: Colleague, aside: UUID) -> HttpResponse:
    """One aside: for who may not see its conversation, all there is of it."""
    door = access_aside(by=me, aside=aside)
    context = {
        **values_of(shown(door), me, whole=door.whole, here=False),
        "whole": door.whole,
        "excerpt": excerpt(door),
        "section": "desk",
        "subsection": "asked",
    }
    return render(request, "desk/parts/aside_page.html" if is_part(request) else "desk/aside.html", context)


@for_colleague("POST")
def seen(request: HttpRequest, me: Colleague, aside: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """The colleague has looked at it, in a tab that is in view."""
    actions.see(aside=aside, by=me, at=now())
    return HttpResponse(status=204)


@for_colleague("POST")
def say(request: HttpRequest, me: Colleague, aside: UUID) -> HttpResponse:
    """Write in it."""
    door = access_aside(by=me, aside=aside)
    actions.say(aside=aside, by=me, text=request.POST.get("text", ""), at=now(), ident=uuid_of(request.POST.get("ident")))
    return _told(me, door.aside, "", whole=door.whole)


@for_colleague("POST")
def edit(request: HttpRequest, me: Colleague, message: UUID) -> HttpResponse:
    """Change one's own words."""
    row = actions.edit(message=message, by=me, text=request.POST.get("text", ""), at=now())
    door = access_aside(by=me, aside=row.aside_id)
    return _told(me, door.aside, _("Changed"), whole=door.whole)


@for_colleague("POST")
def do(request: HttpRequest, me: Colleague, aside: UUID, verb: str) -> HttpResponse:
    """Do one thing with it; the toast offers the way back where there is one."""
    act = VERBS.get(verb)
    if act is None:
        raise Http404
    door = access_aside(by=me, aside=aside)
    words, back = act(request, me, aside)
    return _told(me, door.aside, words, undo=reverse("aside-do", args=[aside, back]) if back else "", whole=door.whole)


def _told(me: Colleague, row: Aside, words: str, *, undo: str = "", whole: bool) -> HttpResponse:
    changed = [row.conversation_id] if whole else []
    return tell(
        HttpResponse(status=204), changed=changed, toast=words, undo=undo, desk_asides={"aside": str(row.pk), "me": str(me.pk)}
    )


Did = tuple[str, str]


def _decline(request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    reason = request.POST.get("reason", "unknown")
    actions.decline(aside=aside, by=me, at=now(), reason=reason, instead=uuid_of(request.POST.get("instead")))
    return _("You said that you do not know") if reason == "unknown" else _("You said that it is not now"), "undo"


def _pass(request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    to = uuid_of(request.POST.get("to"))
    if to is None:
        raise NotFound("no such colleague")
    actions.pass_on(aside=aside, by=me, to=to, at=now())
    return _("Passed on"), "undo"


def _undo(_request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    actions.undo(aside=aside, by=me, at=now())
    return _("It is yours again"), ""


def _take(_request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    actions.take_over(aside=aside, by=me, at=now())
    return _("The conversation is yours"), ""


def _close(request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    actions.close(aside=aside, by=me, outcome=request.POST.get("outcome", "helped"), at=now())
    return _("The question is closed"), "reopen"


def _reopen(_request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    actions.reopen(aside=aside, by=me, at=now())
    return _("The question is open again"), ""


def _withdraw(_request: HttpRequest, me: Colleague, aside: UUID) -> Did:
    actions.withdraw(aside=aside, by=me, at=now())
    return _("The question is taken back"), ""


VERBS: Mapping[str, Callable[[HttpRequest, Colleague, UUID], Did]] = {
    "decline": _decline,
    "pass": _pass,
    "undo": _undo,
    "take": _take,
    "close": _close,
    "reopen": _reopen,
    "withdraw": _withdraw,
}


@for_colleague("GET")
def pass_menu(request: HttpRequest, me: Colleague, aside: UUID) -> HttpResponse:
    """Colleagues to pass it on to; fetched when it is opened."""
    door = access_aside(by=me, aside=aside)
    people = [c for c in colleagues() if c.pk not in {me.pk, door.aside.asked_by_id}]
    return render(request, "desk/parts/pass_menu.html", {"a": door.aside, "people": people})


@for_colleague("GET")
def count(request: HttpRequest, me: Colleague) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """How many wait for the colleague's answer, and the newest that was not looked at, for a toast."""
    new = newest_unseen(me)
    told: dict[str, Any] = {"asked": waiting_for(me)}
    if new:
        told |= {"id": str(new.pk), "text": asks(new), "href": reverse("aside", args=[new.aside_id])}
    return JsonResponse(told)


def asks(m: Member) -> str:
    """Who asks, in words, and nothing of the consumer."""
    return _("%(name)s asks you something") % {"name": m.aside.asked_by.name}


@for_colleague("POST")
def set_manner(request: HttpRequest, me: Colleague) -> HttpResponse:
    """How many are asked at once, and after how long the next ones."""
    numbers = [request.POST.get(name, "") for name in ("at_once", "minutes")]
    at_once, minutes = (int(n) if n.isascii() and n.isdigit() and len(n) < 6 else 0 for n in numbers)  # noqa: PLR2004 - digits
    actions.set_manner(by=me, at_once=at_once, minutes=minutes)
    return tell(HttpResponse(status=204), toast=_("Saved"))
