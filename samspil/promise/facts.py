"""What promise says: a promise is another one now."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseChanged(Fact):
    """What one unit, or all (None), promise is another now."""

    kind: ClassVar[str] = "promise.promise_changed"
    unit: UUID | None = None
