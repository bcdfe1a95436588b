"""What handing over says of itself: ids alone, never a word of it."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationHanded(Fact):
    """A conversation goes, or went, from one colleague to another: left, over, taken, back, read. ``colleague`` has it now, None: nobody."""

    kind: ClassVar[str] = "handover.conversation_handed"
    conversation: UUID
    what: str
    colleague: UUID | None = None
