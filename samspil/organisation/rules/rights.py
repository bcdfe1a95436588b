"""What somebody may do here: named rights, how far each reaches, and the sets of the three roles that are built in.

A right is asked for by its name and never by a role's. Who has a role of the organisation's own has exactly its rights; the three
built-in sets are fixed. What everybody may do who is signed in is no right: to read and answer what one may see, to say what one knows.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Any


class Reach(IntEnum):
    """How far a right goes: nowhere, in one's own unit, in it and in all below it, everywhere."""

    NOWHERE = 0
    UNIT = 1
    BELOW = 2
    EVERYWHERE = 3

    @property
    def word(self) -> str:
        """As it is stored."""
        return self.name.lower()


class Right(StrEnum):
    """Everything that not everybody may do."""

    SEE_EVERYTHING = "see_everything"
    JOIN = "join"
    EXPORT = "export"
    IMPORT = "import"
    FORGET = "forget"
    ATTRIBUTES = "attributes"
    MATCHING = "matching"
    SEGMENTS = "segments"
    LATE = "late"
    READY = "ready"
    RULES = "rules"
    ASKING = "asking"
    SEATS = "seats"
    ASSIST = "assist"
    ASSIST_FIGURES = "assist_figures"
    AUTO = "auto"
    APPROVALS = "approvals"
    CHECKLISTS = "checklists"
    LEVELS = "levels"
    HOURS = "hours"
    LOAD = "load"
    SHARING = "sharing"
    PULSE = "pulse"
    STRUCTURE = "structure"
    COLLEAGUES = "colleagues"
    ARRIVALS = "arrivals"
    ROLES = "roles"
    CHANNELS = "channels"
    HEALTH = "health"


Rights = Mapping[Right, Reach]
_ALL_OR_NOTHING = (Reach.NOWHERE, Reach.EVERYWHERE)
_ONE_UNIT = (Reach.NOWHERE, Reach.UNIT, Reach.EVERYWHERE)
_BY_UNIT = tuple(Reach)
REACHES: Mapping[Right, tuple[Reach, ...]] = {
    **dict.fromkeys(Right, _ALL_OR_NOTHING),
    # Everybody sees the conversations of the own unit, so this one leaks nothing; further it would.
    Right.LATE: (Reach.NOWHERE, Reach.UNIT),
    Right.RULES: _ONE_UNIT,
    Right.ASSIST_FIGURES: _ONE_UNIT,
    Right.AUTO: _ONE_UNIT,
    Right.APPROVALS: _ONE_UNIT,
    Right.LEVELS: _BY_UNIT,
    Right.HOURS: _BY_UNIT,
    Right.LOAD: _BY_UNIT,
    Right.PULSE: _BY_UNIT,
    Right.COLLEAGUES: _BY_UNIT,
}
"""How far each right can go, from least to most."""

_EMPLOYEE = {Right.JOIN: Reach.EVERYWHERE, Right.EXPORT: Reach.EVERYWHERE}
_LEAD = {
    **_EMPLOYEE,
    Right.LATE: Reach.UNIT,
    Right.READY: Reach.EVERYWHERE,
    Right.RULES: Reach.UNIT,
    Right.ASSIST_FIGURES: Reach.UNIT,
    Right.AUTO: Reach.UNIT,
    Right.APPROVALS: Reach.UNIT,
    Right.CHECKLISTS: Reach.EVERYWHERE,
    Right.LEVELS: Reach.EVERYWHERE,
    Right.HOURS: Reach.UNIT,
    Right.LOAD: Reach.BELOW,
    Right.PULSE: Reach.UNIT,
}
BUILT_IN: Mapping[str, Rights] = {
    "employee": _EMPLOYEE,
    "lead": _LEAD,
    "admin": {right: reaches[-1] for right, reaches in REACHES.items()},
}
"""What the three roles may do that every installation has."""


def read(stored: Any) -> dict[Right, Reach]:
    """Rights as they are stored, {right: reach} in words. What is not known, or can not go so far, is not given."""
    found: dict[Right, Reach] = {}
    for name, word in stored.items() if isinstance(stored, Mapping) else ():
        right = Right(name) if name in Right.__members__.values() else None
        reach = next((r for r in Reach if r.word == word), None)
        if right is not None and reach and reach in REACHES[right]:
            found[right] = reach
    return found


def written(rights: Rights) -> dict[str, str]:
    """Rights as they are stored; what reaches nowhere is left out. Raises ValueError where a right cannot go so far."""
    for right, reach in rights.items():
        if reach not in REACHES[right]:
            raise ValueError(f"{right} does not go {reach.word}")
    return {right.value: rights[right].word for right in Right if rights.get(right)}


def covers(mine: Rights, theirs: Rights, *, same_unit: bool) -> bool:
    """Whether whoever holds ``mine`` holds all of ``theirs``, so that they may give them and take them.

    What reaches a unit reaches another one from another unit: then only everywhere covers it. A right that goes no further than the
    own unit is covered by itself.
    """
    for right, reach in theirs.items():
        have = mine.get(right, Reach.NOWHERE)
        whole = have == REACHES[right][-1]
        if not (whole or (have >= reach and (same_unit or reach in (Reach.NOWHERE, Reach.EVERYWHERE)))):
            return False
    return True


def changed(before: Rights, after: Rights) -> dict[Right, tuple[Reach, Reach]]:
    """What differs between two sets, {right: (before, after)}."""
    pairs = {right: (before.get(right, Reach.NOWHERE), after.get(right, Reach.NOWHERE)) for right in Right}
    return {right: pair for right, pair in pairs.items() if pair[0] != pair[1]}


def built_in_with(right: Right, reaches: Iterable[Reach]) -> list[str]:
    """The built-in roles that have the right with one of these reaches."""
    wanted = set(reaches)
    return [role for role, rights in BUILT_IN.items() if rights.get(right, Reach.NOWHERE) in wanted]
