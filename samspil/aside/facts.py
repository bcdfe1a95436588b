"""What an aside says of itself: ids alone, never a word of it."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideOpened(Fact):
    """A colleague has asked others. Who was asked is told by ColleagueAsked, one by one."""

    kind: ClassVar[str] = "aside.aside_opened"
    aside: UUID
    conversation: UUID
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueAsked(Fact):
    """One colleague was asked: at the beginning, by the clock (``by`` None), or because another passed it on."""

    kind: ClassVar[str] = "aside.colleague_asked"
    aside: UUID
    conversation: UUID
    colleague: UUID
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideSaid(Fact):
    """Somebody wrote in it."""

    kind: ClassVar[str] = "aside.aside_said"
    aside: UUID
    conversation: UUID
    message: UUID
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideAnswered(Fact):
    """Somebody who was asked has answered, for the first time. ``competence`` is the one that was asked for and that they hold."""

    kind: ClassVar[str] = "aside.aside_answered"
    aside: UUID
    conversation: UUID
    by: UUID
    competence: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideChanged(Fact):
    """Something else of it changed: seen, declined, passed_on, edited, reopened, withdrawn, back."""

    kind: ClassVar[str] = "aside.aside_changed"
    aside: UUID
    conversation: UUID
    what: str
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideClosed(Fact):
    """It is over: it helped, did not, or one of those asked has taken the conversation."""

    kind: ClassVar[str] = "aside.aside_closed"
    aside: UUID
    conversation: UUID
    by: UUID
    outcome: str
