"""What conversation wants of later stages, filled in the assembly: what must be done before a conversation is finished."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Something of a conversation that must be done first, in words. ``anyway``: it may be passed by for a reason."""

    conversation: UUID
    what: str
    anyway: bool = False


Hindrances = Callable[[Sequence[UUID]], Sequence[Hindrance]]


class _Filled:
    hindrances: Hindrances | None = None


def fill(*, hindrances: Hindrances) -> None:
    """``hindrances`` gives what must be done before these conversations are finished; asked once for all, in a constant number of statements."""
    _Filled.hindrances = staticmethod(hindrances)


def hindrances(conversations: Sequence[UUID]) -> Sequence[Hindrance]:
    """What must be done first; nothing where nobody says."""
    return _Filled.hindrances(conversations) if _Filled.hindrances and conversations else ()
