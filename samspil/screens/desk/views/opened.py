"""An opened conversation: thread, composer, person; what is new in it; that it was seen and who else looks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from samspil.aside.actions import see_those_of
from samspil.base import live
from samspil.base.clock import now
from samspil.checklist.queries import progress_of
from samspil.conversation.actions import mark_read, see_notifications
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, labels_with, network_in, participants, read_at
from samspil.identity.queries import links
from samspil.look.answers import is_part, uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import present
from samspil.reply.actions import tell_read
from samspil.screens.desk.views.common import for_colleague
from samspil.screens.desk.views.entries import page_of
from samspil.screens.desk.views.later import presets
from samspil.screens.desk.views.listing import asked, list_context, page_context
from samspil.screens.desk.views.person import person_context
from samspil.screens.desk.views.pressing import pressing_of
from samspil.screens.desk.views.writing import composer_context

FEW = 8


@for_colleague("GET")
def conversation(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The conversation with the list beside it; a script gets thread and person alone. A merged one shows what took it in."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    known = links(row.consumer_id)
    wanted = asked(request, me)
    context = {
        **thread_context(me, row, since=read_at(row, me)),
        **composer_context(me, row, known),
        **person_context(me, row, known),
        "asked": wanted,
        "back": reverse("desk") + (f"?{wanted.address}" if wanted.address else ""),
    }
    if is_part(request):
        return render(request, "desk/opened.html", context)
    return render(request, "desk/desk.html", {**list_context(me, wanted, opened=row.pk), **context, **page_context(me, wanted)})


def head_of(me: Colleague, row: Conversation) -> dict[str, Any]:
    """The head of the thread: who it is about, with whom, labels, what can be done."""
    at = now()
    rows = participants(row)
    labels_on, all_labels = labels_with(row)
    people = [{"row": c, "present": present(c, at)} for c in rows]
    return {
        "c": row,
        "consumer": row.consumer,
        "people": people,
        "network": network_in(row),
        "assignee": next((c for c in rows if c.pk == row.assignee_id), None),
        "labels_on": labels_on,
        "all_labels": all_labels,
        "later": presets(),
        **pressing_of(row),
        "me_here": me,
        "progress": progress_of([row.pk]).get(row.pk),
    }


def thread_context(
    me: Colleague, row: Conversation, *, since: datetime | None, before: tuple[datetime, UUID] | None = None
) -> dict[str, Any]:
    """Head and timeline. ``since`` is how far one had read when one came, for the divider."""
    head = head_of(me, row)
    page = page_of(me, row, consumer=head["consumer"], since=since, before=before)
    return {**head, **page, "since": since.isoformat() if since else ""}


@for_colleague("GET")
def fresh(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The newest page of the timeline and the head anew, for a page that has them and compares by id and digest.

    With ``few`` only the newest entries: all that a message or a note that just came can have changed.
    """
    row = access_conversation(by=me, conversation=conversation, whole=True)
    if request.GET.get("few"):
        page = page_of(me, row, consumer=row.consumer, since=_moment(request.GET, "since"), limit=FEW, few=True)
        return render(request, "desk/parts/fresh_few.html", {**page, "c": row})
    return render(request, "desk/parts/fresh.html", thread_context(me, row, since=_moment(request.GET, "since")))


@for_colleague("GET")
def earlier(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The page of the timeline before the oldest message seen."""
    row = access_conversation(by=me, conversation=conversation)
    at, ident = _moment(request.GET, "at"), uuid_of(request.GET.get("id"))
    if at is None or ident is None:
        raise Http404
    page = page_of(me, row, consumer=row.consumer, since=None, before=(at, ident))
    return render(request, "desk/parts/entries.html", {**page, "c": row})


def _moment(values: Mapping[str, str], name: str) -> datetime | None:
    try:
        return parse_datetime(values.get(name, ""))
    except ValueError:
        return None


@for_colleague("POST")
def seen(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """The colleague has seen everything up to now, in a tab that is in view."""
    row = access_conversation(by=me, conversation=conversation)
    at = now()
    read = read_at(row, me)
    if read is None or read < row.last_at:
        mark_read(conversation=row.pk, by=me, at=at)
        tell_read(conversation=row, by=me, at=at)
    see_notifications(by=me, at=at, conversation=row.pk)
    see_those_of(conversation=row.pk, by=me, at=at)
    return HttpResponse(status=204)


@for_colleague("POST")
def here(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Tell the others that one looks at it, or has left."""
    row = access_conversation(by=me, conversation=conversation)
    what = request.POST.get("what", "looking")
    live.presence(conversation=row.pk, colleague=me.pk, name=me.name, what=what if what in {"looking", "left"} else "looking")
    return HttpResponse(status=204)
