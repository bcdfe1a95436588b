"""To whom one conversation can be given: colleagues, units, and whoever knows something; with how each stands just now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from samspil.base.text import fold
from samspil.conversation.models import Conversation
from samspil.identity.queries import answered_by
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.organisation.queries import colleagues, units
from samspil.routing.queries.able import competences_for
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Asked, Person, choose, home, reasons

PEOPLE, SKILLS, UNITS = 8, 4, 4
"""So many of each are offered for what is typed; without anything typed everybody is."""
KNOWN = 50
"""Colleagues whom the consumer has heard from, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One colleague. ``back`` is when who is off duty comes back; ``level`` in what is asked for; ``answered``: this consumer, so often."""

    colleague: Colleague
    at_desk: bool
    here: bool
    back: datetime | None
    free: int
    level: int
    answered: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Whoever knows ``competence``: who would get it now, else the unit it would wait in; neither: the unit for everything else."""

    competence: Competence
    best: Colleague | None
    waits: Unit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A unit, with how many of its people are here and how many places they have."""

    unit: Unit
    here: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What fits, the likeliest first. ``able`` know what it is about, or what is typed; ``others`` are the rest."""

    offers: Sequence[Offer]
    able: Sequence[Reach]
    others: Sequence[Reach]
    units: Sequence[Room]


def reach(conversation: Conversation, *, query: str, at: datetime) -> Reached:
    """Whom a conversation can be given to; with ``query`` only what fits it by name, in either language. A constant number of statements."""
    typed = fold(query)
    everybody = {c.pk: c for c in colleagues()}
    every_unit = list(units())
    own = conversation.competence_id
    named = _named(query, typed, everybody.values())
    about = [c.pk for c in named] or ([own] if own else [])
    asked = about if named or not typed else []
    answers = answered_by(conversation.consumer_id, limit=KNOWN)
    newest = max((when for _who, _times, when in answers), default=None)
    known = {who: (times, when == newest) for who, times, when in answers}
    crowd = {p.id: p for p in people(competences={*about, *([own] if own else ())}, colleagues=list(everybody), at=at)}
    reached = {ident: _reach(c, crowd[ident], about, known, at) for ident, c in everybody.items() if ident in crowd}
    able, others = _fitting(reached, crowd, typed, asked, at)
    return Reached(
        offers=[_offer(c, _others(crowd.values(), conversation), everybody, every_unit, at) for c in named],
        able=able,
        others=others,
        units=[_room(u, everybody, reached) for u in every_unit if typed and _fits(typed, u.name, u.name_en)][:UNITS],
    )


def _named(query: str, typed: str, everybody: Iterable[Colleague]) -> list[Competence]:
    """Competences that are meant: by name or word; by what was learned only where no colleague is called so."""
    found = list(competences_for(query)) if typed else []
    if any(_fits(typed, c.name) for c in everybody):
        found = [c for c in found if _fits(typed, c.name, c.name_en, *c.words)]
    return found[:SKILLS]


def _others(crowd: Iterable[Person], conversation: Conversation) -> list[Person]:
    """The conversation itself takes no further place of who holds it already; as when it is given."""
    held = conversation.assignee_id if conversation.status == Conversation.Status.OPEN else None
    return [replace(p, load=p.load - (p.id == held)) for p in crowd]


def _fits(typed: str, *names: str) -> bool:
    """Whether a name, or a word of it, begins so."""
    return any(fold(n).startswith(typed) or any(w.startswith(typed) for w in fold(n).split()) for n in names if n)


def _reach(
    colleague: Colleague, person: Person, about: Sequence[UUID], known: Mapping[UUID, tuple[int, bool]], at: datetime
) -> Reach:
    times, last = known.get(colleague.pk, (0, False))
    here = person.here(at)
    return Reach(
        colleague=colleague,
        at_desk=person.at_desk(at),
        here=here,
        back=None if here else person.away_until,
        free=max(person.free(person.load), 0),
        level=max((person.levels.get(c, 0) for c in about), default=0),
        answered=times,
        last=last,
    )


def _fitting(
    reached: Mapping[UUID, Reach], crowd: Mapping[UUID, Person], typed: str, about: Sequence[UUID], at: datetime
) -> tuple[list[Reach], list[Reach]]:
    """Those who know what it is about, best first; and the others by name, the called before them. Of what is typed a few."""

    def rank(r: Reach) -> tuple[object, ...]:
        person = crowd[r.colleague.pk]
        best = max((sum(x.weight for x in reasons(person, Asked(competence=c), at, person.load)) for c in about), default=0.0)
        return (not r.here, r.free == 0, -best - r.last, r.colleague.name, str(r.colleague.pk))

    able = sorted((r for r in reached.values() if r.level and crowd[r.colleague.pk].capacity > 0), key=rank)
    if not typed:
        first = {r.colleague.pk for r in able}
        return able, [r for ident, r in reached.items() if ident not in first]
    called = [r for r in reached.values() if _fits(typed, r.colleague.name)]
    first = {r.colleague.pk for r in called}
    return [r for r in able if r.colleague.pk not in first][:PEOPLE] if about else [], called[:PEOPLE]


def _offer(
    competence: Competence,
    crowd: Sequence[Person],
    everybody: Mapping[UUID, Colleague],
    every_unit: Sequence[Unit],
    at: datetime,
) -> Offer:
    best = choose(Asked(competence=competence.pk), crowd, at)
    waits = None if best else home(competence.pk, crowd)
    return Offer(
        competence=competence,
        best=everybody.get(best.colleague) if best else None,
        waits=next((u for u in every_unit if u.pk == waits), None),
    )


def _room(unit: Unit, everybody: Mapping[UUID, Colleague], reached: Mapping[UUID, Reach]) -> Room:
    own = [reached[c.pk] for c in everybody.values() if c.unit_id == unit.pk and c.pk in reached]
    return Room(unit=unit, here=sum(r.here for r in own), free=sum(r.free for r in own if r.here))
