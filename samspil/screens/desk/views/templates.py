"""Messages that a network has approved beforehand: chosen, filled in, sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.kit import Template
from samspil.kit.templates import split
from samspil.look.answers import UNPROCESSABLE, tell, uuid_of
from samspil.organisation.models import Colleague
from samspil.reply import actions
from samspil.screens.desk.views.approvals import waits_words
from samspil.screens.desk.views.common import for_colleague
from samspil.screens.desk.views.words import refusal

NAMES = frozenset({"name", "first_name", "firstname", "customer_name", "navn", "fornavn", "kundenavn"})
"""Places that are filled with the person's first name to begin with."""


@for_colleague("GET")
def panel(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The templates of the chosen way, and the places of the one that is chosen among them."""
    row = access_conversation(by=me, conversation=conversation)
    if request.GET.get("again"):
        actions.forget_templates()
    return _panel(request, me, row, request.GET)


@for_colleague("POST")
def send(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Send one. A refusal is said in the panel, and what was filled in stays."""
    row = access_conversation(by=me, conversation=conversation)
    handle, at = uuid_of(request.POST.get("channel")), now()
    name, _sep, language = request.POST.get("template", "").partition("|")
    values = {key.removeprefix("v-"): str(value) for key, value in request.POST.items() if key.startswith("v-")}
    try:
        filled = actions.fill(conversation=row.pk, by=me, at=at, handle=handle, name=name, language=language, values=values)
        sent = actions.write(
            conversation=row.pk,
            by=me,
            text=filled.text,
            at=at,
            handle=handle,
            ident=uuid_of(request.POST.get("ident")),
            template=(filled.account, filled.chosen),
        )
    except NotFound:
        raise
    except SamspilError as error:
        return _panel(request, me, row, request.POST, wrong=refusal(error))
    seconds = max(1, int((sent.send_at - now()).total_seconds()))
    done = render(request, "desk/parts/template_panel.html", {"c": row, "closed": True})
    return tell(
        done,
        changed=[row.pk],
        toast=waits_words(sent) if sent.needs_yes else _("The template is sent"),
        undo=reverse("reply-cancel", args=[sent.pk]),
        seconds=seconds,
    )


def _panel(request: HttpRequest, me: Colleague, row: Conversation, said: Mapping[str, str], wrong: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "c": row,
        "channel": said.get("channel", ""),
        "ident": said.get("ident") or new_id(),
        "wrong": wrong,
    }
    try:
        found = actions.templates_for(conversation=row.pk, by=me, at=now(), handle=uuid_of(said.get("channel")))
    except NotFound:
        raise
    except SamspilError as error:
        return render(request, "desk/parts/template_panel.html", {**context, "trouble": refusal(error)})
    wanted = said.get("template", "")
    chosen = next((t for t in found if f"{t.name}|{t.language}" == wanted), found[0] if found else None)
    context |= {"templates": found, "chosen": chosen, **(_filled(chosen, row, said) if chosen else {})}
    return render(request, "desk/parts/template_panel.html", context, status=UNPROCESSABLE if wrong else 200)


def _filled(chosen: Template, row: Conversation, said: Mapping[str, str]) -> dict[str, Any]:
    """The places with what stands in them, and the text in pieces for the preview."""
    name = row.consumer.name
    first = name.split(" ")[0] if name and "@" not in name else ""
    values = {p: said.get(f"v-{p}", first if p.lower() in NAMES else "") for p in chosen.places}
    places = [{"name": p, "value": values[p], "example": chosen.examples.get(p, "")} for p in chosen.places]
    pieces = [{"text": piece, "place": is_place, "value": values.get(piece, "")} for piece, is_place in split(chosen.text)]
    return {"places": places, "pieces": pieces}
