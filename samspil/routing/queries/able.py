"""Who can help with something, best first: for the palette and for a colleague who wants to hand over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base.encoder import WrongModel
from samspil.base.text import fold
from samspil.organisation.models import Colleague, Competence
from samspil.routing.queries.active import standing
from samspil.routing.queries.explain import say
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Asked, Loads, Person, Reason, choose, reasons

LEAST = 0.25
"""A competence less likely than this is not what was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """A colleague who can help, with the competence asked for and the reasons in the reader's language."""

    colleague: Colleague
    competence: Competence
    level: int
    free: int
    present: bool
    away: bool
    reasons: tuple[str, ...]


def competences_for(text: str) -> Sequence[Competence]:
    """What is meant by a few typed letters or a whole question: by name or word first, then by what was learned."""
    typed = fold(text)
    if not typed:
        return []
    rows = list(Competence.objects.filter(active=True).order_by("name", "id"))
    named = [c for c in rows if any(fold(name).startswith(typed) for name in (c.name, c.name_en, *c.words) if name)]
    if named:
        return sorted(named, key=lambda c: not any(fold(name).startswith(typed) for name in (c.name, c.name_en) if name))
    likely = _likely(text)
    by_id = {c.pk: c for c in rows}
    return [by_id[ident] for ident in likely if ident in by_id]


def _likely(text: str) -> Sequence[UUID]:
    model = standing().model
    try:
        return [ident for ident, share in model.ranked(text) if share >= LEAST] if model else []
    except WrongModel:  # told by the doctor, and by every decision of routing; here names and words still find
        return []


def who_can(*, text: str = "", competence: UUID | None = None, at: datetime, limit: int = 8) -> Sequence[Able]:
    """Colleagues who hold what is asked for, the best to ask now first; also those without a free place, who come last.

    Who is away is named after everybody else.
    """
    wanted = list(Competence.objects.filter(pk=competence, active=True)) if competence else list(competences_for(text))
    if not wanted:
        return []
    everybody = people(competences={c.pk for c in wanted}, at=at)
    ranked = []
    for place, skill in enumerate(wanted):
        asked = Asked(competence=skill.pk)
        for person in everybody:
            if person.levels.get(skill.pk, 0) and person.capacity > 0:
                given = reasons(person, asked, at, person.load)
                rank = (place, not person.here(at), person.load >= person.capacity, -sum(r.weight for r in given), str(person.id))
                ranked.append((rank, person, skill, given))
    ranked.sort(key=lambda row: row[0])
    chosen: dict[UUID, tuple[Person, Competence, Sequence[Reason]]] = {}
    for _, person, skill, given in ranked:
        chosen.setdefault(person.id, (person, skill, given))
    first = list(chosen.values())[:limit]
    colleagues = {c.pk: c for c in Colleague.objects.filter(pk__in=[p.id for p, _, _ in first]).select_related("unit")}
    return [
        Able(
            colleague=colleagues[person.id],
            competence=skill,
            level=person.levels[skill.pk],
            free=max(person.capacity - person.load, 0),
            present=person.at_desk(at),
            away=not person.here(at),
            reasons=tuple(say(r.as_json()) for r in given),
        )
        for person, skill, given in first
    ]


def best_for(*, asked: Sequence[tuple[UUID, UUID | None]], but: UUID, at: datetime) -> Mapping[UUID, UUID]:
    """For each (conversation, competence) the best colleague who is here and has a place, each place given once, one colleague left out.

    Those for whom nobody is found are absent. The statements of people.
    """
    wanted = {competence for _, competence in asked if competence}
    if not wanted:
        return {}
    others = [person for person in people(competences=wanted, at=at) if person.id != but]
    loads, found = Loads(others), {}
    for conversation, competence in asked:
        best = choose(Asked(competence=competence), others, at, loads) if competence else None
        if best:
            loads.add(best.colleague)
            found[conversation] = best.colleague
    return found
