"""Answers that were sent before: their rows and ledgers, so that the past reads like the present."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer in the log, and what became of it: accepted, delivered or read."""

    interaction: UUID
    conversation: UUID
    handle: UUID
    account: UUID
    colleague: UUID
    text: str
    subject: str
    external_id: str
    at: datetime
    state: str
    in_reply_to: UUID | None = None


_STEPS = ("queued", "accepted", "delivered", "read")
_TAKES = (timedelta(seconds=-8), timedelta(0), timedelta(seconds=3), timedelta(minutes=14))


def record_answered(*, answered: Sequence[Answered]) -> None:
    """Write what was sent and how it went. Nothing is sent. Joins the caller's step; two statements."""
    replies, ledger = [], []
    for a in answered:
        ident = new_id()
        written = a.at + _TAKES[0]
        replies.append(
            (
                ident, a.conversation, a.handle, a.account, a.colleague, a.text, a.subject, a.interaction, a.state, written, a.at,
                1, "", a.external_id, a.in_reply_to,
            )
        )  # fmt: skip
        for state, takes in zip(_STEPS[: _STEPS.index(a.state) + 1], _TAKES, strict=False):
            ledger.append((new_id(), ident, state, a.at + takes, "", a.colleague if state == "queued" else None))
    with step():
        sql.copy(
            "reply",
            (
                "id", "conversation_id", "handle_id", "account_id", "colleague_id", "text", "subject", "interaction_id", "state",
                "written_at", "send_at", "attempts", "detail", "external_id", "in_reply_to_id",
            ),
            replies,
        )  # fmt: skip
        sql.copy("reply_delivery", ("id", "reply_id", "state", "at", "detail", "by_id"), ledger)
