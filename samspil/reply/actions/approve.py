"""Saying yes to an answer that waits, changing it first, sending it back, and taking the yes back again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, retried, step
from samspil.conversation.actions import note as write_note
from samspil.conversation.actions import notify
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply.actions.change import CannotChange, tell
from samspil.reply.actions.gate import journal, let_out, note
from samspil.reply.actions.write import Empty, TooLate, TooLong, choose_way
from samspil.reply.facts import ApprovalDecided, ReplyWritten
from samspil.reply.models import Approval, Change, Draft, Reply, ReplyFile
from samspil.reply.queries import changeable, ways
from samspil.reply.queries.approval import asked_of, who_can, written_since
from samspil.reply.rules.approval import follows, leaves_at

LONGEST = 2000
"""Letters of a word with which an answer is sent back."""


class DecidedAlready(SamspilError):
    """Somebody was first; ``str(error)`` is who, "" where nobody is named."""

    code = "reply.decided_already"


class NewMessage(SamspilError):
    """The consumer has written since the answer was, and whoever says yes has not seen it."""

    code = "reply.new_message"


@dataclass(slots=True)
class _Held:
    """An approval with its subject, both locked."""

    row: Approval
    subject: Reply | Change
    conversation: Conversation


@retried
def approve(*, approval: UUID, by: Colleague, at: datetime, text: str | None = None, heard: UUID | None = None) -> Approval:
    """Say yes; the answer is due after the undo time, at the time its author chose where that is later, in this same transaction.

    ``text`` other than the answer's is what leaves instead; what its author wrote is kept. ``heard`` is the newest message that whoever
    decides has seen: where the consumer has written since the answer was, a yes asks once more until it names that.
    Raises NotFound, NotAllowed, DecidedAlready, NewMessage, Empty, TooLong, NoWay, CannotChange.
    """
    with step():
        held = _held(approval, by)
        row, subject = held.row, held.subject
        _may(held, "approve", by)
        newest = written_since([row.pk]).get(row.pk)
        if newest is not None and newest != heard:
            raise NewMessage("A new message came since")
        words = subject.text if text is None else text.strip().replace("\x00", "")
        _fits(held, words, at)
        if words != subject.text:
            row.before, subject.text = subject.text, words
        undo = organisation()
        leaves = leaves_at(wished=row.wished_at, at=at, undo=undo.undo_seconds if undo else 6)
        let_out(row=subject, conversation=held.conversation, by=by, at=at, send_at=leaves, yes=by)
        verdict = "changed" if row.before else "approved"
        _decide(held, Approval.State.APPROVED, verdict, by, at)
        if row.before:
            notify(kind="yes_changed", to=[(row.author_id, held.conversation.pk)], by=by.pk, at=at)
    return row


@retried
def take_back_yes(*, approval: UUID, by: Colleague, at: datetime) -> Approval:
    """The undo of one's own yes while the answer has not left: it waits again, as its author wrote it. Raises NotFound, NotAllowed, TooLate."""
    with step():
        held = _held(approval, by)
        row, subject = held.row, held.subject
        if row.state != Approval.State.APPROVED or row.decided_by_id != by.pk:
            raise NotAllowed("Only who said yes can take it back")
        if subject.state != "queued" or subject.attempts:
            raise TooLate("It has left already")
        if row.before:
            subject.text, row.before = row.before, ""
        subject.state, subject.approved_by = "awaits_yes", None
        subject.save(update_fields=["state", "approved_by", "text"])
        note(row=subject, state="awaits_yes", at=at, by=by)
        _decide(held, Approval.State.WAITING, "undone", by, at)
    return row


