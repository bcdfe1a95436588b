"""What relationship says: somebody came to another stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged(Fact):
    """A consumer came from one stage to another; ``at`` is when, ``why`` a kind of what happened or silence."""

    kind: ClassVar[str] = "relationship.stage_changed"
    consumer: UUID
    before: str
    stage: str
    at: datetime
    why: str
