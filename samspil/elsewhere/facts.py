"""What elsewhere says: what became of what came back."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettled(Fact):
    """What came was sent on, noted, held, dropped or refused (``verdict``)."""

    kind: ClassVar[str] = "elsewhere.answer_settled"
    arrival: UUID
    conversation: UUID | None
    verdict: str
