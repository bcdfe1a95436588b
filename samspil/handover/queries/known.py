"""What is known of a conversation that who takes it over should know: facts alone, each with its place on the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from samspil.aside.queries import Shown, asides_of, whole_among
from samspil.checklist.queries import checklists_of
from samspil.conversation.models import Conversation
from samspil.conversation.queries import Entry, thread
from samspil.handover.models import HandOver
from samspil.handover.rules import Line, Piece, card
from samspil.organisation.models import Colleague
from samspil.promise.queries import dues
from samspil.reply.models import Reply
from samspil.reply.queries import replies_of, spoken

LATER = timedelta(minutes=1)
"""What is sent sooner than this is no promise to keep in mind, it is being sent."""
LOOKED_AT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """«What you should know» for one reader. ``before`` are earlier hand-overs that nobody has read, with a word, the oldest first."""

    handover: HandOver
    before: Sequence[HandOver]
    lines: Sequence[Line]
    is_theirs: bool
    """The reader has taken it over, and it is theirs to have read it."""


def unread(*, conversation: UUID, by: Colleague) -> Sequence[HandOver]:
    """The hand-overs of a conversation that concern the colleague and that nobody has read, the newest first. One statement.

    Those to them; and what nobody has taken yet, for everybody but who gave it away. Ask for access to the conversation before.
    """
    open_ = HandOver.objects.filter(conversation=conversation, read_at=None).select_related("had", "by", "to")
    rows = list(open_.order_by("-at", "-id")[:10])
    newest = rows[0] if rows else None
    concerned = newest is not None and (
        newest.to_id == by.pk or (newest.to_id is None and by.pk not in (newest.had_id, newest.by_id))
    )
    return rows if concerned else []


def card_of(*, row: Conversation, by: Colleague, at: datetime, handover: UUID | None = None) -> Card | None:
    """The card for who takes the conversation over; a named hand-over's for whoever may see it, also when it was read; else None.

    Ask for access to the conversation before. A constant number of statements; one when there is no card.
    """
    if handover is None:
        found = unread(conversation=row.pk, by=by)
    else:
        named = HandOver.objects.filter(Q(pk=handover), conversation=row.pk).select_related("had", "by", "to")
        found = list(named)
    if not found:
        return None
    newest, *older = found
    return Card(
        handover=newest,
        before=[one for one in reversed(older) if one.word],
        lines=card(known(row=row, by=by, at=at), reader=by.pk),
        is_theirs=newest.to_id == by.pk and newest.read_at is None,
    )


def known(*, row: Conversation, by: Colleague, at: datetime) -> list[Piece]:
    """Everything that may stand on a card, for the rules to choose from."""
    entries, _ = thread(row, limit=LOOKED_AT)
    heard = [e for e in entries if e.kind == "in" and e.interaction and e.interaction.kind == "message" and not e.deleted]
    return [
        *_asked(row, heard),
        *_replies(replies_of(row), at),
        *_steps(row.pk, at),
        *_asides(asides_of(row.pk), by),
        *_written(entries),
        *_language(spoken(row), heard, row),
        *[
            Piece(kind="file", at=e.at, anchor=f"e-{e.id}", text=file.name)
            for e in heard
            for file in e.attachments
            if not file.content_id
        ],
    ]


def _asked(row: Conversation, heard: Sequence[Entry]) -> Iterable[Piece]:
    if row.waiting_since is None:
        return
    waiting = [e for e in heard if e.at >= row.waiting_since] or list(heard[-1:])
    if waiting:
        last = waiting[-1]
        yield Piece(kind="question", at=last.at, anchor=f"e-{last.id}", text=last.text, number=len(waiting))
    due = dues([row.pk]).get(row.pk)
    if due is not None and due.answer_due:
        yield Piece(kind="promise", at=due.answer_due, anchor=f"e-{waiting[-1].id}" if waiting else "", until=due.answer_due)


def _replies(replies: Sequence[Reply], at: datetime) -> Iterable[Piece]:
    again = {r.resend_of_id for r in replies}
    for reply in replies:
        place = f"e-{reply.interaction_id}" if reply.interaction_id else f"r-{reply.pk}"
        if reply.state == Reply.State.QUEUED and reply.send_at > at + LATER:
            yield Piece(kind="later", at=reply.send_at, anchor=place, text=reply.text, until=reply.send_at)
        if reply.state in {Reply.State.FAILED, Reply.State.UNCERTAIN}:
            yield Piece(kind="failed", at=reply.written_at, anchor=place, text=reply.text, over=reply.pk in again)


def _steps(conversation: UUID, at: datetime) -> Iterable[Piece]:
    for running in checklists_of(conversation):
        for step in running.steps:
            who = step.given_to.name if step.given_to else ""
            over = step.state != "open"
            yield Piece(kind="step", at=step.at or at, anchor="lists", text=step.text, who=who, over=over, first=step.must)


def _asides(asides: Sequence[Shown], by: Colleague) -> Iterable[Piece]:
    whole = whole_among(by=by, asides=[s.aside.pk for s in asides])
    for s in asides:
        said = s.messages[-1] if s.messages else None
        yield Piece(
            kind="aside",
            at=s.aside.at,
            anchor=f"a-{s.aside.pk}",
            text=s.aside.question,
            who=s.aside.asked_by.name,
            answer=f"{said.colleague.name}: {said.text}" if said else "",
            readers=None if s.aside.pk in whole else {s.aside.asked_by_id, *(m.colleague_id for m in s.members)},
            over=s.aside.closed_at is not None,
        )


def _written(entries: Sequence[Entry]) -> Iterable[Piece]:
    for e in entries:
        if e.kind == "note" and e.colleague:
            yield Piece(kind="note", at=e.at, anchor=f"e-{e.id}", text=e.text, who=e.colleague.name)
    felt = next((e for e in reversed(entries) if e.event and e.event.kind == "pulse"), None)
    if felt is not None and felt.event is not None:
        score = felt.event.data.get("score")
        words = str(felt.event.data.get("words") or "")
        number = score if isinstance(score, int) else 0
        yield Piece(kind="pulse", at=felt.at, anchor=f"e-{felt.id}", text=words, number=number, over=not number)


def _language(code: str, heard: Sequence[Entry], row: Conversation) -> Iterable[Piece]:
    if code:
        last = heard[-1] if heard else None
        yield Piece(kind="language", at=last.at if last else row.last_at, anchor=f"e-{last.id}" if last else "", text=code)