@retried
def send_back(*, approval: UUID, by: Colleague, word: str, at: datetime) -> Approval:
    """Give an answer back to its author with a word, as a draft and a note. Raises NotFound, NotAllowed, DecidedAlready, Empty."""
    said = word.strip().replace("\x00", "")[:LONGEST]
    if not said:
        raise Empty("Say why you send it back")
    with step():
        held = _held(approval, by)
        row, subject = held.row, held.subject
        _may(held, "send_back", by)
        subject.state = "cancelled"
        subject.save(update_fields=["state"])
        note(row=subject, state="cancelled", at=at, by=by)
        row.word = said
        _decide(held, Approval.State.RETURNED, "returned", by, at)
        write_note(conversation=held.conversation.pk, by=by, text=said, at=at)
        notify(kind="yes_back", to=[(row.author_id, held.conversation.pk)], by=by.pk, at=at)
        if isinstance(subject, Reply):
            _draft_again(subject, at)
            publish(ReplyWritten(reply=subject.pk, conversation=subject.conversation_id, by=by.pk, cancelled=True))
    return row


def _held(approval: UUID, by: Colleague) -> _Held:
    """The subject is locked before its approval, as the outbox and who withdraws it do."""
    known = Approval.objects.filter(pk=approval).first()
    if known is None:
        raise NotFound("There is no such answer")
    conversation = access_conversation(by=by, conversation=known.conversation_id)
    subject: Reply | Change | None
    if known.reply_id is not None:
        subject = Reply.objects.select_for_update(of=("self",)).filter(pk=known.reply_id).first()
    else:
        rows = Change.objects.select_for_update(of=("self",)).select_related("interaction__account")
        subject = rows.filter(approval=known).first()
    row = Approval.objects.select_for_update(of=("self",)).select_related("decided_by").filter(pk=approval).first()
    if row is None or subject is None:
        raise NotFound("There is no such answer")
    return _Held(row, subject, conversation)


def _may(held: _Held, verb: str, by: Colleague) -> None:
    row = held.row
    if row.state != Approval.State.WAITING or held.subject.state != "awaits_yes":
        raise DecidedAlready(row.decided_by.name if row.decided_by else "")
    may = frozenset(who_can([asked_of(row)])[row.pk])
    if follows(row.state, verb, by=by.pk, author=row.author_id, may=may) is None:
        raise NotAllowed("Your yes is not asked for here")


def _fits(held: _Held, words: str, at: datetime) -> None:
    """Whether these words can still go where the answer goes."""
    subject = held.subject
    if isinstance(subject, Change):
        can = changeable(subject.interaction, at=at)
        if can is None or subject.kind not in can.kinds:
            raise CannotChange("The network does not let us do that any more")
        limit = can.max_length
    else:
        limit = choose_way(ways(held.conversation, at=at), subject.handle_id).capabilities.max_length
    if words == subject.text:
        return
    if isinstance(subject, Reply) and subject.template is not None:
        raise NotAllowed("The words of a template stay as they are")
    if not words and not (isinstance(subject, Reply) and ReplyFile.objects.filter(reply=subject).exists()):
        raise Empty("Write something first")
    if limit is not None and len(words) > limit:
        raise TooLong(f"{len(words)} characters; this channel carries {limit}")


def _draft_again(reply: Reply, at: datetime) -> None:
    """The author has it back; what they have begun to write meanwhile stays below it."""
    ReplyFile.objects.filter(reply=reply).update(reply=None)
    if reply.template is not None:
        return
    begun = Draft.objects.filter(conversation=reply.conversation_id, colleague=reply.colleague_id).first()
    text = f"{reply.text}\n\n{begun.text}" if begun is not None and begun.text.strip() and not begun.note else reply.text
    Draft.objects.update_or_create(
        conversation_id=reply.conversation_id,
        colleague_id=reply.colleague_id,
        defaults={"text": text, "handle_id": reply.handle_id, "note": False, "saved_at": at},
    )


def _decide(held: _Held, state: str, verdict: str, by: Colleague, at: datetime) -> None:
    row, subject = held.row, held.subject
    row.state = state
    undone = state == Approval.State.WAITING
    row.decided_by, row.decided_at = (None, None) if undone else (by, at)
    row.save(update_fields=["state", "decided_by", "decided_at", "before", "word"])
    journal(conversation=held.conversation.pk, step=verdict, by=by, at=at, word=row.word, edit=row.change_id is not None)
    publish(ApprovalDecided(approval=row.pk, subject=subject.pk, conversation=held.conversation.pk, verdict=verdict, by=by.pk))
    if isinstance(subject, Change):
        tell(row=subject, handle=subject.interaction.handle_id)
