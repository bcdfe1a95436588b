"""What is done to a message that is on the network already: new words, taken back, a sign; taken back in its turn, and tried again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, last_heard, lies_in
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply.actions.gate import let_out, let_read_out
from samspil.reply.actions.waiting import close
from samspil.reply.actions.write import Empty, TooLate, TooLong
from samspil.reply.facts import MessageChanged
from samspil.reply.models import Change
from samspil.reply.queries import Changeable, changeable
from samspil.reply.rules import is_sign

DELAYED = ("edit", "delete")
"""These wait for the undo time, as a reply does; a sign goes at once."""

_NEEDS = {"edit": "edit", "delete": "delete", "react": "react", "unreact": "react"}
"""Of each kind, what the channel must be able to do."""


class CannotChange(SamspilError):
    """The message's network does not let us do that, or does not any more."""

    code = "reply.cannot_change"


def change(
    *,
    conversation: UUID,
    interaction: UUID,
    by: Colleague,
    kind: str,
    at: datetime,
    text: str = "",
    emoji: str = "",
    ident: UUID | None = None,
) -> Change:
    """Put a change of the message into the outbox. ``kind`` is edit, delete, react or unreact.

    ``ident`` is made by the page: the same again gives the same change. What still waits to be done to the same message is given up when
    this makes it needless. New words wait for a yes where an answer would. Raises NotFound, NotAllowed (the words of a colleague), Empty,
    TooLong, CannotChange, NobodyToAsk.
    """
    with step():
        row = access_conversation(by=by, conversation=conversation)
        if ident and (twice := Change.objects.filter(pk=ident, colleague=by).first()):
            return twice
        target = lies_in(row, interaction)
        if target is None:
            raise NotFound("no such message")
        can = changeable(target, at=at)
        if can is None or _NEEDS.get(kind) not in can.kinds:
            raise CannotChange("The network does not let us do that")
        if Change.objects.filter(interaction=target, kind="delete", state__in=("queued", "sending", "done")).exists():
            raise CannotChange("It has been taken back")
        words = _words(text, target, can, by) if kind == "edit" else ""
        sign = _sign(emoji, can) if kind in ("react", "unreact") else ""
        if kind == "react" and (given := _given_already(target, sign)):
            return given
        undo = organisation()
        seconds = (undo.undo_seconds if undo else 6) if kind in DELAYED else 0
        made = Change(
            id=ident or new_id(),
            interaction=target,
            conversation=row,
            account=target.account,
            colleague=by,
            kind=kind,
            text=words,
            emoji=sign,
            written_at=at,
        )
        let_out(row=made, conversation=row, by=by, at=at, send_at=at + timedelta(seconds=seconds))
        _give_up_needless(made, by=by, at=at)
        tell(row=made, handle=target.handle_id)
    return made


def _words(text: str, target: Interaction, can: Changeable, by: Colleague) -> str:
    words = text.strip().replace("\x00", "")
    if target.colleague_id not in (None, by.pk):
        raise NotAllowed("These are another colleague's words")
    if not words:
        raise Empty("Write something, or take the message back")
    if can.max_length is not None and len(words) > can.max_length:
        raise TooLong(f"{len(words)} characters; this channel carries {can.max_length}")
    return words


def _sign(emoji: str, can: Changeable) -> str:
    if not is_sign(emoji) or (can.signs and emoji not in can.signs):
        raise CannotChange("That sign cannot be given here")
    return emoji


def _given_already(target: Interaction, emoji: str) -> Change | None:
    """The change by which the sign was given, or is being given, where none after it took it back: one gives a sign once."""
    signs = Change.objects.filter(interaction=target, kind__in=("react", "unreact"), emoji=emoji)
    last = signs.exclude(state__in=("failed", "cancelled")).order_by("-written_at", "-id").first()
    return last if last is not None and last.kind == Change.Kind.REACT else None


_NEEDLESS = {"edit": ("edit",), "delete": ("edit", "delete", "react", "unreact")}


def _give_up_needless(made: Change, *, by: Colleague, at: datetime) -> None:
    """New words take the place of those that still wait, and what is taken back needs neither words nor signs."""
    if kinds := _NEEDLESS.get(made.kind):
        waiting = Q(state="failed") | Q(state="queued", attempts=0) | Q(state="awaits_yes")
        others = Change.objects.filter(waiting, interaction=made.interaction_id, kind__in=kinds).exclude(pk=made.pk)
        for gone in others.filter(needs_yes=True).select_for_update(of=("self",)).order_by("pk"):
            close(subject=gone, verdict="withdrawn", by=by, at=at)
        others.update(state=Change.State.CANCELLED)


def cancel_change(*, change: UUID, by: Colleague, at: datetime | None = None) -> Change:
    """Give a change up that has not been tried yet, that waits for a yes, or that failed. Raises NotFound, TooLate."""
    with step():
        row = _changing(change, by)
        waits = row.state in (Change.State.QUEUED, Change.State.AWAITS_YES) and not row.attempts
        if not (row.state == Change.State.FAILED or waits):
            raise TooLate("It has left already")
        row.state = Change.State.CANCELLED
        row.save(update_fields=["state"])
        if row.needs_yes:
            close(subject=row, verdict="withdrawn", by=by, at=at or now())
        tell(row=row, handle=row.interaction.handle_id)
    return row


def change_again(*, change: UUID, by: Colleague, at: datetime) -> Change:
    """Try a change that failed once more; a yes to its words holds. Raises NotFound, TooLate, NobodyToAsk."""
    with step():
        row = _changing(change, by)
        if row.state != Change.State.FAILED:
            raise TooLate("Only what failed can be tried again")
        row.attempts = 0
        let_out(row=row, conversation=row.conversation, by=by, at=at, send_at=at, yes=row.approved_by)
        tell(row=row, handle=row.interaction.handle_id)
    return row


def _changing(change: UUID, by: Colleague) -> Change:
    row = Change.objects.select_for_update(of=("self",)).select_related("interaction").filter(pk=change).first()
    if row is None:
        raise NotFound("no such change")
    access_conversation(by=by, conversation=row.conversation_id)
    return row


def tell_read(*, conversation: Conversation, by: Colleague, at: datetime) -> None:
    """Tell the network that the consumer's newest message has been read, once, where it shows such things and the account wants it."""
    with step():
        target = last_heard(conversation)
        if target is None:
            return
        can = changeable(target, at=at)
        if can is None or "read" not in can.kinds or not target.account.config.get("tell_read", True):
            return
        let_read_out(interaction=target.pk, conversation=conversation.pk, account=target.account_id, by=by.pk, at=at)


def tell(*, row: Change, handle: UUID) -> None:
    """Say what became of a change; who reads along hears of it. Joins the caller's step."""
    if row.kind != Change.Kind.READ:
        publish(
            MessageChanged(
                change=row.pk,
                interaction=row.interaction_id,
                conversation=row.conversation_id,
                handle=handle,
                what=row.kind,
                state=row.state,
            )
        )
