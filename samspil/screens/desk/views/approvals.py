"""Answers that need somebody else's yes: in the thread, and in «Waits for your yes» for who can say it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.base.clock import now
from samspil.conversation.queries import rows_of
from samspil.look.answers import is_part, tell, uuid_of
from samspil.look.templatetags.look import clock, day
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply import actions
from samspil.reply.models import Approval, Change, Reply
from samspil.reply.queries.approval import Shown, approvals_in, waiting_for, yes_count, yes_of
from samspil.screens.desk.views.common import for_colleague

MOST_NAMES = 3
_REASONS = {
    "everybody": gettext_lazy("every answer needs one"),
    "level": gettext_lazy("below level %(value)s in the competence"),
    "first": gettext_lazy("one of the first %(value)s answers"),
    "word": gettext_lazy("it says “%(value)s”"),
    "amount": gettext_lazy("it names an amount: %(value)s"),
}


def approvals_of(items: Iterable[Any], conversation: Any, me: Colleague) -> None:
    """Put each approval beside its answer: at a reply as ``yes``, at new words that wait with them. Asks nothing where nothing needs one."""
    lines = list(items)
    replies = [i for i in lines if (r := i.values.get("reply")) is not None and r.needs_yes]
    edits = [w for i in lines if i.kind == "message" for w in i.values["acts"]["waits"] if w.get("needs_yes")]
    if not replies and not edits:
        return
    found = approvals_in(conversation, at=now())
    for item in replies:
        if shown := found.get(item.values["reply"].pk):
            item.values["yes"] = values_of(shown, me)
            if shown.row.state == Approval.State.WAITING:
                item.values["fate"] = {**item.values["fate"], "can": []}
    for waits in edits:
        if shown := found.get(waits["pk"]):
            waits["yes"] = values_of(shown, me)
            waits["can"] = []


def values_of(shown: Shown, me: Colleague) -> dict[str, Any]:
    """What is shown of an approval, and what this colleague can do with it."""
    row = shown.row
    waits = row.state == Approval.State.WAITING
    can = set()
    if waits and me.pk in shown.who:
        can |= {"approve", "back"} | ({"change"} if row.change_id or (row.reply and row.reply.template is None) else set())
    if waits and me.pk == row.author_id:
        can.add("withdraw")
    subject: Reply | Change | None = row.reply or row.change
    is_due = subject is not None and subject.state == "queued" and not subject.attempts
    if row.state == Approval.State.APPROVED and row.decided_by_id == me.pk and is_due:
        can.add("undo")
    return {
        "row": row,
        "subject": subject,
        "waits": waits,
        "who": named(list(shown.who.values())),
        "why": [str(_REASONS.get(kind, kind)) % {"value": value} for kind, value in row.reasons],
        "nobody": nobody_here(shown) if waits and "approve" not in can else "",
        "since": shown.since,
        "can": can,
        "wished": row.wished_at if waits and (row.wished_at - row.asked_at).total_seconds() > 60 else None,  # noqa: PLR2004 - put off
    }


def named(names: list[str]) -> str:
    """Some names, and how many more."""
    if len(names) <= MOST_NAMES + 1:
        return ", ".join(names)
    return _("%(names)s and %(n)d more") % {"names": ", ".join(names[:MOST_NAMES]), "n": len(names) - MOST_NAMES}


def nobody_here(shown: Shown) -> str:
    """That nobody who can say yes is at work, and when the first is; "" where somebody is."""
    if shown.here:
        return ""
    if not shown.who:
        return _("Nobody can say yes to it any more. Take it back, or have the unit name somebody.")
    if shown.back_at is None:
        return _("Nobody who can say yes is at work.")
    return _("Nobody who can say yes is at work before %(day)s %(time)s.") % {
        "day": day(shown.back_at).lower(), "time": clock(shown.back_at),
    }  # fmt: skip


def waits_words(reply: Reply) -> str:
    """What the toast says of an answer that was not sent yet."""
    shown = approvals_in(reply.conversation, at=now()).get(reply.pk)
    who = named(list(shown.who.values())) if shown else named(list(yes_of(reply=reply.pk)))
    first = _("It waits for a yes from %(who)s") % {"who": who}
    lack = nobody_here(shown) if shown else ""
    return f"{first}. {lack}" if lack else first


def _context(me: Colleague) -> dict[str, Any]:
    found = waiting_for(me, at=now())
    seen = {row.id: row for row in rows_of(by=me, conversations=sorted({s.row.conversation_id for s in found}))}
    lines: list[Mapping[str, Any]] = [
        {"y": values_of(s, me), "c": seen[s.row.conversation_id]} for s in found if s.row.conversation_id in seen
    ]
    return {"lines": lines}


@for_colleague("GET")
def approvals(request: HttpRequest, me: Colleague) -> HttpResponse:
    """What waits for the colleague's yes, the longest first. A script gets the list alone."""
    if is_part(request):
        return render(request, "desk/parts/approvals.html", _context(me))
    return render(request, "desk/approvals.html", {**_context(me), "section": "desk", "subsection": "yes"})


@for_colleague("GET")
def count(request: HttpRequest, me: Colleague) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """How many wait for the colleague's yes."""
    return JsonResponse({"yes": yes_count(me)})


@for_colleague("POST")
def approve(request: HttpRequest, me: Colleague, approval: UUID) -> HttpResponse:
    """Say yes, with other words where some were typed. The toast can take it back for as long as it has not left."""
    text = request.POST.get("text")
    row = actions.approve(
        approval=approval,
        by=me,
        at=now(),
        text=None if text is None else text.replace("\r\n", "\n"),
        heard=uuid_of(request.POST.get("heard")),
    )
    subject = row.reply or row.change
    undo = organisation()
    put_off = subject is not None and (row.wished_at - now()).total_seconds() > 60  # noqa: PLR2004 - longer than any undo
    words = (
        _("You said yes: it goes %(day)s %(time)s") % {"day": day(row.wished_at).lower(), "time": clock(row.wished_at)}
        if put_off
        else _("You changed it and said yes")
        if row.before
        else _("You said yes: it is sent")
    )
    return tell(
        HttpResponse(status=204),
        changed=[row.conversation_id],
        toast=words,
        undo=reverse("approval-undo", args=[row.pk]),
        seconds=max(1, undo.undo_seconds if undo else 6),
        desk_yes={"approval": str(row.pk)},
    )


@for_colleague("POST")
def undo(request: HttpRequest, me: Colleague, approval: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Take one's yes back."""
    row = actions.take_back_yes(approval=approval, by=me, at=now())
    return tell(
        HttpResponse(status=204),
        changed=[row.conversation_id],
        toast=_("It waits for a yes again"),
        desk_yes={"approval": str(row.pk)},
    )


@for_colleague("POST")
def back(request: HttpRequest, me: Colleague, approval: UUID) -> HttpResponse:
    """Send it back to its author with a word."""
    row = actions.send_back(approval=approval, by=me, word=request.POST.get("word", ""), at=now())
    return tell(
        HttpResponse(status=204),
        changed=[row.conversation_id],
        toast=_("%(name)s has it back as a draft") % {"name": row.author.name},
        desk_yes={"approval": str(row.pk)},
    )
