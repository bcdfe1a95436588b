"""Planning notices: what waits already tells of what comes meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import bell, sql
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.elsewhere.rules import BURST
from samspil.reply.models import Reply
from samspil.reply.queries.approval import yes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Somebody is to be told. ``kind`` as in :class:`Notice`."""

    colleague: UUID
    conversation: UUID
    kind: str
    by: UUID | None = None
    into: UUID | None = None


def plan(*, wanted: Sequence[Wanted], at: datetime) -> None:
    """Put notices in line, one for each colleague and conversation; two statements. Joins the caller's step.

    Who never wants to be told has none. Whether one is needed is asked when it is sent: who has come to the desk meanwhile is not told.
    """
    if not wanted:
        return
    source, values = sql.table(
        "uuid uuid uuid text uuid uuid", [(new_id(), w.colleague, w.conversation, w.kind, w.by, w.into) for w in wanted]
    )
    with step():
        sql.write(
            'INSERT INTO elsewhere_notice (id, colleague_id, conversation_id, kind, by_id, "into", state, at, send_at, attempts, detail)'
            f" SELECT t.id, t.colleague, t.conversation, t.kind, t.by, t.target, 'queued', %s, %s, 0, ''"
            f" FROM {source} AS t(id, colleague, conversation, kind, by, target)"
            " JOIN organisation_colleague g ON g.id = t.colleague AND g.is_active AND NOT g.outside"
            " LEFT JOIN elsewhere_preference p ON p.colleague_id = t.colleague"
            " WHERE coalesce(p.when, 'away') <> 'never' AND EXISTS (SELECT 1 FROM conversation c WHERE c.id = t.conversation)"
            " ON CONFLICT DO NOTHING",
            [at, at + BURST, *values],
        )
        bell.ring_after_commit("notices")


def tell_trouble(*, colleague: UUID, conversation: UUID, why: str, at: datetime) -> None:
    """Tell a colleague why an answer from outside could not be sent. Joins the caller's step."""
    with step():
        sql.write(
            "INSERT INTO elsewhere_notice (id, colleague_id, conversation_id, kind, state, at, send_at, attempts, detail)"
            " VALUES (%s, %s, %s, 'trouble', 'queued', %s, %s, 0, %s)",
            [new_id(), colleague, conversation, at, at, why[:1000]],
        )
        bell.ring_after_commit("notices")


def tell_waits(*, colleague: UUID, conversation: UUID, whose: str, at: datetime) -> None:
    """Tell who answered from outside that the answer waits for somebody's yes; what waits to be told already tells of that too."""
    with step():
        sql.write(
            'INSERT INTO elsewhere_notice (id, colleague_id, conversation_id, kind, "into", state, at, send_at, attempts, detail)'
            " VALUES (%s, %s, %s, 'yes_waits', NULL, 'queued', %s, %s, 0, %s)"
            " ON CONFLICT (colleague_id, conversation_id, \"into\") WHERE state = 'queued' AND NOT kind = 'trouble'"
            " DO UPDATE SET kind = 'yes_waits', detail = EXCLUDED.detail, send_at = EXCLUDED.send_at",
            [new_id(), colleague, conversation, at, at, whose[:1000]],
        )
        bell.ring_after_commit("notices")


def tell_of_yes(*, reply: Reply, at: datetime) -> None:
    """Tell whose answer waits for somebody's yes; nothing where it does not. Joins the caller's step."""
    if reply.state == Reply.State.AWAITS_YES:
        whose = ", ".join(yes_of(reply=reply.pk))
        tell_waits(colleague=reply.colleague_id, conversation=reply.conversation_id, whose=whose, at=at)
