"""What a checklist says of itself: ids alone, never a step's words."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistChanged(Fact):
    """A list in a conversation is another now: begun, added, ticked, unticked, skipped, moved, given, removed, restored.

    ``by`` None: a rule began it.
    """

    kind: ClassVar[str] = "checklist.checklist_changed"
    checklist: UUID
    conversation: UUID
    what: str
    by: UUID | None = None
