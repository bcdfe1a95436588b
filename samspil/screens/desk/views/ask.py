"""The panel in which a colleague asks others: whom it would reach and why, what those may read who may not see the conversation."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from samspil.aside import actions
from samspil.aside.queries import offers, read
from samspil.aside.rules import handle_of
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, text_of, thread
from samspil.look.answers import UNPROCESSABLE, tell, uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, competences
from samspil.routing.queries import competences_for
from samspil.screens.desk.views.common import for_colleague, uuids_of
from samspil.screens.desk.views.words import refusal

SHOWN = 8
"""So many of the newest messages can be chosen from."""
SUGGESTED = 3


@for_colleague("GET", "POST")
def ask(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The panel, and the question itself. A refusal is said in the panel, and nothing that was typed is lost."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    if request.method == "GET":
        return render(request, "desk/parts/ask.html", _panel(me, row))
    text = request.POST.get("text", "")
    named = read(text)
    share = actions.Share(messages=uuids_of(request, "m"), with_name=request.POST.get("with_name") == "yes")
    try:
        made = actions.ask(
            conversation=row.pk,
            by=me,
            text=text,
            at=now(),
            people=named.people,
            competences=named.competences,
            share=share,
            ident=uuid_of(request.POST.get("ident")),
        )
    except SamspilError as error:
        return render(request, "desk/parts/ask_error.html", {"words": refusal(error)}, status=UNPROCESSABLE)
    count = made.members.count()
    told = ngettext("%(n)d colleague is asked", "%(n)d colleagues are asked", count) % {"n": count}
    undo = reverse("aside-do", args=[made.pk, "withdraw"])
    return tell(HttpResponse(status=204), changed=[row.pk], toast=told, undo=undo, desk_asked={"aside": str(made.pk)})


def _panel(me: Colleague, row: Conversation) -> dict[str, Any]:
    entries, _ = thread(row, limit=SHOWN)
    lines = [e for e in entries if e.interaction and not e.deleted]
    last = next((e.id for e in reversed(lines) if e.kind == "in"), None)
    return {"c": row, "ident": new_id(), "lines": lines, "last": last, **_whom(me, row, "")}


@for_colleague("POST")
def whom(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Who would be asked, while one writes."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    return render(request, "desk/parts/ask_whom.html", {"c": row, **_whom(me, row, request.POST.get("text", "")[:8000])})


def _whom(me: Colleague, row: Conversation, text: str) -> dict[str, Any]:
    named = read(text)
    by_id = {skill.pk: skill for skill in competences()}
    skills = [by_id[ident] for ident in named.competences if ident in by_id]
    found = offers(by=me, conversation=row, people=named.people, skills=skills, at=now())
    reached = {o.competence.pk for o in found if o.competence}
    return {
        "found": [{"o": o, "skill": called(o.competence) if o.competence else ""} for o in found],
        # What one is just writing is not unknown yet.
        "unknown": [word for word in named.unknown if not text.endswith(f"@{word}")],
        "nobody": [called(s) for s in skills if s.pk not in reached],
        "suggested": [] if skills else _suggested(row, text),
    }


def _suggested(row: Conversation, text: str) -> list[dict[str, str]]:
    """Competences that fit: that of the conversation, then what the question and the consumer's words ask for."""
    likely = [row.competence] if row.competence and row.competence.active else []
    likely += [*competences_for(text[:2000]), *(competences_for(text_of(row.pk, limit=3)) if not likely else ())]
    unique = list({skill.pk: skill for skill in likely}.values())[:SUGGESTED]
    return [{"name": called(s), "text": f"@{handle_of(called(s))}"} for s in unique]
