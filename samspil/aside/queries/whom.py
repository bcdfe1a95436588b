"""Whom a question would reach: the people and competences it names, and who holds them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from samspil.aside.models import Manner
from samspil.aside.rules import Candidate, Named, is_anybody_left, named, next_asked
from samspil.base.text import fold
from samspil.conversation.models import Conversation
from samspil.conversation.queries import visible
from samspil.organisation.models import Colleague, Competence
from samspil.organisation.queries import colleagues_of, competences, names_of_colleagues
from samspil.routing.queries import Able, who_can

MOST = 200
"""Of the holders of one competence, so many are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A colleague who would be asked: by name (``competence`` None) or as one who holds it, with the reasons in the reader's language."""

    colleague: Colleague
    competence: Competence | None = None
    reasons: tuple[str, ...] = ()
    present: bool = False
    whole: bool = True
    """Whether they may see the conversation; else they read the excerpt alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Who holds one competence: ``now`` are asked at once; ``left`` whether somebody else could be asked later."""

    competence: UUID
    holders: frozenset[UUID]
    now: tuple[Able, ...]
    left: bool


def manner() -> Manner:
    """How the organisation asks; what holds before anybody has said."""
    return Manner.objects.filter(pk=1).first() or Manner()


def read(text: str) -> Named:
    """Whom and what a question names with @. Two statements."""
    return named(text, names_of_colleagues(), names_of_competences(competences()), fold)


def names_of_competences(rows: Sequence[Competence]) -> dict[str, UUID]:
    """Folded names in both languages and the words of each, by what they mean; what two share stands for neither."""
    names: dict[str, UUID | None] = {}
    for row in rows:
        for name in {fold(n) for n in (row.name, row.name_en) if n}:
            names[name] = None if names.get(name, row.pk) != row.pk else row.pk
    words: dict[str, UUID | None] = {}
    for row in rows:
        for word in {fold(str(w)) for w in row.words if w} - set(names):
            words[word] = None if words.get(word, row.pk) != row.pk else row.pk
    return {name: ident for name, ident in (words | names).items() if ident}


def search(*, competence: UUID, already: Collection[UUID], number: int, at: datetime) -> Search:
    """Whom a competence reaches now, but those who were asked ``already``. The statements of who_can."""
    able = list(who_can(competence=competence, at=at, limit=MOST))
    candidates = [Candidate(colleague=a.colleague.pk, away=a.away, present=a.present, free=a.free) for a in able]
    chosen = next_asked(candidates, already, number)
    by_id = {a.colleague.pk: a for a in able}
    now = tuple(by_id[c.colleague] for c in chosen)
    return Search(
        competence=competence,
        holders=frozenset(a.colleague.pk for a in able),
        now=now,
        left=is_anybody_left(candidates, {*already, *(a.colleague.pk for a in now)}),
    )


def offers(
    *, by: Colleague, conversation: Conversation, people: Sequence[UUID], skills: Sequence[Competence], at: datetime
) -> list[Offer]:
    """Who would be asked, in the order in which they are named. For the panel; asking decides anew."""
    already = {by.pk}
    found = []
    known = colleagues_of(people)
    for ident in people:
        person = known.get(ident)
        if person is not None and person.pk not in already and person.is_active and not person.outside:
            found.append(Offer(colleague=person))
            already.add(person.pk)
    number = manner().at_once
    for skill in skills:
        for able in search(competence=skill.pk, already=already, number=number, at=at).now:
            found.append(Offer(colleague=able.colleague, competence=skill, reasons=able.reasons, present=able.present))
            already.add(able.colleague.pk)
    if conversation.unit is None or not conversation.unit.closed:
        return found
    return [replace(offer, whole=_sees(offer.colleague, conversation)) for offer in found]


def _sees(colleague: Colleague, conversation: Conversation) -> bool:
    return Conversation.objects.filter(visible(colleague), pk=conversation.pk).exists()
