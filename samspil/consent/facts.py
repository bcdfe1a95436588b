"""What consent says: somebody allowed something, or does not."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(Fact):
    """A handle's word on a purpose is another now. ``state`` is given or refused."""

    kind: ClassVar[str] = "consent.consent_changed"
    handle: UUID
    purpose: str
    state: str
    at: datetime
    by: UUID | None = None
