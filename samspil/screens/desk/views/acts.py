"""What one does with one conversation or many: done, later, give, label, unread, make one of two, split; each with its undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.conversation import actions
from samspil.conversation.actions import Hindered
from samspil.conversation.models import Label
from samspil.conversation.queries import access_conversation, inbox, of_consumer
from samspil.handover.actions import give
from samspil.look.answers import UNPROCESSABLE, tell, uuid_of
from samspil.look.templatetags.look import clock, day
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleague
from samspil.routing.actions import take_back
from samspil.routing.queries import who_can
from samspil.screens.desk.views.common import for_colleague, uuids_of
from samspil.screens.desk.views.give import direct
from samspil.screens.desk.views.later import time_from


class NotTwo(SamspilError):
    """Two conversations are needed."""

    code = "desk.two"


@dataclass(frozen=True, slots=True)
class Did:
    """What was done: words for the toast, the batch that undoes it, or the verb that does the opposite."""

    words: str
    batch: UUID | None = None
    opposite: str = ""


@for_colleague("POST")
def do(request: HttpRequest, me: Colleague, verb: str) -> HttpResponse:
    """Do one thing with the conversations ``c``. The answer names them, so that the page asks for them anew."""
    act = VERBS.get(verb)
    if act is None:
        raise Http404
    ids = uuids_of(request, "c")
    if not ids:
        raise NotFound("no conversation")
    try:
        did = act(request, me, ids)
    except Hindered:
        url = f"{reverse('list-finish')}?{urlencode({'c': ','.join(str(i) for i in ids)})}"
        return tell(HttpResponse(status=UNPROCESSABLE), desk_finish={"url": url})
    undo_url = reverse("undo", args=[did.batch]) if did.batch else did.opposite
    return tell(HttpResponse(status=204), changed=ids, toast=did.words, undo=undo_url)


def _many(ids: list[UUID], one: str, several: str) -> str:
    return one if len(ids) == 1 else several % {"n": len(ids)}


def _done(request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    batch = actions.finish(conversations=ids, by=me, at=now(), anyway=request.POST.get("anyway", ""))
    return Did(_many(ids, _("Done"), _("%(n)d done")), batch)


def _reopen(_request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    return Did(_many(ids, _("Open again"), _("%(n)d open again")), actions.reopen(conversations=ids, by=me, at=now()))


def _later(request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    until = time_from(request.POST.get("typed", "").strip() or request.POST.get("until", ""))
    batch = actions.snooze(conversations=ids, by=me, until=until, at=now())
    return Did(_("Back %(day)s %(time)s") % {"day": day_of(until), "time": clock(until)}, batch)


def day_of(until: datetime) -> str:
    """The day of a time to come, in words."""
    days = (timezone.localtime(until).date() - timezone.localdate()).days
    return (
        _("today")
        if days == 0
        else _("tomorrow")
        if days == 1
        else date_format(timezone.localtime(until), "l")
        if days < 7  # noqa: PLR2004 - a week
        else day(until)
    )


def _assign(request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    wanted = request.POST.get("to", "")
    ident = me.pk if wanted == "me" else uuid_of(wanted)
    to = colleague(ident) if ident else None
    if ident and to is None:
        raise NotFound("no such colleague")
    batch = give(conversations=ids, to=to, by=me, at=now(), word=request.POST.get("word", ""))
    if to is None:
        return Did(_("Nobody has it now"), batch)
    return Did(_("It is yours") if to == me else _("%(name)s has it now") % {"name": to.name}, batch)


def _back(_request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    """Not mine, or not what it was taken for: nobody has it any more, and who comes next is named."""
    at = now()
    row = access_conversation(by=me, conversation=ids[0])
    batch = give(conversations=ids, to=None, by=me, at=at)
    if len(ids) > 1 or row.competence_id is None:
        return Did(_many(ids, _("Put back"), _("%(n)d put back")), batch)
    others = (a for a in who_can(competence=row.competence_id, at=at) if a.colleague.pk != row.assignee_id)
    best = next((a for a in others if a.free and not a.away), None)
    return Did(_("Put back. %(name)s comes next") % {"name": best.colleague.name} if best else _("Put back"), batch)


def _direct(request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    return Did(*direct(request, me, ids))


def _label(request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    name = request.POST.get("name", "").strip()
    ident = uuid_of(request.POST.get("label"))
    label = Label.objects.filter(pk=ident).first() if ident else actions.make_label(name=name) if name else None
    if label is None:
        raise NotFound("no such label")
    if request.POST.get("off"):
        actions.unlabel(conversations=ids, label=label, by=me)
        return Did("")
    actions.label(conversations=ids, label=label, by=me)
    return Did(_many(ids, "", _("“%(label)s” on %%(n)d") % {"label": label.name}))


def _unread(_request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    actions.mark_unread(conversations=ids, by=me)
    return Did(_many(ids, _("Unread again"), _("%(n)d unread again")))


def _merge(_request: HttpRequest, me: Colleague, ids: list[UUID]) -> Did:
    if len(ids) != 2:  # noqa: PLR2004 - two become one
        raise NotTwo("choose two")
    actions.merge(kept=ids[0], absorbed=ids[1], by=me, at=now())
    return Did(_("They are one conversation now. A split takes them apart again."))


Verb = Callable[[HttpRequest, Colleague, list[UUID]], Did]
VERBS: Mapping[str, Verb] = {
    "done": _done,
    "reopen": _reopen,
    "later": _later,
    "assign": _assign,
    "back": _back,
    "direct": _direct,
    "label": _label,
    "unread": _unread,
    "merge": _merge,
}


@for_colleague("POST")
def undo(request: HttpRequest, me: Colleague, batch: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Take back one's own deed."""
    ids = take_back(batch=batch, by=me, at=now())
    return tell(
        HttpResponse(status=204), changed=ids, toast=ngettext("Taken back", "%(n)d taken back", len(ids)) % {"n": len(ids)}
    )


@for_colleague("POST")
def split(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Move the chosen messages into a conversation of their own, and open it."""
    made = actions.split(conversation=conversation, interactions=uuids_of(request, "m"), by=me, at=now())
    response = HttpResponse(headers={"HX-Redirect": reverse("conversation", args=[made.pk])})
    return tell(response, changed=[conversation, made.pk])


@for_colleague("GET")
def join_menu(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Conversations to make one with this one: those of the same person first, or what is searched for."""
    row = access_conversation(by=me, conversation=conversation)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if query:
        found = [r for r in inbox(by=me, view="all", query=query, limit=9) if r.id != row.pk]
    else:
        found = list(of_consumer(by=me, consumer=row.consumer_id, but=row.pk, limit=8))
    return render(request, "desk/parts/join.html", {"c": row, "found": found, "query": query})
