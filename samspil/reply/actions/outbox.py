"""The outbox: what is due is handed to its network, outside any transaction, and what became of it is written down.

A reply is first marked as sending and committed. If the process dies then, nobody knows whether the network took it: on a
channel that cannot post twice it is tried again, on any other it is shown as uncertain and never repeated blindly.
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
from samspil.base.flow import publish, retried, step
from samspil.base.ids import new_id
from samspil.conversation.actions import notify, place_outgoing
from samspil.conversation.models import Conversation
from samspil.intake.actions import note_trouble, record_outgoing
from samspil.intake.models import Interaction
from samspil.intake.queries import account_view
from samspil.reply.actions.outbound import outbound_of
from samspil.reply.actions.write import _move
from samspil.reply.facts import FateChanged, ReplySent
from samspil.reply.models import Reply
from samspil.reply.rules import BY_ITSELF, STALE

log = logging.getLogger(__name__)

_CLAIM = (
    "UPDATE reply SET state = 'sending', claimed_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT r.id FROM reply r JOIN intake_account a ON a.id = r.account_id AND a.state NOT IN ('paused', 'closed')"
    " WHERE r.state = 'queued' AND r.send_at <= %s AND NOT EXISTS ("
    "  SELECT 1 FROM reply q WHERE q.conversation_id = r.conversation_id AND q.handle_id = r.handle_id AND q.id <> r.id"
    "  AND (q.state = 'sending' OR (q.state = 'queued' AND q.send_at <= %s AND (q.written_at, q.id) < (r.written_at, r.id))))"
    " ORDER BY r.send_at, r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED) RETURNING id"
)


@dataclass(frozen=True, slots=True)
class _Fate:
    state: str
    detail: str = ""
    external_id: str = ""
    public: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)
    again: timedelta | None = None
    dead: bool = False
    sign_in: bool = False


def send_due(*, at: datetime) -> UUID | None:
    """Send the one reply that is due longest; its id, or None when none is. Order within a conversation is kept."""
    with step():
        rows = sql.run(_CLAIM, [at, at, at])
    if not rows:
        return None
    reply = Reply.objects.select_related("handle", "account", "colleague", "conversation", "in_reply_to").get(pk=rows[0][0])
    _settle(reply, _hand_over(reply))
    return reply.pk


def _hand_over(reply: Reply) -> _Fate:
    channel = registry.channel(reply.account.channel)
    if not isinstance(channel, kit.Sends):
        return _Fate("failed", "This channel cannot send")
    try:
        sent = channel.send(outbound_of(reply=reply), account_view(reply.account))
    except kit.TryLater as error:
        sign_in = isinstance(error, kit.SignInAgain)
        wait = UNTIL_SIGNED_IN if sign_in else pause(reply.attempts, error.after)
        return (
            _Fate("queued", str(error), again=wait, sign_in=sign_in)
            if wait
            else _Fate("failed", f"{error} (tried {reply.attempts} times)")
        )
    except kit.Unreachable as error:
        return _Fate("failed", str(error), dead=error.permanent)
    except kit.Uncertain as error:
        return _lost(reply, channel, str(error))
    except Exception as error:
        log.exception("channel %s failed to send", channel.name)
        return _lost(reply, channel, f"{type(error).__name__}: {error}")
    return _Fate("accepted", sent.detail, sent.external_id, public=sent.public, kept=sent.kept)


def _lost(reply: Reply, channel: kit.Channel, words: str) -> _Fate:
    """Nobody knows whether the network took it: tried again, as often as anything is, where that cannot post twice."""
    again = pause(reply.attempts, None) if channel.capabilities.idempotent else None
    return _Fate("queued", words, again=again) if again else _Fate("uncertain", words)


@retried
def _settle(reply: Reply, fate: _Fate) -> None:
    at = now()
    with step():
        if fate.state == "accepted":
            # Before all others, as in the spine: so that the network's echo of this message is in the log now, or finds it there.
            sql.run("SELECT 1 FROM intake_handle WHERE id = %s FOR NO KEY UPDATE", [reply.handle_id])
        # Conversation before reply, the order in which the spine takes them, so that neither waits for the other.
        Conversation.objects.select_for_update(no_key=True).filter(pk=reply.conversation_id).first()
        row = Reply.objects.select_for_update(of=("self",)).get(pk=reply.pk)
        # A network's report may be quicker than its answer: the reply is further on then, and only its place in the log is missing.
        told = fate.state == "accepted" and row.interaction_id is None and row.state in ("accepted", "delivered", "read")
        if row.attempts != reply.attempts or not (row.state == Reply.State.SENDING or told):
            return  # recovered by somebody else meanwhile; the network's own reports will tell
        if fate.again is not None:
            row.send_at = at + fate.again
            row.save(update_fields=["send_at"])
        if not told:
            _move(row, fate.state, at, detail=fate.detail)
        if fate.state == "accepted":
            _record(row, fate, at)
        elif fate.state == "queued":
            note_trouble(account=row.account_id, error=fate.detail, at=at, sign_in=fate.sign_in)
        if fate.state in ("failed", "uncertain"):
            notify(kind="failed", to=[(row.colleague_id, row.conversation_id)], by=None, at=at)
        if fate.dead:
            sql.run("UPDATE intake_handle SET dead_at = %s, dead_why = %s WHERE id = %s", [at, fate.detail, row.handle_id])
        publish(FateChanged(reply=row.pk, conversation=row.conversation_id, handle=row.handle_id, state=row.state))


def _record(reply: Reply, fate: _Fate, at: datetime) -> None:
    told = _echo(reply, fate)
    interaction = told or new_id()
    if told is None:
        _log(reply, fate, interaction, at)
    reply.interaction_id, reply.external_id = interaction, fate.external_id
    reply.save(update_fields=["interaction", "external_id"])
    publish(
        ReplySent(
            reply=reply.pk,
            conversation=reply.conversation_id,
            interaction=interaction,
            handle=reply.handle_id,
            account=reply.account_id,
            by=reply.colleague_id,
        )
    )


def _log(reply: Reply, fate: _Fate, interaction: UUID, at: datetime) -> None:
    record_outgoing(
        interaction=interaction,
        handle=reply.handle_id,
        account=reply.account_id,
        colleague=None if reply.by_itself else reply.colleague_id,
        at=at,
        external_id=fate.external_id,
        subject=reply.subject,
        text=reply.text,
        public=fate.public,
        data={
            **({"files": [[f.name, f.size] for f in reply.files.all()]} if reply.files.exists() else {}),
            **({"kept": dict(fate.kept)} if fate.kept else {}),
            **({"choices": reply.choices} if reply.choices else {}),
            **({"automatic": BY_ITSELF} if reply.by_itself else {}),
        },
    )
    place_outgoing(
        interaction=interaction,
        conversation=reply.conversation_id,
        at=at,
        network=reply.handle.network,
        external_ids=[fate.external_id],
        text=reply.text,
        by=None if reply.by_itself else reply.colleague_id,
    )


def _echo(reply: Reply, fate: _Fate) -> UUID | None:
    """The message as the network has told of it already, when that was quicker than its answer to us."""
    found = Interaction.objects.filter(
        handle=reply.handle_id, account=reply.account_id, outgoing=True, external_id=fate.external_id, reply=None
    )
    return found.values_list("pk", flat=True).first() if fate.external_id else None


def recover_stale(*, at: datetime) -> int:
    """What a dead process left as sending: tried again where that cannot post twice, else shown as uncertain. The number."""
    with step():
        stale = Reply.objects.select_for_update(of=("self",), skip_locked=True).filter(state="sending", claimed_at__lt=at - STALE)
        rows = list(stale.select_related("account")[:200])
        for row in rows:
            safe = registry.channel(row.account.channel).capabilities.idempotent
            _move(row, "queued" if safe else "uncertain", at, detail="The process stopped while it was sending")
            publish(FateChanged(reply=row.pk, conversation=row.conversation_id, handle=row.handle_id, state=row.state))
    return len(rows)
