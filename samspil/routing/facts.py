"""What routing says of itself."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierTrained(Fact):
    """Routing has learned from what was answered since; the new classifier is in force."""

    kind: ClassVar[str] = "routing.classifier_trained"
    classifier: UUID
    examples: int
