"""What reply says: written, sent, its fate, changed afterwards."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWritten(Fact):
    """A reply is in the outbox, or was taken out of it again (``cancelled``)."""

    kind: ClassVar[str] = "reply.reply_written"
    reply: UUID
    conversation: UUID
    by: UUID
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(Fact):
    """The network took a reply; it is in the log as ``interaction``, at the handle that it went to."""

    kind: ClassVar[str] = "reply.reply_sent"
    reply: UUID
    conversation: UUID
    interaction: UUID
    handle: UUID
    account: UUID
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FateChanged(Fact):
    """More became known of a reply: ``state`` is one of the ledger's."""

    kind: ClassVar[str] = "reply.fate_changed"
    reply: UUID
    conversation: UUID
    handle: UUID
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(Fact):
    """A change of ours to a message is in the outbox, went on, or was carried out: ``what`` and ``state`` are the change's."""

    kind: ClassVar[str] = "reply.message_changed"
    change: UUID
    interaction: UUID
    conversation: UUID
    handle: UUID
    what: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(Fact):
    """An answer waits for somebody else's yes. ``subject`` is the reply or the change, ``reasons`` the kinds of why, ``by`` its author."""

    kind: ClassVar[str] = "reply.approval_asked"
    approval: UUID
    subject: UUID
    conversation: UUID
    by: UUID
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Fact):
    """Somebody decided on an answer that waited: ``verdict`` is approved, changed, returned, withdrawn, or undone, which lets it wait again."""

    kind: ClassVar[str] = "reply.approval_decided"
    approval: UUID
    subject: UUID
    conversation: UUID
    verdict: str
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEscalated(Fact):
    """Nobody has decided in time: the leads above are asked too."""

    kind: ClassVar[str] = "reply.approval_escalated"
    approval: UUID
    conversation: UUID
