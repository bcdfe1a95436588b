"""Which colleague, and because of what: the value of one colleague for one conversation, as a sum of reasons.

One conversation alone goes to the best (:func:`choose`); many at once are shared out by :mod:`assign`, on the same sums.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

AT_DESK = timedelta(minutes=15)
"""Seen within this time is at the desk."""
AT_WORK = timedelta(days=4)
"""Seen within this time comes back to what is assigned meanwhile (over a weekend and a holiday); who was never seen may not."""
LEVEL, FREE, PRESENT, CONTINUITY = 1.0, 2.0, 3.0, 10.0
"""A level counts 1, all places free 2, being at the desk 3; 10 is all these together: the same colleague comes first."""
SPEAKS = 2.0
"""Writes the consumer's language, where the organisation says who writes which."""
TRACK = 1.0
"""The most that what became of earlier conversations counts, up or down; reached at a share a quarter off the usual."""
DAY, ROUNDS = 1.0, 3
"""Who has got all places three times over today counts this much less: so a day is shared by capacity."""
IDLE, IDLE_FULL = 0.02, timedelta(hours=1)
"""Between equals the one who has waited longest for something to do; less than one conversation of the day."""
MINUTES_A_LEVEL = 10.0
"""Ten minutes of waiting weigh as much as one level."""
DUE, DUE_WITHIN = 6.0, timedelta(hours=1)
"""What is promised by a time counts more within the last hour before it, up to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that spoke for a decision: what kind, the words or values to show, and its part of the score."""

    kind: str
    words: tuple[str, ...] = ()
    weight: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"kind": self.kind, "words": list(self.words), "weight": round(self.weight, 4)}


