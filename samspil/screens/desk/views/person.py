"""The column about the person: addresses with their evidence, other conversations, the timeline, who of us has helped."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, of_consumer
from samspil.identity.actions import take_apart
from samspil.identity.actions.marks import AlreadyMarked, NotMarked, end_mark, put_mark_again
from samspil.identity.models import Link, Mark
from samspil.identity.queries import answered_by, links, timeline
from samspil.identity.queries.marks import marks_ever, marks_of
from samspil.identity.rules import door
from samspil.look.answers import tell, uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues_of
from samspil.screens.desk.views.common import for_colleague


def person_context(me: Colleague, row: Conversation, known: Sequence[Link]) -> dict[str, Any]:
    """What templates/desk/person.html reads; ``known`` are the links of the consumer. A constant number of statements."""
    helped = answered_by(row.consumer_id)
    people = colleagues_of([ident for ident, _n, _at in helped])
    marks = marks_of([link.handle_id for link in known])
    return {
        "c": row,
        "consumer": row.consumer,
        "handles": [{"link": link, "words": evidence_words(link), "sure": sureness(link)} for link in known],
        "warnings": [
            {"mark": mark, "handle": link.handle, "words": warning_words(mark)}
            for link in known
            for mark in marks.get(link.handle_id, ())
        ],
        "others": of_consumer(by=me, consumer=row.consumer_id, but=row.pk),
        "timeline": timeline(row.consumer_id, limit=8),
        "helped": [{"colleague": people[ident], "times": times, "at": at} for ident, times, at in helped if ident in people],
    }


_EVIDENCE = {
    "same": gettext_lazy("Wrote from here"),
    "hmac": gettext_lazy("Was signed in on our own site"),
    "network": gettext_lazy("The network has verified it"),
    "token": gettext_lazy("Answered through our signed address"),
    "typed": gettext_lazy("Wrote this address in the chat"),
    "colleague": gettext_lazy("Joined by %(name)s"),
}


def evidence_words(link: Link) -> str:
    """Why the handle belongs to the person, in the reader's language."""
    names = {"name": link.made_by.name if link.made_by else _("a colleague")}
    said = [
        str(_EVIDENCE[kind]) % names if (kind := str(e.get("kind", ""))) in _EVIDENCE else str(e.get("words") or "")
        for e in link.evidence
    ]
    return " · ".join(dict.fromkeys(filter(None, said)))


def sureness(link: Link) -> float:
    """The strongest evidence, from 0 to 1."""
    return max((float(e.get("strength", 0)) for e in link.evidence), default=0.0)


_WARNINGS = {
    door.MIXED: gettext_lazy("Letters of several alphabets are mixed in one word, as in a forged address."),
    door.FOREIGN: gettext_lazy("The address is written with letters of another alphabet that look like ours."),
    door.HIDDEN: gettext_lazy("The name or the address has characters in it that are not seen."),
    door.LONG: gettext_lazy("The address is longer than any real one."),
    door.EMPTY: gettext_lazy("They came without an address: it may be several people."),
    door.TWIN: gettext_lazy("The address looks like that of somebody we know:"),
    door.COLLEAGUE: gettext_lazy("They have the name of a colleague, but do not write from the colleague's address:"),
}


def warning_words(mark: Mark) -> str:
    """Why one should look twice, in the reader's language; a colleague's own words as they stand."""
    words, about = door.said(mark.why)
    if mark.kind == Mark.Kind.SHARED and words not in _WARNINGS:
        return _("Several people write from this address.") + (f" {words}" if words else "")
    return " ".join(filter(None, [str(_WARNINGS.get(words, words)), about]))


@for_colleague("GET")
def column(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The column anew."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    return render(request, "desk/person.html", person_context(me, row, links(row.consumer_id)))


@for_colleague("POST")
def unmark(request: HttpRequest, me: Colleague, mark: UUID) -> HttpResponse:
    """«It is all right»: the warning ends; posted with ``again`` it is back. Only from a conversation that one may see."""
    row = access_conversation(by=me, conversation=uuid_of(request.POST.get("c") or request.GET.get("c")) or mark)
    if mark not in {m.pk for m in marks_ever([link.handle_id for link in links(row.consumer_id)])}:
        raise NotFound("no such mark")
    if request.GET.get("again"):
        with suppress(AlreadyMarked):
            put_mark_again(mark=mark, by=me, at=now())
        return tell(HttpResponse(status=204), changed=[row.pk], desk_person={"id": str(row.pk)})
    with suppress(NotMarked):  # somebody else was quicker: it is off
        end_mark(mark=mark, by=me, at=now())
    return tell(
        HttpResponse(status=204),
        changed=[row.pk],
        toast=_("The warning is gone, and does not come back by itself"),
        undo=f"{reverse('unmark', args=[mark])}?again=1&c={row.pk}",
        desk_person={"id": str(row.pk)},
    )


@for_colleague("POST")
def apart(request: HttpRequest, me: Colleague, link: UUID) -> HttpResponse:
    """«That is not the same person»: the address becomes a person of its own. Only from a conversation that one may see."""
    row = access_conversation(by=me, conversation=uuid_of(request.POST.get("c")) or link)
    if link not in {one.pk for one in links(row.consumer_id)}:
        raise NotFound("no such link")
    done = take_apart(link=link, by=me, at=now())
    return tell(
        HttpResponse(status=204),
        changed=[row.pk],
        toast=_("%(name)s is a person of their own now") % {"name": (done.kept and done.kept.name) or _("It")},
        desk_person={"id": str(row.pk)},
    )
