"""What hours says: somebody's hours, closed days or absence are others now."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged(Fact):
    """The week, the closed days or the absence of a colleague or a unit changed; neither of them: of the whole organisation."""

    kind: ClassVar[str] = "hours.hours_changed"
    colleague: UUID | None = None
    unit: UUID | None = None