@lru_cache(maxsize=4096)
def _reason(kind: str, words: tuple[str, ...] = (), weight: float = 0.0) -> Reason:
    """A reason that many share is made once: ten thousand choices have fifty thousand reasons."""
    return Reason(kind=kind, words=words, weight=weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What became of a colleague's conversations of one competence: ``well`` of ``ended`` went well.

    ``shift`` is how far the shrunken share lies from the usual one (see ``rules/track.py``), -1 to 1.
    """

    well: int
    ended: int
    shift: float

    @property
    def weight(self) -> float:
        """What it counts, between -TRACK and TRACK."""
        return TRACK * max(-1.0, min(1.0, 4.0 * self.shift))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the choice knows of a colleague. ``levels`` are of the competences asked for; ``load`` the open conversations.

    ``today`` is how many conversations routing has given since midnight, ``daily`` the most a day (None: no limit), ``given_at``
    when the last of them was. ``languages`` is empty where it is not known. ``reached``: is told, and answers, outside of the desk.
    ``soon``: how likely it is that no place is free yet, by minutes from now (:mod:`soon`); empty where one is, or it is not known.
    """

    id: UUID
    unit: UUID | None = None
    capacity: int = 0
    load: int = 0
    seen_at: datetime | None = None
    away_until: datetime | None = None
    active: bool = True
    outside: bool = False
    levels: Mapping[UUID, int] = field(default_factory=dict)
    today: int = 0
    daily: int | None = None
    reached: bool = False
    given_at: datetime | None = None
    tracks: Mapping[UUID, Track] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    soon: tuple[float, ...] = ()

    def free(self, load: int) -> int:
        """Places left at a load, within the limit of the day."""
        left = self.capacity - load
        return left if self.daily is None else min(left, self.daily - self.got(load))

    def got(self, load: int) -> int:
        """Conversations given today, when the load has grown to this since."""
        return self.today + max(load - self.load, 0)

    def here(self, at: datetime) -> bool:
        """Whether anything may be assigned to the person at all."""
        return self.active and not self.outside and (self.away_until is None or self.away_until <= at)

    def at_desk(self, at: datetime) -> bool:
        """Whether the person can answer now."""
        return self.here(at) and self.seen_at is not None and at - self.seen_at <= AT_DESK

    def at_work(self, at: datetime) -> bool:
        """Whether the person will soon see what is assigned: at the desk of these days, or told where they are."""
        return self.here(at) and (self.reached or (self.seen_at is not None and at - self.seen_at <= AT_WORK))

    def takes(self, at: datetime) -> bool:
        """Whether what waits can be given to the person now."""
        return self.at_desk(at) or (self.here(at) and self.reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody is looked for to: a competence, None when it is not known; ``last`` is who last answered this consumer.

    ``wanted`` is everything the text may ask for, with probabilities; who knows more of it than the one competence counts more.
    """

    competence: UUID | None = None
    last: UUID | None = None
    wanted: tuple[tuple[UUID, float], ...] = ()
    language: str = ""

    @property
    def besides(self) -> list[tuple[UUID, float]]:
        """What else it may ask for."""
        return [(c, share) for c, share in self.wanted if c != self.competence] if self.competence else []


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
    return able and person.at_work(at) and person.free(load) > 0


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
    """What speaks for the person, and against, in parts that sum up to the score."""
    present = person.at_desk(at)
    return (
        *_knows(person, asked),
        *_known(person, asked),
        _reason("place", (str(person.capacity - load), str(person.capacity)), place_weight(person, load)),
        *_day(person, at, load),
        _reason("present" if present else "reached" if person.reached else "absent", (), PRESENT if present else 0.0),
    )


def _knows(person: Person, asked: Asked) -> Iterable[Reason]:
    if asked.competence is None:
        return
    level = person.levels.get(asked.competence, 0)
    if level:
        yield _reason("level", (str(level),), level * LEVEL)
    also = [(share, person.levels[c]) for c, share in asked.besides if person.levels.get(c, 0)] if len(asked.wanted) > 1 else []
    if also:
        yield Reason(kind="also", words=(str(len(also)),), weight=sum(share * level * LEVEL for share, level in also))
    track = person.tracks.get(asked.competence)
    if track and track.weight:
        yield Reason(kind="record", words=(str(track.well), str(track.ended)), weight=track.weight)


def _known(person: Person, asked: Asked) -> Iterable[Reason]:
    if person.id == asked.last:
        yield _reason("continuity", (), CONTINUITY)
    if asked.language and asked.language in person.languages:
        yield Reason(kind="language", words=(asked.language,), weight=SPEAKS)


def _day(person: Person, at: datetime, load: int) -> Iterable[Reason]:
    got = person.got(load)
    if got:
        yield _reason("day", (str(got),), day_weight(person, load))
    idle = idle_weight(person, at, load)
    if idle:
        yield Reason(kind="idle", words=(str(_minutes(person.given_at or at, at)),), weight=idle)


def place_weight(person: Person, load: int) -> float:
    """What the free places count: all free FREE, the last one least."""
    return FREE * (person.capacity - load) / person.capacity


def day_weight(person: Person, load: int) -> float:
    """What was given today counts against, by capacity."""
    return -DAY * min(1.0, person.got(load) / (ROUNDS * person.capacity))


def idle_weight(person: Person, at: datetime, load: int) -> float:
    """How long ago the person got the last one, while nothing new was given."""
    if person.given_at is None or load != person.load:
        return 0.0
    return IDLE * max(0.0, min(1.0, (at - person.given_at) / IDLE_FULL))


def _score(person: Person, asked: Asked, at: datetime, load: int) -> float:
    return sum(reason.weight for reason in reasons(person, asked, at, load))


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
    """A conversation in the queue. ``due`` is when an answer is promised, ``urgent`` what somebody's priority adds."""

    conversation: UUID
    asked: Asked
    since: datetime
    due: datetime | None = None
    urgent: float = 0.0


def pressing(item: Waiting, at: datetime) -> tuple[Reason, ...]:
    """What speaks for answering this one first, whoever answers: its age, its promise, its priority."""
    minutes = _waited(item, at)
    given = [Reason(kind="waited", words=(str(int(minutes)),), weight=minutes / MINUTES_A_LEVEL)]
    left = _left(item, at)
    if left is not None:
        given.append(Reason(kind="due", words=(str(int(left.total_seconds() // 60)),), weight=DUE * (1 - left / DUE_WITHIN)))
    if item.urgent:
        given.append(Reason(kind="urgent", weight=item.urgent))
    return tuple(given)


def pressing_weight(item: Waiting, at: datetime) -> float:
    """What that sums up to, for thousands at once."""
    left = _left(item, at)
    return _waited(item, at) / MINUTES_A_LEVEL + (0.0 if left is None else DUE * (1 - left / DUE_WITHIN)) + item.urgent


def _waited(item: Waiting, at: datetime) -> float:
    return max((at - item.since).total_seconds(), 0.0) / 60


def _left(item: Waiting, at: datetime) -> timedelta | None:
    """Until what is promised soon."""
    return max(item.due - at, timedelta()) if item.due is not None and item.due - at < DUE_WITHIN else None


def _minutes(since: datetime, at: datetime) -> int:
    return max(int((at - since).total_seconds() // 60), 0)
