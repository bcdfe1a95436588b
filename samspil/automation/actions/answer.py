"""Answers by rules: a ready text as a draft, or sent where the unit has decided so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from samspil.automation.models import Permit
from samspil.automation.queries.active import answered_lately
from samspil.automation.rules.kinds import NOBODY
from samspil.automation.rules.plan import Planned, may_answer
from samspil.base.errors import SamspilError
from samspil.base.flow import part
from samspil.base.ids import digest
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague
from samspil.reply.actions import offer_drafts, write
from samspil.reply.models import Canned
from samspil.reply.queries import said_in, values_for


class NoPermit(SamspilError):
    """The unit has not decided that rules may answer."""

    code = "automation.no_permit"


class Running(Protocol):
    """What is needed of a run here."""

    id: UUID
    planned: Planned
    did: list[dict[str, Any]]
    answered: bool

    def fail(self, why: str) -> None:
        """Say that it failed."""


def answer(*, runs: Sequence[tuple[Running, Sequence[tuple[str, str]]]], at: datetime) -> None:
    """Offer drafts to who has each conversation, and send what may be sent. Joins the engine's step.

    Each text is filled in for its conversation, which costs a statement of its own; a sent answer costs what an answer costs. Sent is at
    most one a conversation and day, never to automatic mail or a list.
    """
    if not runs:
        return
    texts = {str(c.pk): c for c in Canned.objects.filter(pk__in=[UUID(v) for _, given in runs for _, v in given], ended_at=None)}
    conversations = sorted({run.planned.seen.conversation for run, _ in runs})
    rows = Conversation.objects.select_related("consumer", "assignee__unit").in_bulk(conversations)
    lately = answered_lately(conversations=conversations, at=at)
    permits = {p.unit_id: p.speaker for p in Permit.objects.select_related("speaker__unit")}
    drafts: list[tuple[Running, UUID, UUID, str]] = []
    for run, given in runs:
        row = rows.get(run.planned.seen.conversation)
        for kind, value in given:
            text = texts.get(value)
            if text is None or row is None:
                run.fail("The ready text is not there any more")
            elif kind == "send":
                _send(run, row, text, permits.get(row.unit_id) if row.unit_id else None, lately, at)
            elif row.assignee is None:
                run.did.append({"kind": "draft", "name": text.name, "left": NOBODY})
            else:
                drafts.append((run, row.pk, row.assignee.pk, _worded(text, row, row.assignee, run, at)))
    fresh = offer_drafts(drafts=[(c, who, text) for _, c, who, text in drafts], at=at)
    for run, conversation, _, _ in drafts:
        run.did.append({"kind": "draft", "name": "", **({} if conversation in fresh else {"left": "begun"})})


def _worded(text: Canned, row: Conversation, by: Colleague, run: Running, at: datetime) -> str:
    language = run.planned.seen.language
    return said_in(text, values_for(row, by, at=at, language=language), language)


def _send(run: Running, row: Conversation, text: Canned, speaker: Colleague | None, lately: set[UUID], at: datetime) -> None:
    conversation = run.planned.seen.conversation
    if not may_answer(run.planned.seen, answered=conversation in lately):
        run.did.append({"kind": "send", "name": "", "left": "today" if conversation in lately else "automatic"})
        return
    try:
        if speaker is None or not speaker.is_active:
            raise NoPermit("The unit has not decided that rules may answer")
        with part():
            words = _worded(text, row, speaker, run, at)
            write(conversation=conversation, by=speaker, text=words, at=at, ident=digest("answer", str(run.id)), automatic=True)
    except SamspilError as error:
        run.fail(str(error))
        return
    lately.add(conversation)
    run.answered = True
    run.did.append({"kind": "send", "name": ""})
