"""The column about the person: addresses with their evidence, other conversations, the timeline, who of us has helped."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, of_consumer
from samspil.identity.actions import take_apart
from samspil.identity.models import Link
from samspil.identity.queries import answered_by, links, timeline
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues_of
from samspil.screens.desk.views.common import for_colleague, tell, uuid_of


def person_context(me: Colleague, row: Conversation, known: Sequence[Link]) -> dict[str, Any]:
    """What templates/desk/person.html reads; ``known`` are the links of the consumer. A constant number of statements."""
    helped = answered_by(row.consumer_id)
    people = colleagues_of([ident for ident, _n, _at in helped])
    return {
        "c": row,
        "consumer": row.consumer,
        "handles": [{"link": link, "words": evidence_words(link), "sure": sureness(link)} for link in known],
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


@for_colleague("GET")
def column(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The column anew."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    return render(request, "desk/person.html", person_context(me, row, links(row.consumer_id)))


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
