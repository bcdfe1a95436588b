"""What identity says: somebody was recognised, two were found to be one, or not."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import TRANSIENT, Fact
from samspil.intake.facts import ActReceived, MessageReceived


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRecognised(Fact):
    """The consumer behind something received is known. Travels within the step."""

    kind: ClassVar[str] = "identity.sender_recognised"
    kept: ClassVar[bool] = False
    interaction: UUID
    consumer: UUID
    new: bool = False
    received: MessageReceived | ActReceived = field(metadata=TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumersMerged(Fact):
    """Two consumers are one from now on. ``merge`` is the row that can be undone; ``by`` None is Samspil itself."""

    kind: ClassVar[str] = "identity.consumers_merged"
    kept_consumer: UUID
    absorbed: UUID
    merge: UUID
    at: datetime
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlesMoved(Fact):
    """Handles went from one consumer to another: by a move, a split or an undo. ``lost`` are the consumers who lost one, ``got`` who got one."""

    kind: ClassVar[str] = "identity.handles_moved"
    decision: UUID
    lost: tuple[UUID, ...]
    got: tuple[UUID, ...]
    at: datetime
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumersParted(Fact):
    """Somebody said that two consumers are not the same person."""

    kind: ClassVar[str] = "identity.consumers_parted"
    one: UUID
    other: UUID
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleLinked(Fact):
    """A handle came to a consumer by itself or by hand."""

    kind: ClassVar[str] = "identity.handle_linked"
    handle: UUID
    consumer: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsSuggested(Fact):
    """Pairs of handles are new on the worklist: they may be one person."""

    kind: ClassVar[str] = "identity.pairs_suggested"
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsLearned(Fact):
    """New match weights are in force, and everybody was compared with them."""

    kind: ClassVar[str] = "identity.weights_learned"
    weights: UUID
    handles: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleMarked(Fact):
    """A handle was marked as shared, a look-alike or an impostor, or is so no more (``ended``)."""

    kind: ClassVar[str] = "identity.handle_marked"
    handle: UUID
    consumer: UUID | None
    mark: str
    ended: bool
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionAnswered(Fact):
    """A colleague said whether two handles are one person. ``verdict`` is same, apart or unsure."""

    kind: ClassVar[str] = "identity.suggestion_answered"
    suggestion: UUID
    verdict: str
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeChanged(Fact):
    """A note, a file or a detail about a person was added, changed, taken away or brought back. ``what`` is note, file or detail."""

    kind: ClassVar[str] = "identity.knowledge_changed"
    handle: UUID
    consumer: UUID | None
    what: str
    at: datetime
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsChanged(Fact):
    """An attribute of the organisation's own was made, changed, ordered, archived or brought back."""

    kind: ClassVar[str] = "identity.fields_changed"
    field: str
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionReopened(Fact):
    """An answer was taken back: the pair waits again."""

    kind: ClassVar[str] = "identity.suggestion_reopened"
    suggestion: UUID
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged(Fact):
    """From what probability on pairs join by themselves (None: only on proof) and are suggested."""

    kind: ClassVar[str] = "identity.policy_changed"
    join_at: float | None
    suggest_at: float
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerRenamed(Fact):
    """A colleague has given a consumer another name."""

    kind: ClassVar[str] = "identity.consumer_renamed"
    consumer: UUID
