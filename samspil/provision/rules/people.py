"""What a source says of a person, what is here, and what would become of it. Plain values; whoever is not said is left as it is."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Path = tuple[str, ...]
RANK = {"employee": 0, "lead": 1, "admin": 2}
LONGEST = {"name": 120, "title": 120, "email": 254, "unit": 120}
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\\[\]]+@[^\s@<>(),;:\"\\\[\]]+\.[^\s@<>(),;:\"\\\[\].]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One person as the source has it. None means: not said. ``unit`` is the path from the top, () is none.

    ``number`` is the line or the place in the answer, ``external`` the source's own id, ``levels`` {competence's name: 1 to 5}.
    """

    number: int
    external: str = ""
    email: str = ""
    name: str = ""
    title: str | None = None
    unit: Path | None = None
    active: bool | None = None
    role: str | None = None
    language: str | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    wrong: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A colleague as they are. ``external`` is the id that this source knows them by, "" where it does not."""

    ident: UUID
    email: str
    name: str
    title: str = ""
    unit: UUID | None = None
    role: str = "employee"
    own_role: bool = False
    language: str = "da"
    active: bool = True
    outside: bool = False
    external: str = ""
    ours: bool = False
    """Whether this source has said of them before."""
    levels: Mapping[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A unit as it is."""

    ident: UUID
    name: str
    parent: UUID | None = None


OUTCOMES = ("create", "adopt", "change", "move", "reopen", "close", "missing", "nothing", "conflict", "broken")
DOES = ("create", "adopt", "change", "move", "reopen", "close")
"""Outcomes that something is done for; ``missing`` is left as it is."""


@dataclass(slots=True, kw_only=True)
class Planned:
    """What becomes of one row. ``changes`` are {field: [old, new]}; ``why`` is a list of [code, about]."""

    number: int
    outcome: str
    shown: str
    email: str = ""
    external: str = ""
    colleague: UUID | None = None
    changes: dict[str, list[Any]] = field(default_factory=dict)
    why: list[list[str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Plan:
    """The whole: every row in the order of the source, then who is missing. ``units`` are the paths to be made, from the top down."""

    rows: list[Planned]
    units: list[Path]
    closing: int
    active: int

    def braked(self, percent: int) -> bool:
        """Whether it closes more at once than is done without asking again: more than ``percent`` of all, and more than one."""
        return self.closing > 1 and self.closing * 100 > percent * max(self.active, 1)


def address_of(text: str) -> str:
    """A mail address in lower case, without a name around it; "" where it is none."""
    found = text.strip()
    if found.endswith(">") and "<" in found:
        found = found[found.rindex("<") + 1 : -1]
    found = unicodedata.normalize("NFC", found.strip()).removeprefix("mailto:").lower()
    return found if len(found) <= LONGEST["email"] and _ADDRESS.fullmatch(found) else ""


def address_key(address: str) -> str:
    """What addresses are compared by: lower case, NFC, the domain as the network writes it (IDNA)."""
    local, _sign, domain = unicodedata.normalize("NFC", address.strip()).lower().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}"


def path_of(text: str, separator: str) -> Path:
    r"""A unit's path from the top; ``\`` before the separator makes it a letter. An empty separator: the whole text is one name."""
    if not separator:
        parts = [text]
    else:
        parts, held = [""], text
        while held:
            if held.startswith("\\" + separator):
                parts[-1], held = parts[-1] + separator, held[1 + len(separator) :]
            elif held.startswith(separator):
                parts, held = [*parts, ""], held[len(separator) :]
            else:
                parts[-1], held = parts[-1] + held[0], held[1:]
    return tuple(" ".join(part.split()) for part in parts if part.strip())


class Tree:
    """The units, walked by path whatever the case; a single name that only one unit has is that unit, wherever it lies."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._named: dict[tuple[UUID | None, str], UUID] = {(p.parent, p.name.lower()): p.ident for p in places}
        self._alone: dict[str, list[UUID]] = {}
        self.names = {p.ident: p for p in places}
        for place in places:
            self._alone.setdefault(place.name.lower(), []).append(place.ident)

    def find(self, path: Path) -> UUID | None:
        """The unit at a path."""
        here: UUID | None = None
        for place, name in enumerate(path):
            found = self._named.get((here, name.lower()))
            if found is None and place == 0 and len(self._alone.get(name.lower(), [])) == 1:
                found = self._alone[name.lower()][0]
            if found is None:
                return None
            here = found
        return here

    def unclear(self, path: Path) -> bool:
        """Whether several units have the first name of a path and none of them is at the top."""
        first = path[0].lower()
        return (None, first) not in self._named and len(self._alone.get(first, [])) > 1

    def path(self, ident: UUID | None) -> Path:
        """The path of a unit from the top."""
        found: list[str] = []
        while ident is not None and ident in self.names and len(found) <= len(self.names):
            found.insert(0, self.names[ident].name)
            ident = self.names[ident].parent
        return tuple(found)
