"""What pulse says: somebody told how the relation feels."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseAnswered(Fact):
    """A person told how the relation feels now: ``score`` 1 (bad) to 5 (good), None when it was taken back.

    ``colleague`` answered in the conversation, which needed ``competence``.
    """

    kind: ClassVar[str] = "pulse.pulse_answered"
    asked: UUID
    conversation: UUID
    consumer: UUID
    colleague: UUID | None
    competence: UUID | None
    score: int | None
    at: datetime
