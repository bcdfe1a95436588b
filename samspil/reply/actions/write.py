"""Writing, taking back, sending again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import bell
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply.actions.gate import let_out, note
from samspil.reply.actions.waiting import close
from samspil.reply.facts import ReplyWritten
from samspil.reply.models import Draft, Reply, ReplyFile
from samspil.reply.queries import Way, ways


class Empty(SamspilError):
    """There is nothing in it."""

    code = "reply.empty"


class TooLong(SamspilError):
    """The channel carries fewer characters."""

    code = "reply.too_long"


class NoWay(SamspilError):
    """Nobody can be reached on this handle: no account, the network's window has closed, or the handle is dead."""

    code = "reply.no_way"


class TooLate(SamspilError):
    """It has left already, or somebody took it back."""

    code = "reply.too_late"


class WaitsForYes(SamspilError):
    """Somebody else's yes is needed first."""

    code = "reply.waits_for_yes"


class NotLater(SamspilError):
    """A reply can only be put off to a time to come."""

    code = "reply.not_later"


def write(
    *,
    conversation: UUID,
    by: Colleague,
    text: str,
    at: datetime,
    handle: UUID | None = None,
    ident: UUID | None = None,
    files: Sequence[UUID] = (),
    send_at: datetime | None = None,
    private: bool = False,
    template: tuple[UUID, kit.Chosen] | None = None,
    choices: Sequence[kit.Choice] = (),
    automatic: bool = False,
    by_itself: bool = False,
) -> Reply:
    """Put an answer in the outbox. It leaves after the undo time, or at ``send_at``; where a unit wants somebody else's yes, not before it.

    ``ident`` is made by the page and is the idempotency key: the same again gives the same reply. ``handle`` None answers
    where the consumer last wrote. ``private``: for the receiver alone, though what it answers is public; of no effect where it is not.
    ``template``: one of this account's, filled in (:func:`samspil.reply.actions.fill`). ``choices``: answers to offer as buttons where the
    channel has such. ``automatic``: a rule answers in the colleague's name, and asks nobody; ``by_itself``: and nobody wrote it.
    Raises NotFound, Empty, TooLong, NoWay, NotLater, NobodyToAsk.
    """
    if send_at is not None and send_at <= at:
        raise NotLater("Choose a time to come")
    with step():
        row = access_conversation(by=by, conversation=conversation)
        if ident and (twice := Reply.objects.filter(pk=ident, colleague=by).first()):
            return twice
        attached = list(ReplyFile.objects.filter(pk__in=files, conversation=row, colleague=by, reply=None))
        if not text.strip() and not attached:
            raise Empty("Write something first")
        way = choose_way(ways(row, at=at), handle)
        _fits_way(way, template, attached)
        _fits_length(way, text)
        undo = organisation()
        reply = Reply(
            id=ident or new_id(),
            conversation=row,
            handle=way.handle,
            account=way.account,
            colleague=by,
            text=text.strip().replace("\x00", ""),
            subject=row.subject,
            in_reply_to_id=way.last,
            private=_is_alone(way, private=private),
            template=asdict(template[1]) if template else None,
            choices=[[c.sign, c.label] for c in choices] or None,
            by_itself=by_itself,
            written_at=at,
        )
        leaves = send_at or at + timedelta(seconds=undo.undo_seconds if undo else 6)
        let_out(row=reply, conversation=row, by=by, at=at, send_at=leaves, automatic=automatic or by_itself)
        ReplyFile.objects.filter(pk__in=[f.pk for f in attached]).update(reply=reply)
        if template is None and not choices and not by_itself:
            Draft.objects.filter(conversation=row, colleague=by).delete()
        publish(ReplyWritten(reply=reply.pk, conversation=row.pk, by=by.pk))
    return reply


def _fits_way(way: Way, template: tuple[UUID, kit.Chosen] | None, files: Sequence[ReplyFile]) -> None:
    if template is None:
        if way.only_templates:
            raise NoWay("The network's time for answers has passed")
    elif template[0] != way.account.pk or not way.templates:
        raise NoWay("This channel has no templates")
    elif files:
        raise TooLong("A template carries no files")
    if any(f.size > way.capabilities.max_attachment for f in files):
        raise TooLong("A file is larger than this channel carries")


def _is_alone(way: Way, *, private: bool) -> bool:
    if private and way.public and not way.capabilities.private:
        raise NoWay("This channel cannot answer a public message in private")
    return private and way.public


def _fits_length(way: Way, text: str) -> None:
    limit = way.capabilities.max_length
    if limit is not None and len(text) > limit:
        raise TooLong(f"{len(text)} characters; this channel carries {limit}")


def choose_way(found: Sequence[Way], handle: UUID | None) -> Way:
    """The way of this handle, or the default. Raises NoWay where there is none, or it cannot be used now."""
    chosen = next((w for w in found if w.handle.pk == handle), None) if handle else next((w for w in found if w.default), None)
    if chosen is None:
        why = next((w.why_not for w in found if w.why_not), "")
        raise NoWay(why or "There is no channel on which this person can be answered")
    if chosen.why_not:
        raise NoWay(chosen.why_not)
    return chosen


