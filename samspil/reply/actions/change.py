"""What is done to a message that is on the network already: new words, taken back, a sign; taken back in its turn, and tried again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from samspil.base import bell, sql
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, last_heard, lies_in
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
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
    this makes it needless. Raises NotFound, NotAllowed (the words of a colleague), Empty, TooLong, CannotChange.
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
        made = Change.objects.create(
            id=ident or new_id(),
            interaction=target,
            conversation=row,
            account=target.account,
            colleague=by,
            kind=kind,
            text=words,
            emoji=sign,
            written_at=at,
            send_at=at + timedelta(seconds=seconds),
        )
        _give_up_needless(made)
        tell(row=made, handle=target.handle_id)
        bell.ring_after_commit("outbox")
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


def _give_up_needless(made: Change) -> None:
    """New words take the place of those that still wait, and what is taken back needs neither words nor signs."""
    if kinds := _NEEDLESS.get(made.kind):
        waiting = Q(state="failed") | Q(state="queued", attempts=0)
        others = Change.objects.filter(waiting, interaction=made.interaction_id, kind__in=kinds).exclude(pk=made.pk)
        others.update(state=Change.State.CANCELLED)


def cancel_change(*, change: UUID, by: Colleague) -> Change:
    """Give a change up that has not been tried yet, or that failed. Raises NotFound, TooLate."""
    with step():
        row = _changing(change, by)
        if not (row.state == Change.State.FAILED or (row.state == Change.State.QUEUED and not row.attempts)):
            raise TooLate("It has left already")
        row.state = Change.State.CANCELLED
        row.save(update_fields=["state"])
        tell(row=row, handle=row.interaction.handle_id)
    return row


def change_again(*, change: UUID, by: Colleague, at: datetime) -> Change:
    """Try a change that failed once more. Raises NotFound, TooLate."""
    with step():
        row = _changing(change, by)
        if row.state != Change.State.FAILED:
            raise TooLate("Only what failed can be tried again")
        row.state, row.attempts, row.send_at = Change.State.QUEUED, 0, at
        row.save(update_fields=["state", "attempts", "send_at"])
        tell(row=row, handle=row.interaction.handle_id)
        bell.ring_after_commit("outbox")
    return row


def _changing(change: UUID, by: Colleague) -> Change:
    row = Change.objects.select_for_update(of=("self",)).select_related("interaction").filter(pk=change).first()
    if row is None:
        raise NotFound("no such change")
    access_conversation(by=by, conversation=row.conversation_id)
    return row


_READ = (
    "INSERT INTO reply_change (id, interaction_id, conversation_id, account_id, colleague_id, kind, text, emoji, state, written_at, send_at,"
    " attempts, detail) VALUES (%s, %s, %s, %s, %s, 'read', '', '', 'queued', %s, %s, 0, '') ON CONFLICT DO NOTHING RETURNING id"
)


def tell_read(*, conversation: Conversation, by: Colleague, at: datetime) -> None:
    """Tell the network that the consumer's newest message has been read, once, where it shows such things and the account wants it."""
    with step():
        target = last_heard(conversation)
        if target is None:
            return
        can = changeable(target, at=at)
        if can is None or "read" not in can.kinds or not target.account.config.get("tell_read", True):
            return
        if sql.run(_READ, [new_id(), target.pk, conversation.pk, target.account_id, by.pk, at, at]):
            bell.ring_after_commit("outbox")


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
