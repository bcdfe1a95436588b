"""May a handle be written to for a purpose? The stricter word holds."""

from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import UUID

State = Literal["given", "refused"]

PURPOSES = ("news", "research", "ideas")
"""What a person can be asked for. Answering what they wrote needs none."""
AUTOMATIC = "automatic"
"""Being answered by a machine: needs no yes, but a no holds."""


def allowed(said: Mapping[UUID, State], persons: Iterable[Iterable[UUID]]) -> frozenset[UUID]:
    """The handles that may be written to. ``said`` is the word of each handle that has one, ``persons`` the handles of each person.

    A handle's own yes is needed, and one no of the same person is enough against all: so fewer persons never allow more.
    """
    found: set[UUID] = set()
    for handles in persons:
        theirs = list(handles)
        if not any(said.get(h) == "refused" for h in theirs):
            found |= {h for h in theirs if said.get(h) == "given"}
    return frozenset(found)
