"""The bell: what a colleague should know."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.aside.queries import newest_unseen
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.actions import see_notifications
from samspil.conversation.models import Notification
from samspil.conversation.queries import access_conversation, counts, notifications
from samspil.hours.actions import see_changes
from samspil.hours.models import Change
from samspil.hours.queries import unseen
from samspil.look.answers import tell
from samspil.organisation.models import Colleague
from samspil.screens.desk.views.asides import asks
from samspil.screens.desk.views.common import for_colleague

ICONS = {
    "mentioned": "at-sign",
    "assigned": "user-round",
    "failed": "circle-alert",
    "answered": "reply",
    "rule_paused": "triangle-alert",
    "advised": "hand-helping",
    "step": "list-checks",
    "yes_asked": "shield",
    "yes_changed": "shield-check",
    "yes_back": "undo-2",
    "auto_off": "triangle-alert",
}


def line(row: Notification) -> str:
    """What happened, in words."""
    names = {"by": row.by.name if row.by else "Samspil", "who": row.conversation.consumer.name or row.conversation.subject}
    return {
        "mentioned": _("%(by)s asks you about %(who)s"),
        "assigned": _("%(by)s gave you %(who)s"),
        "failed": _("Your answer to %(who)s has not arrived"),
        "answered": _("%(who)s has answered"),
        "rule": _("A rule points you to %(who)s"),
        "rule_paused": _("A rule acted too often and paused itself"),
        "auto_off": _("Answers by themselves were switched off: too many were wrong, last to %(who)s"),
        "advised": _("%(by)s has answered your question about %(who)s"),
        "step": _("%(by)s asks you to do a step for %(who)s"),
        "yes_asked": _("%(by)s asks for your yes to an answer to %(who)s"),
        "yes_changed": _("%(by)s changed your answer to %(who)s and said yes"),
        "yes_back": _("%(by)s sent your answer to %(who)s back"),
        "promise_soon": _("The answer to %(who)s is soon due"),
        "promise_due": _("The answer to %(who)s is due now"),
        "promise_late": _("The answer to %(who)s is late"),
    }.get(row.kind, _("News about %(who)s")) % names


def hours_line(change: Change) -> str:
    """What another did with one's hours, in words."""
    return {
        Change.What.WEEK_SET: _("%(by)s changed your week"),
        Change.What.WEEK_BACK: _("%(by)s undid the last change of your week"),
        Change.What.ABSENT: _("%(by)s noted that you are absent"),
        Change.What.ABSENT_BACK: _("%(by)s took your absence back"),
        Change.What.ABSENT_AGAIN: _("%(by)s noted again that you are absent"),
    }[Change.What(change.what)] % {"by": change.by.name if change.by else "Samspil"}


@for_colleague("GET")
def menu(request: HttpRequest, me: Colleague) -> HttpResponse:
    """The newest notifications."""
    rows = notifications(me, limit=15)
    lines = [{"row": n, "words": line(n), "icon": ICONS.get(n.kind, "bell")} for n in rows]
    new, hours = newest_unseen(me), unseen(me.pk)
    asked = {"href": reverse("aside", args=[new.aside_id]), "words": asks(new), "at": new.asked_at} if new else None
    return render(
        request,
        "desk/parts/news.html",
        {
            "lines": lines,
            "asked": asked,
            "hours": [{"row": change, "words": hours_line(change)} for change in hours],
            "unseen": bool(hours) or any(n.seen_at is None for n in rows),
        },
    )


@for_colleague("GET")
def latest(request: HttpRequest, me: Colleague) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """The newest one not seen, for a toast or the browser's own notification; an empty object when there is none."""
    row = next((n for n in notifications(me, limit=1) if n.seen_at is None), None)
    change = next(iter(unseen(me.pk, limit=1)), None)
    if change is not None and (row is None or row.at < change.at):
        told = {"id": str(change.pk), "text": hours_line(change), "href": reverse("own_hours")}
        return JsonResponse({**told, "count": counts(by=me)["news"]})
    if row is None:
        return JsonResponse({})
    try:
        access_conversation(by=me, conversation=row.conversation_id)
    except NotFound:
        return JsonResponse({})
    return JsonResponse({"id": str(row.pk), "text": line(row), "href": reverse("conversation", args=[row.conversation_id])})


@for_colleague("POST")
def seen(request: HttpRequest, me: Colleague) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Mark all as seen."""
    see_notifications(by=me, at=now())
    see_changes(by=me, at=now())
    return tell(HttpResponse(status=204), desk_news={"unseen": 0})