def _mine(reply: UUID, by: Colleague) -> Reply:
    row = Reply.objects.select_for_update(of=("self",)).filter(pk=reply).first()
    if row is None:
        raise NotFound("no such reply")
    access_conversation(by=by, conversation=row.conversation_id)
    return row


def cancel(*, reply: UUID, by: Colleague, at: datetime) -> Reply:
    """Take a reply back while it still waits, for its time or a yes; its text is a draft again, save a template's. Raises NotFound, TooLate."""
    with step():
        row = _mine(reply, by)
        if row.state not in (Reply.State.QUEUED, Reply.State.AWAITS_YES) or row.attempts:
            raise TooLate("It has left already")
        _move(row, "cancelled", at, by=by)
        if row.needs_yes:
            close(subject=row, verdict="withdrawn", by=by, at=at)
        if row.template is None:
            Draft.objects.update_or_create(
                conversation=row.conversation,
                colleague=by if row.by_itself else row.colleague,
                defaults={"text": row.text, "handle": row.handle, "saved_at": at},
            )
        ReplyFile.objects.filter(reply=row).update(reply=None)
        publish(ReplyWritten(reply=row.pk, conversation=row.conversation_id, by=by.pk, cancelled=True))
    return row


def rewrite(*, reply: UUID, by: Colleague, text: str, at: datetime) -> Reply:
    """Give one's own reply that still waits new words; its undo time begins again. They go through the gate as if they were written now.

    Where a yes was wanted for the old words, or given to them, those are withdrawn and the new ones are another reply. Raises NotFound, Empty,
    TooLong, NoWay, TooLate, NobodyToAsk.
    """
    with step():
        row = _mine(reply, by)
        waits = row.state in (Reply.State.QUEUED, Reply.State.AWAITS_YES) and not row.attempts
        if not waits or row.colleague_id != by.pk or row.template is not None or row.by_itself:
            raise TooLate("It has left already")
        files = list(ReplyFile.objects.filter(reply=row).values_list("pk", flat=True))
        if not text.strip() and not files:
            raise Empty("Write something first")
        if row.needs_yes:
            cancel(reply=row.pk, by=by, at=at)
            of = row.conversation_id
            return write(conversation=of, by=by, text=text, at=at, handle=row.handle_id, files=files, private=row.private)
        conversation = access_conversation(by=by, conversation=row.conversation_id)
        _fits_length(choose_way(ways(conversation, at=at), row.handle_id), text)
        undo = organisation()
        row.text = text.strip().replace("\x00", "")
        leaves = max(row.send_at, at + timedelta(seconds=undo.undo_seconds if undo else 6))
        let_out(row=row, conversation=conversation, by=by, at=at, send_at=leaves)
        publish(ReplyWritten(reply=row.pk, conversation=row.conversation_id, by=by.pk))
    return row


def send_now(*, reply: UUID, by: Colleague, at: datetime) -> Reply:
    """Let a reply that waits for its time leave at once. Raises NotFound, TooLate, WaitsForYes."""
    with step():
        row = _mine(reply, by)
        if row.state == Reply.State.AWAITS_YES:
            raise WaitsForYes("Somebody else's yes is needed first")
        if row.state != Reply.State.QUEUED:
            raise TooLate("It has left already")
        row.send_at = at
        row.save(update_fields=["send_at"])
        bell.ring_after_commit("outbox")
    return row


def resend(*, reply: UUID, by: Colleague, at: datetime) -> Reply:
    """Send again what failed or is uncertain: a new reply with a new key, that names the first. Raises NotFound, TooLate, NobodyToAsk.

    For an uncertain one this is a person's decision that it may arrive twice. A yes to these very words holds; who gave it and sends them
    again does not become their author by that.
    """
    with step():
        row = _mine(reply, by)
        if row.state not in (Reply.State.FAILED, Reply.State.UNCERTAIN):
            raise TooLate("Only what failed or is uncertain can be sent again")
        if Reply.objects.filter(resend_of=row).exclude(state=Reply.State.CANCELLED).exists():
            raise TooLate("It has been sent again already")
        again = Reply(
            conversation=row.conversation,
            handle=row.handle,
            account=row.account,
            colleague=row.colleague if row.approved_by_id == by.pk else by,
            text=row.text,
            subject=row.subject,
            in_reply_to_id=row.in_reply_to_id,
            resend_of=row,
            private=row.private,
            template=row.template,
            choices=row.choices,
            by_itself=row.by_itself,
            written_at=at,
        )
        let_out(row=again, conversation=row.conversation, by=by, at=at, send_at=at, yes=row.approved_by)
        for file in ReplyFile.objects.filter(reply=row):
            file.pk, file.reply = new_id(), again
            file.save(force_insert=True)
        publish(ReplyWritten(reply=again.pk, conversation=row.conversation_id, by=by.pk))
    return again


def _move(reply: Reply, state: str, at: datetime, *, by: Colleague | None = None, detail: str = "") -> None:
    reply.state = state
    reply.detail = detail
    reply.save(update_fields=["state", "detail"])
    note(row=reply, state=state, at=at, by=by, detail=detail)
