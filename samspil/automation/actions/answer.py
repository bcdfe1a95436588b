"""Answers by rules: a ready text as a draft, or sent where the unit has decided so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from samspil.automation.models import Permit
from samspil.automation.queries.active import answered_lately
from samspil.automation.queries.names import canned_texts
from samspil.automation.rules.kinds import NOBODY
from samspil.automation.rules.plan import Planned, may_answer
from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import part
from samspil.base.ids import digest
from samspil.organisation.models import Colleague
from samspil.reply.actions import offer_drafts, write


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

    Drafts take one statement for all. Sent are at most one answer a conversation and day, never to automatic mail or a list.
    """
    if not runs:
        return
    texts = canned_texts([UUID(value) for _, given in runs for _, value in given])
    conversations = sorted({run.planned.seen.conversation for run, _ in runs})
    those, values = sql.among("id", conversations)
    now = {c: (a, u) for c, a, u in sql.run(f"SELECT id, assignee_id, unit_id FROM conversation WHERE {those}", [values])}
    lately = answered_lately(conversations=conversations, at=at)
    permits = {p.unit_id: p.speaker for p in Permit.objects.select_related("speaker")}
    drafts: list[tuple[Running, UUID, UUID, str]] = []
    for run, given in runs:
        conversation = run.planned.seen.conversation
        assignee, unit = now.get(conversation, (None, None))
        for kind, value in given:
            text = _worded(texts.get(value), run.planned.seen.language)
            if not text:
                run.fail("The ready text is not there any more")
            elif kind == "draft" and assignee is None:
                run.did.append({"kind": "draft", "name": "", "left": NOBODY})
            elif kind == "draft":
                drafts.append((run, conversation, assignee, text))
            else:
                _send(run, text, permits.get(unit), lately, at)
    fresh = offer_drafts(drafts=[(c, who, text) for _, c, who, text in drafts], at=at)
    for run, conversation, _, _ in drafts:
        run.did.append({"kind": "draft", "name": "", **({} if conversation in fresh else {"left": "begun"})})


def _worded(text: tuple[str, str] | None, language: str) -> str:
    if text is None:
        return ""
    return text[1] if language == "en" and text[1] else text[0]


def _send(run: Running, text: str, speaker: Colleague | None, lately: set[UUID], at: datetime) -> None:
    conversation = run.planned.seen.conversation
    if not may_answer(run.planned.seen, answered=conversation in lately):
        run.did.append({"kind": "send", "name": "", "left": "today" if conversation in lately else "automatic"})
        return
    try:
        if speaker is None or not speaker.is_active:
            raise NoPermit("The unit has not decided that rules may answer")
        with part():
            write(conversation=conversation, by=speaker, text=text, at=at, ident=digest("answer", str(run.id)))
    except SamspilError as error:
        run.fail(str(error))
        return
    lately.add(conversation)
    run.answered = True
    run.did.append({"kind": "send", "name": ""})
