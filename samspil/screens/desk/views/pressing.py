"""How much conversations press, and when their answers are due: the priority with its undo, the head's line, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from samspil.base.clock import now
from samspil.base.networks import channel_face
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.look.answers import tell
from samspil.look.templatetags.look import stretch
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called
from samspil.promise.actions import prioritise, put_priority_back
from samspil.promise.queries import Explained, dues, explained
from samspil.promise.rules import ASSIGNEE, BOTH, LEADS
from samspil.screens.desk.templatetags.due import due_at, priority_word
from samspil.screens.desk.views.common import for_colleague, uuids_of


@for_colleague("POST")
def set_priority(request: HttpRequest, me: Colleague, priority: str) -> HttpResponse:
    """Say how much the conversations ``c`` press. The toast's undo gives each back what it had."""
    ids = uuids_of(request, "c")
    did = prioritise(conversations=ids, priority=priority, by=me, at=now())
    words = priority_word(priority) if len(ids) == 1 else _many(priority, len(ids))
    undo = reverse("priority-undo", args=[did.batch]) if did.batch else ""
    return tell(HttpResponse(status=204), changed=ids, toast=words, undo=undo)


def _many(priority: str, n: int) -> str:
    return {
        "urgent": _("%(n)d are urgent"),
        "low": _("%(n)d can wait"),
    }.get(priority, _("%(n)d are as every other")) % {"n": n}


@for_colleague("POST")
def undo_priority(request: HttpRequest, me: Colleague, batch: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Take back one's own deed: each has the priority again that it had."""
    ids = put_priority_back(batch=batch, by=me, at=now())
    words = ngettext("Taken back", "%(n)d taken back", len(ids)) % {"n": len(ids)}
    return tell(HttpResponse(status=204), changed=ids, toast=words)


def pressing_of(row: Conversation) -> dict[str, Any]:
    """What the head of the thread needs. One statement."""
    due = dues([row.pk]).get(row.pk)
    return {"due": due, "priority": due.priority if due else "normal"}


@for_colleague("GET")
def due(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The head's line anew: how long is left."""
    row = access_conversation(by=me, conversation=conversation)
    return render(request, "desk/parts/due.html", {"c": row, **pressing_of(row)})


@for_colleague("GET")
def why(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """By when which answer is due and why: which promise, whose hours, whether the clock runs, and what follows."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    found = explained(row)
    context = {"why": found, "facts": _facts(found), "follows": _follows(found), "stands": _stands(found, row)}
    return render(request, "desk/parts/due_why.html", context)


def _facts(found: Explained) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if found.due and found.due.answer_due:
        facts.append((_("Next answer") if found.answered else _("First answer"), due_at(found.due.answer_due)))
    if found.due and found.due.done_due:
        facts.append((_("All done"), due_at(found.due.done_due)))
    if found.level:
        facts.append((_("Promised"), _promised(found)))
        facts.append((pgettext("promise", "By"), called(found.unit) if found.unit else _("All units")))
    if found.hours:
        facts.append((pgettext("promise", "Hours"), called(found.hours)))
    elif found.level:
        facts.append((pgettext("promise", "Hours"), _("No hours are said: day and night")))
    return facts


def _promised(found: Explained) -> str:
    level = found.level
    if level is None:
        return ""
    parts = [
        words % {"time": stretch(minutes)}
        for words, minutes in (
            (_("the first answer within %(time)s"), level.first if not found.answered else None),
            (_("each further answer within %(time)s"), level.next),
            (_("done within %(time)s"), level.done),
        )
        if minutes
    ]
    about = [priority_word(level.priority)] if level.priority else []
    about += [channel_face(level.channel)[1]] if level.channel else []
    said = ", ".join(parts) or _("nothing")
    return f"{said} ({', '.join(about)})" if about else said


def _stands(found: Explained, row: Conversation) -> str:
    if found.stands == "snoozed" and row.snoozed_until:
        return _("The clock stands still: put off until %(when)s.") % {"when": due_at(row.snoozed_until)}
    if found.stands == "runs" and found.since:
        if found.minutes is None:
            return _("No answer is promised, so none is due.")
        return _("The clock has run since %(when)s, in opening hours.") % {"when": due_at(found.since)}
    return {
        "done": _("The clock stands still: the conversation is done."),
        "nobody": _("The clock stands still: nobody waits for us."),
    }.get(found.stands, "")


def _follows(found: Explained) -> list[dict[str, Any]]:
    """The steps of the escalation with their times; of those to come and those taken."""
    due, course = found.due, found.course
    if due is None or due.answer_due is None:
        return []
    late = [
        *([_("it becomes urgent")] if course.urgent else []),
        *([_("if who has it is not at work, it goes back to everybody")] if course.freed else []),
    ]
    steps: list[tuple[str, datetime | None, str, list[str]]] = [
        (pgettext("promise", "Soon due"), due.soon_at, course.soon_to, []),
        (pgettext("step", "Due"), due.answer_due, course.due_to, []),
        (pgettext("step", "Late"), due.late_at, course.late_to, late),
    ]
    return [
        {"name": name, "at": due_at(at), "what": "; ".join([told_words(to), *more]), "taken": number < due.told}
        for number, (name, at, to, more) in enumerate(steps)
        if at
    ]


def told_words(to: str) -> str:
    """Who is told at a step."""
    return {
        ASSIGNEE: _("who has it is told, else the unit's leads"),
        LEADS: _("the unit's leads are told"),
        BOTH: _("who has it and the unit's leads are told"),
    }.get(to, _("nobody is told"))
