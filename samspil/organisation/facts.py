"""What the organisation says about itself."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceChanged(Fact):
    """A competence was described, added, given to a colleague or taken away."""

    kind: ClassVar[str] = "organisation.competence_changed"
    competence: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(Fact):
    """A colleague stepped away or came back."""

    kind: ClassVar[str] = "organisation.presence_changed"
    colleague: UUID
