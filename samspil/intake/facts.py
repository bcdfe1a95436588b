"""What intake says: something was received and understood."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from samspil.base.facts import TRANSIENT, Fact
from samspil.kit import ColleagueWrote, DeliveryReport, Event, Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed(Fact):
    """An account was disconnected: nothing is fetched or sent there any more."""

    kind: ClassVar[str] = "intake.account_closed"
    account: UUID
    by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Fact):
    """A message is in the log. Travels within the step; ``claims`` are (handle, how it is known) beside the author's."""

    kind: ClassVar[str] = "intake.message_received"
    kept: ClassVar[bool] = False
    interaction: UUID
    handle: UUID
    account: UUID
    at: datetime
    outgoing: bool = False
    history: bool = False
    threads: bool = False
    claims: tuple[tuple[UUID, str], ...] = field(default=(), metadata=TRANSIENT)
    display: str = field(default="", metadata=TRANSIENT)
    message: Message = field(metadata=TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActReceived(Fact):
    """Something other than a message is in the log: an edit, a deletion, a reaction, a follow, an order. Travels within the step."""

    kind: ClassVar[str] = "intake.act_received"
    kept: ClassVar[bool] = False
    interaction: UUID
    handle: UUID
    account: UUID
    at: datetime
    history: bool = False
    claims: tuple[tuple[UUID, str], ...] = field(default=(), metadata=TRANSIENT)
    display: str = field(default="", metadata=TRANSIENT)
    event: Event = field(metadata=TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionsLogged(Fact):
    """These were appended to the log, whatever they are: received, brought in as history, or what we wrote or did."""

    kind: ClassVar[str] = "intake.interactions_logged"
    interactions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlesAppeared(Fact):
    """Handles were seen for the first time."""

    kind: ClassVar[str] = "intake.handles_appeared"
    handles: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FateReported(Fact):
    """A network, or a reader, told the fate of something of ours. Travels within the step."""

    kind: ClassVar[str] = "intake.fate_reported"
    kept: ClassVar[bool] = False
    account: UUID
    report: DeliveryReport | Receipt = field(metadata=TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswered(Fact):
    """Something came to where a notice to a colleague is answered. It is in no consumer's log; ``answer`` travels within the step."""

    kind: ClassVar[str] = "intake.notice_answered"
    account: UUID
    envelope: UUID | None
    answer: ColleagueWrote | None = field(default=None, metadata=TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionReread(Fact):
    """The wording of an interaction was put right by understanding its envelope anew."""

    kind: ClassVar[str] = "intake.interaction_reread"
    interaction: UUID
    account: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettled(Fact):
    """A file that lay on the network is there, or will never be. Travels within the step; ``state`` is one of the attachment's."""

    kind: ClassVar[str] = "intake.file_settled"
    kept: ClassVar[bool] = False
    attachment: UUID
    interaction: UUID
    handle: UUID
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeRefused(Fact):
    """An envelope could not be understood; it is kept and shown."""

    kind: ClassVar[str] = "intake.envelope_refused"
    envelope: UUID
    account: UUID
    state: str
    extra: Any = field(default=None, metadata=TRANSIENT)
