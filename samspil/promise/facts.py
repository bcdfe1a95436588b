"""What promise says: a promise is another one now, a conversation is due at another time."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseChanged(Fact):
    """What one unit, or all (None), promise is another now."""

    kind: ClassVar[str] = "promise.promise_changed"
    unit: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueChanged(Fact):
    """A conversation is due at another time, or not any more."""

    kind: ClassVar[str] = "promise.due_changed"
    conversation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DuesReckoned(Fact):
    """All that is not done was reckoned anew, of one unit and those below it or of all (None); no DueChanged tells of each."""

    kind: ClassVar[str] = "promise.dues_reckoned"
    unit: UUID | None = None
    number: int = 0
