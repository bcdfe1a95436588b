"""What the palette, the menus of the composer and a page without the event stream ask for."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from samspil.aside.rules import handle_of
from samspil.base import live, sql
from samspil.base.clock import now
from samspil.base.networks import face
from samspil.base.text import fold
from samspil.conversation.queries import access_conversation, inbox
from samspil.identity.queries import find
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, colleagues, competences
from samspil.reply.queries import canned as canned_replies
from samspil.reply.queries import said_in, spoken, values_for
from samspil.routing.queries import competences_for, who_can
from samspil.screens.desk.views.common import for_colleague

PULSE = 500
LEAST = 2
"""Letters before the palette asks for conversations: one letter finds everything and nothing."""


@for_colleague("GET")
def palette(request: HttpRequest, me: Colleague) -> HttpResponse:
    """Colleagues who can, consumers and conversations that fit what is typed."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    groups: list[dict[str, Any]] = []
    if len(query) >= LEAST:
        groups = [_able(query), _consumers(query), _conversations(query, me)]
    return render(request, "look/palette_results.html", {"groups": groups})


def _able(query: str) -> dict[str, Any]:
    entries = []
    for able in who_can(text=query, at=now(), limit=5):
        note = " · ".join(filter(None, [called(able.competence), able.colleague.title]))
        entries.append(
            {
                "href": reverse("desk") + "?" + urlencode({"view": "all", "q": f'assignee:"{able.colleague.name}"'}),
                "label": able.colleague.name,
                "note": f"{note} · {_('away')}" if able.away else note,
                "avatar": {"name": able.colleague.name, "id": able.colleague.pk, "kind": "us"},
            }
        )
    return {"label": _("Colleagues who can"), "entries": entries}


def _consumers(query: str) -> dict[str, Any]:
    return {
        "label": _("Consumers"),
        "entries": [
            {
                "href": reverse("consumer", args=[c.pk]),
                "label": c.name or _("Somebody"),
                "note": c.place,
                "avatar": {"name": c.name, "id": c.pk, "kind": "them"},
            }
            for c in find(query, limit=5)
        ],
    }


def _conversations(query: str, me: Colleague) -> dict[str, Any]:
    return {
        "label": _("Conversations"),
        "entries": [
            {
                "href": reverse("conversation", args=[row.id]),
                "label": row.subject or row.snippet,
                "note": row.consumer_name,
                "icon": face(row.network)[0],
            }
            for row in inbox(by=me, view="all", query=query, limit=6)
        ],
    }


@for_colleague("GET")
def mentions(request: HttpRequest, me: Colleague) -> HttpResponse:
    """Colleagues by the beginning of a name, for @; with ``competences`` those too, where a question may be asked of them."""
    typed = fold(request.GET.get("q", "").replace(".", " "))
    people = [c for c in colleagues() if c.pk != me.pk]
    firsts = [fold(c.name).split(" ")[0] for c in people if c.name.strip()]
    found = []
    for person in people:
        name = fold(person.name)
        if typed and not (name.startswith(typed) or any(part.startswith(typed) for part in name.split(" "))):
            continue
        first = person.name.split(" ")[0]
        text = f"@{first}" if firsts.count(fold(first)) == 1 else "@" + person.name.replace(" ", ".")
        found.append({"label": person.name, "note": person.title or (person.unit.name if person.unit else ""), "text": text})
    if not request.GET.get("competences"):
        return JsonResponse(found[:8], safe=False)
    skills = [
        {"label": called(c), "note": _("whoever can"), "text": f"@{handle_of(called(c))}"}
        for c in (competences_for(typed) if typed else competences())
    ]
    people_first = found[: max(5, 8 - len(skills))]
    return JsonResponse([*people_first, *skills][:8], safe=False)


@for_colleague("GET")
def canned(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Ready texts for /, filled in and in the language of who gets the answer."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    language = spoken(row)
    values = values_for(row, me, at=now(), language=language)
    rows = canned_replies(request.GET.get("q", "")[:40], by=me)
    return JsonResponse(
        [{"label": r.name or r.key, "note": f"/{r.key}", "text": said_in(r, values, language)} for r in rows], safe=False
    )


_ROWS = "SELECT id, kind, data FROM base_fact WHERE id > %s ORDER BY id LIMIT %s"


@for_colleague("GET")
def pulse(request: HttpRequest, me: Colleague) -> HttpResponse:
    """What happened after an id, for a page that cannot have the event stream: the same signals.

    A row whose id was taken before another's and which commits after it is passed over; ids are taken in the last statement
    before the commit, so that is a matter of milliseconds, and the page asks for its list anew every other minute anyway.
    Who has missed very much is told to ask for everything (``reset``).
    """
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - a bigint
    if after is None:
        last = sql.run("SELECT coalesce(max(id), 0) FROM base_fact")[0][0]
        return JsonResponse({"last": last, "events": []})
    rows = sql.run(_ROWS, [after, PULSE + 1])
    if len(rows) > PULSE:
        last = sql.run("SELECT coalesce(max(id), 0) FROM base_fact")[0][0]
        return JsonResponse({"last": last, "events": [{"id": last, "kind": "reset", "data": {}}]})
    events = [
        {"id": ident, "kind": signal.name, "data": signal.data}
        for ident, kind, data in rows
        for signal in live.signals_of(kind, data)
        if signal.colleague in (None, me.pk)
    ]
    return JsonResponse({"last": rows[-1][0] if rows else after, "events": events})
