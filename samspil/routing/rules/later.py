"""Places that are likely to be free soon, for conversations whose consumer knows the colleague: waiting for the right one.

In the matrix of :mod:`assign` such a place is a column beside the free ones. A pair with it is worth its reasons, less the waiting that is
expected, and continuity counts by the chance that a place is free in time. Who is matched with it is given to nobody this
round. Nothing is promised by it: the next round weighs anew, and with ``patience`` over only what is free now is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil.routing.rules.choose import (
    CONTINUITY,
    MINUTES_A_LEVEL,
    PRESENT,
    Person,
    Waiting,
    place_weight,
    pressing_weight,
    reasons,
)
from samspil.routing.rules.soon import promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What it is worth that conversation ``row`` waits for ``person``, some ``minutes`` and not past ``until``."""

    row: int
    person: Person
    worth: float
    minutes: float
    until: datetime


def laters(
    items: Sequence[Waiting], known: Mapping[UUID, Person], at: datetime, patience: timedelta, *, aged: bool
) -> list[Later]:
    """The pairs of what waits and who is known, has no place, and is likely to have one while there is patience."""
    found = []
    for row, item in enumerate(items):
        person = known.get(item.asked.last) if item.asked.last else None
        if person is None or item.asked.competence is None or not person.levels.get(item.asked.competence, 0):
            continue
        until = min(item.since + patience, item.due or datetime.max.replace(tzinfo=at.tzinfo))
        likely = promise(person.soon, (until - at).total_seconds() / 60)
        if likely is None or item.urgent > 0:
            continue
        minutes, chance = likely
        given = reasons(person, item.asked, at, person.capacity - 1)
        fit = sum(r.weight for r in given if r.kind not in {"place", "present", "idle"})
        worth = fit + PRESENT + place_weight(person, person.capacity - 1) - (1 - chance) * CONTINUITY - minutes / MINUTES_A_LEVEL
        worth += pressing_weight(item, at) if aged else 0.0
        found.append(Later(row=row, person=person, worth=worth, minutes=minutes, until=until))
    return found
