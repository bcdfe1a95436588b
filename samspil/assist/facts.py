"""What assist says: an answer is to be sent by itself, or is not any more."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlanned(Fact):
    """An answer will be sent by itself, was stopped, or what became of it is known; only open pages care. ``state`` is the run's."""

    kind: ClassVar[str] = "assist.answer_planned"
    conversation: UUID
    state: str
