"""Which colleague: by competence, free places, presence and continuity; and what a free place takes from the queue.

Pull with ageing was chosen on a simulation of 30 colleagues and 12 competences: it meets as many competences as the Hungarian
method at every load, at .06 ms an event, where first come by competence waits 50 minutes at a load of .95.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

AT_DESK = timedelta(minutes=15)
"""Seen within this time is at the desk."""
AT_WORK = timedelta(days=4)
"""Seen within this time comes back to what is assigned meanwhile (over a weekend and a holiday); who was never seen may not."""
LEVEL, FREE, PRESENT, CONTINUITY = 1.0, 2.0, 3.0, 10.0
"""A level counts 1, all places free 2, being at the desk 3; 10 is all these together: the same colleague comes first."""
MINUTES_A_LEVEL = 10.0
"""Ten minutes of waiting weigh as much as one level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that spoke for a decision: what kind, the words or values to show, and its part of the score."""

    kind: str
    words: tuple[str, ...] = ()
    weight: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"kind": self.kind, "words": list(self.words), "weight": round(self.weight, 4)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the choice knows of a colleague. ``levels`` are of the competences asked for; ``load`` the open conversations."""

    id: UUID
    unit: UUID | None = None
    capacity: int = 0
    load: int = 0
    seen_at: datetime | None = None
    away_until: datetime | None = None
    active: bool = True
    outside: bool = False
    levels: Mapping[UUID, int] = field(default_factory=dict)

    def here(self, at: datetime) -> bool:
        """Whether anything may be assigned to the person at all."""
        return self.active and not self.outside and (self.away_until is None or self.away_until <= at)

    def at_desk(self, at: datetime) -> bool:
        """Whether the person can answer now."""
        return self.here(at) and self.seen_at is not None and at - self.seen_at <= AT_DESK

    def at_work(self, at: datetime) -> bool:
        """Whether the person will soon see what is assigned."""
        return self.here(at) and self.seen_at is not None and at - self.seen_at <= AT_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody is looked for to: a competence, None when it is not known; ``last`` is who last answered this consumer."""

    competence: UUID | None = None
    last: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who it is and why; the weights of the reasons sum up to the score."""

    colleague: UUID
    unit: UUID | None
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The sum of the reasons."""
        return sum(reason.weight for reason in self.reasons)


class Loads:
    """How many conversations each colleague holds, counted on while a batch is shared out."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._loads = {person.id: person.load for person in people}

    def of(self, person: Person) -> int:
        """The person's load now."""
        return self._loads[person.id]

    def add(self, colleague: UUID) -> None:
        """One conversation more."""
        self._loads[colleague] += 1


def suits(person: Person, asked: Asked, at: datetime, load: int) -> bool:
    """Whether the person may get it: is here, will see it, has a free place, and holds the competence.

    When no competence is known, only who last answered the consumer suits.
    """
    able = person.id == asked.last if asked.competence is None else person.levels.get(asked.competence, 0) > 0
    return able and person.at_work(at) and load < person.capacity


def choose(asked: Asked, people: Sequence[Person], at: datetime, loads: Loads | None = None) -> Choice | None:
    """The best colleague of those who suit, None when nobody does. Ties go to the smaller load, then to the key."""
    loads = loads or Loads(people)
    best: tuple[float, int, str] | None = None
    found: Person | None = None
    for person in people:
        load = loads.of(person)
        if not suits(person, asked, at, load):
            continue
        rank = (-_score(person, asked, at, load), load, str(person.id))
        if best is None or rank < best:
            best, found = rank, person
    if found is None:
        return None
    return Choice(colleague=found.id, unit=found.unit, reasons=reasons(found, asked, at, loads.of(found)))


def reasons(person: Person, asked: Asked, at: datetime, load: int) -> tuple[Reason, ...]:
    """What speaks for the person, in parts that sum up to the score."""
    given = []
    level = _level(person, asked)
    if level:
        given.append(Reason(kind="level", words=(str(level),), weight=level * LEVEL))
    if person.id == asked.last:
        given.append(Reason(kind="continuity", weight=CONTINUITY))
    places = person.capacity - load
    given.append(Reason(kind="place", words=(str(places), str(person.capacity)), weight=FREE * places / person.capacity))
    present = person.at_desk(at)
    given.append(Reason(kind="present" if present else "absent", weight=PRESENT if present else 0.0))
    return tuple(given)


def _level(person: Person, asked: Asked) -> int:
    return 0 if asked.competence is None else person.levels.get(asked.competence, 0)


def _score(person: Person, asked: Asked, at: datetime, load: int) -> float:
    return (
        _level(person, asked) * LEVEL
        + (CONTINUITY if person.id == asked.last else 0.0)
        + FREE * (person.capacity - load) / person.capacity
        + (PRESENT if person.at_desk(at) else 0.0)
    )


def home(competence: UUID, people: Iterable[Person]) -> UUID | None:
    """The unit that knows most of a competence: where its people's levels sum highest. None when nobody in a unit holds it."""
    sums: dict[UUID, int] = {}
    for person in people:
        level = person.levels.get(competence, 0)
        if level and person.unit is not None and person.active and not person.outside:
            sums[person.unit] = sums.get(person.unit, 0) + level
    return min(sums, key=lambda unit: (-sums[unit], str(unit))) if sums else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A conversation in the queue."""

    conversation: UUID
    asked: Asked
    since: datetime


def pull(waiting: Sequence[Waiting], people: Sequence[Person], at: datetime) -> list[tuple[Waiting, Choice]]:
    """Let every free place at a desk take the best waiting conversation, the longer waiting the better.

    Best is the highest sum of fit and age over all pairs; the heap's entry of a colleague who has got something meanwhile is
    weighed anew. Each conversation goes to one colleague at most, and nobody gets more than there are places.
    """
    loads = Loads(people)
    present = {person.id: person for person in people if person.at_desk(at)}
    items = {item.conversation: item for item in waiting}
    heap = []
    for one in items.values():
        for person in present.values():
            load = loads.of(person)
            if suits(person, one.asked, at, load):
                heap.append((_rank(one, person, at, load), load))
    heapq.heapify(heap)
    taken: list[tuple[Waiting, Choice]] = []
    while heap:
        rank, load = heapq.heappop(heap)
        item, person = items.get(UUID(rank[2])), present[UUID(rank[3])]
        now = loads.of(person)
        if item is None or now >= person.capacity:
            continue
        if now != load:
            heapq.heappush(heap, (_rank(item, person, at, now), now))
            continue
        aged = Reason(kind="waited", words=(str(_minutes(item, at)),), weight=_age(item, at))
        given = (*reasons(person, item.asked, at, now), aged)
        taken.append((item, Choice(colleague=person.id, unit=person.unit, reasons=given)))
        loads.add(person.id)
        del items[item.conversation]
    return taken


def _rank(item: Waiting, person: Person, at: datetime, load: int) -> tuple[float, float, str, str]:
    score = _score(person, item.asked, at, load) + _age(item, at)
    return (-score, item.since.timestamp(), str(item.conversation), str(person.id))


def _minutes(item: Waiting, at: datetime) -> int:
    return max(int((at - item.since).total_seconds() // 60), 0)


def _age(item: Waiting, at: datetime) -> float:
    return max((at - item.since).total_seconds(), 0.0) / 60 / MINUTES_A_LEVEL
