"""The outbox of changes: what is due is handed to its network, outside any transaction, one after another for each message.

A change does the same however often it is carried out, so what was lost on the way, or with a dead process, is simply done again.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.base import registry, sql
from samspil.base.again import UNTIL_SIGNED_IN, pause
from samspil.base.clock import now
from samspil.base.flow import retried, step
from samspil.base.ids import new_id
from samspil.conversation.actions import notify, place_beside
from samspil.conversation.models import Conversation
from samspil.intake.actions import note_trouble, record_outgoing
from samspil.intake.models import Interaction
from samspil.intake.queries import account_view, kept_with
from samspil.reply.actions.change import tell
from samspil.reply.actions.outbound import outbound_of
from samspil.reply.models import Change, Reply
from samspil.reply.rules import STALE

log = logging.getLogger(__name__)

_CLAIM = (
    "UPDATE reply_change SET state = 'sending', claimed_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT r.id FROM reply_change r JOIN intake_account a ON a.id = r.account_id AND a.state NOT IN ('paused', 'closed')"
    " WHERE r.state = 'queued' AND r.send_at <= %s AND NOT EXISTS ("
    "  SELECT 1 FROM reply_change q WHERE q.interaction_id = r.interaction_id AND q.id <> r.id"
    "  AND (q.state = 'sending' OR (q.state = 'queued' AND (q.written_at, q.id) < (r.written_at, r.id))))"
    " ORDER BY r.send_at, r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED) RETURNING id"
)


@dataclass(frozen=True, slots=True)
class _End:
    state: str
    detail: str = ""
    external_id: str = ""
    kept: dict[str, Any] = field(default_factory=dict)
    again: timedelta | None = None
    sign_in: bool = False


def change_due(*, at: datetime) -> UUID | None:
    """Carry out the one change that is due longest; its id, or None when none is."""
    with step():
        rows = sql.run(_CLAIM, [at, at])
    if not rows:
        return None
    row = Change.objects.select_related("interaction__handle", "interaction__account", "colleague").get(pk=rows[0][0])
    _settle(row, _carry_out(row))
    return row.pk


def _carry_out(row: Change) -> _End:
    account = row.interaction.account
    channel = registry.channel(account.channel)
    if not isinstance(channel, kit.Changes):
        return _End("failed", "This channel cannot change what was said")
    try:
        sent = channel.change(_as_kit(row), account_view(account))
    except kit.Unreachable as error:
        return _End("failed", str(error))
    except (kit.TryLater, kit.Uncertain) as error:
        return _later(row, str(error), getattr(error, "after", None), sign_in=isinstance(error, kit.SignInAgain))
    except Exception as error:
        log.exception("channel %s failed to change a message", channel.name)
        return _later(row, f"{type(error).__name__}: {error}", None)
    return _End("done", sent.detail, sent.external_id, dict(sent.kept))


def _later(row: Change, words: str, asked: float | None, *, sign_in: bool = False) -> _End:
    wait = UNTIL_SIGNED_IN if sign_in else pause(row.attempts, asked)
    return _End("queued", words, again=wait, sign_in=sign_in) if wait else _End("failed", f"{words} (tried {row.attempts} times)")


def _as_kit(row: Change) -> kit.Change:
    target = row.interaction
    handle = target.handle
    related = ("handle", "account", "colleague", "conversation", "in_reply_to__handle")
    given = _given(row) if row.kind in (Change.Kind.REACT, Change.Kind.UNREACT) else {}
    reply = Reply.objects.filter(interaction=target).select_related(*related).first() if target.outgoing else None
    return kit.Change(
        id=str(row.pk),
        kind=row.kind,  # type: ignore[arg-type]  # one of Change.Kind
        to=kit.Handle(
            network=handle.network, scope=handle.scope, address=handle.address, display=handle.display, name=handle.name
        ),
        target=target.external_id,
        text=row.text,
        emoji=row.emoji,
        own=target.outgoing,
        public=target.public,
        sent=outbound_of(reply=reply) if reply else None,
        kept=(kept_with(account=target.account_id, external_id=target.external_id) or {}) if target.outgoing else {},
        given=given.get(row.emoji, "") if row.kind == Change.Kind.UNREACT else "",
        signs=_standing(row, given),
        author=row.colleague.name,
        extra=target.data,
    )


def _given(row: Change) -> dict[str, str]:
    """The signs of ours that stand on the message, with the external id of each, the first one given first."""
    rows = Interaction.objects.filter(
        handle=row.interaction.handle_id,
        account=row.account_id,
        kind="reaction",
        outgoing=True,
        data__target=row.interaction.external_id,
    )
    standing: dict[str, str] = {}
    for emoji, removed, ident in rows.order_by("at", "id").values_list("data__emoji", "data__removed", "external_id"):
        standing.pop(emoji, None)
        if not removed:
            standing[emoji] = ident
    return standing


def _standing(row: Change, given: Mapping[str, str]) -> list[str]:
    if row.kind not in (Change.Kind.REACT, Change.Kind.UNREACT):
        return []
    others = [emoji for emoji in given if emoji != row.emoji]
    return [*others, row.emoji] if row.kind == Change.Kind.REACT else others


@retried
def _settle(row: Change, end: _End) -> None:
    at = now()
    target = row.interaction
    with step():
        # In the order in which the spine takes them: handle, conversation, what is ours.
        sql.run("SELECT 1 FROM intake_handle WHERE id = %s FOR NO KEY UPDATE", [target.handle_id])
        Conversation.objects.select_for_update(no_key=True).filter(pk=row.conversation_id).first()
        held = Change.objects.select_for_update(of=("self",)).filter(pk=row.pk, attempts=row.attempts, state="sending").first()
        if held is None:
            return  # forgotten, or taken up by somebody else meanwhile
        held.state, held.detail = end.state, end.detail[:2000]
        if end.again is not None:
            held.send_at = at + end.again
            note_trouble(account=held.account_id, error=end.detail, at=at, sign_in=end.sign_in)
        if end.state == "done" and held.kind != Change.Kind.READ:
            held.logged_id = _log(held, target, end, at)
        held.save(update_fields=["state", "detail", "send_at", "logged"])
        if end.state == "failed" and held.kind != Change.Kind.READ:
            notify(kind="failed", to=[(held.colleague_id, held.conversation_id)], by=None, at=at)
        tell(row=held, handle=target.handle_id)


_LOGGED = {"edit": "edit", "delete": "delete", "react": "reaction", "unreact": "reaction"}


def _log(row: Change, target: Interaction, end: _End, at: datetime) -> UUID:
    interaction = new_id()
    data: dict[str, Any] = {"target": target.external_id}
    if row.kind in ("react", "unreact"):
        data |= {"emoji": row.emoji, "removed": row.kind == "unreact"}
    if end.kept:
        data["kept"] = end.kept
    record_outgoing(
        interaction=interaction,
        handle=target.handle_id,
        account=row.account_id,
        colleague=row.colleague_id,
        at=at,
        external_id=end.external_id,
        subject="",
        text=row.text,
        public=target.public,
        data=data,
        kind=_LOGGED[row.kind],
    )
    place_beside(interaction=interaction, target=target.pk, at=at, by=row.colleague_id)
    return interaction


def recover_stale_changes(*, at: datetime) -> int:
    """What a dead process left as being carried out is tried again. The number."""
    with step():
        return Change.objects.filter(state="sending", claimed_at__lt=at - STALE).update(state=Change.State.QUEUED)
