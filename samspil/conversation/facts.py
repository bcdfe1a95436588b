"""What conversation says: something joined, was assigned, noted, finished, merged, split."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import TRANSIENT, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageJoined(Fact):
    """A message lies in a conversation. ``opened`` when it began it, ``why`` as in Placement; the rest travels within the step.

    ``settled``: an active colleague has the conversation, or it waits for one with a known competence. ``stranger``: the consumer
    was never seen before.
    """

    kind: ClassVar[str] = "conversation.message_joined"
    interaction: UUID
    conversation: UUID
    consumer: UUID
    handle: UUID
    account: UUID
    at: datetime
    outgoing: bool = False
    automatic: str = ""
    opened: bool = False
    reopened: bool = False
    why: str = ""
    text: str = field(default="", metadata=TRANSIENT)
    settled: bool = field(default=False, metadata=TRANSIENT)
    stranger: bool = field(default=False, metadata=TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryJoined(Fact):
    """An imported message lies in a conversation; nobody is told."""

    kind: ClassVar[str] = "conversation.history_joined"
    kept: ClassVar[bool] = False
    interaction: UUID
    conversation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Fact):
    """A colleague, or Samspil (``by`` None), changed a conversation's state. ``what`` is the journal's kind.

    ``cause`` is the deed of a rule that it comes from, so that a rule never answers itself.
    """

    kind: ClassVar[str] = "conversation.conversation_changed"
    conversation: UUID
    what: str
    by: UUID | None = None
    assignee: UUID | None = None
    cause: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(Fact):
    """A colleague wrote an internal note. ``mentioned`` are the colleagues it names."""

    kind: ClassVar[str] = "conversation.note_written"
    note: UUID
    conversation: UUID
    by: UUID
    mentioned: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsMerged(Fact):
    """Two conversations are one; the placements moved. ``by`` None: the messages' own references said so."""

    kind: ClassVar[str] = "conversation.conversations_merged"
    kept_conversation: UUID
    absorbed: UUID
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueNotified(Fact):
    """There is something for one colleague to see."""

    kind: ClassVar[str] = "conversation.colleague_notified"
    colleague: UUID
    conversation: UUID
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesChanged(Fact):
    """A file of a message is there now, or will never be."""

    kind: ClassVar[str] = "conversation.files_changed"
    conversation: UUID
    interaction: UUID
    handle: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(Fact):
    """A colleague has read a conversation; only open pages care."""

    kind: ClassVar[str] = "conversation.conversation_read"
    conversation: UUID
    colleague: UUID
