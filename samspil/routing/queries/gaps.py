"""Where the organisation's knowledge is thin, by risk: who holds what, how much is asked, who answers it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.organisation.models import Colleague, Competence, CompetenceHeld
from samspil.organisation.queries import Piece, fades_at, languages_of, pieces_of, proposals, units_below
from samspil.routing.rules.gaps import CARRIES, Gap, Holder, Known, Risk, risk

WEEKS = 8
"""How far back is counted what consumers ask and who answers."""
SOON = timedelta(days=60)
"""A level that falls below carrying within this time is fading soon."""
UNKNOWN_SPREAD = 1.0
"""The spread of a level that was never weighed, in levels."""
STRONG = 4
"""The whole level that carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thin:
    """One competence with its risk. ``strong`` carry it, best first; ``people`` are all that its gaps name, by id."""

    competence: Competence
    weekly: float
    holders: Sequence[CompetenceHeld]
    strong: Sequence[CompetenceHeld]
    risk: Risk
    people: Mapping[UUID, Colleague]

    @property
    def gaps(self) -> Sequence[tuple[Gap, Colleague | None]]:
        """The gaps with whom each is about."""
        return [(gap, self.people.get(gap.colleague) if gap.colleague else None) for gap in self.risk.gaps]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What was read for all competences at once."""

    held: Mapping[UUID, list[CompetenceHeld]]
    asked: Mapping[UUID, Counter[str]]
    answered: Mapping[UUID, Counter[UUID]]
    pieces: Mapping[tuple[UUID, UUID], Sequence[Piece]]
    shown: Mapping[UUID, list[UUID]]
    spoken: Mapping[UUID, Mapping[str, int]]
    people: Mapping[UUID, Colleague]


_ASKED = (
    "SELECT c.competence_id, p.language, count(*) FROM conversation c JOIN identity_consumer p ON p.id = c.consumer_id"
    " WHERE c.opened_at > %s AND c.opened_at <= %s AND c.merged_into_id IS NULL AND c.competence_id IS NOT NULL {units} GROUP BY 1, 2"
)
_ANSWERED = (
    "SELECT c.competence_id, i.colleague_id, count(DISTINCT c.id) FROM conversation c"
    " JOIN conversation_placement p ON p.conversation_id = c.id"
    " JOIN intake_interaction i ON i.id = p.interaction_id AND i.outgoing AND i.colleague_id IS NOT NULL"
    " WHERE c.opened_at > %s AND c.opened_at <= %s AND c.merged_into_id IS NULL AND c.competence_id IS NOT NULL {units} GROUP BY 1, 2"
)


def gaps(at: datetime, *, unit: UUID | None = None, only: UUID | None = None) -> Sequence[Thin]:
    """Every competence in use, the most at risk first; of one unit and those below it, or one competence. A constant number of statements.

    For a unit its own people and its own conversations count, and competences that neither has to do with are left out.
    """
    units = units_below(unit) if unit else None
    told = _told(at, units)
    rows = Competence.objects.filter(active=True).order_by("name", "id")
    wanted = [c for c in (rows.filter(pk=only) if only else rows) if units is None or told.held.get(c.pk) or told.asked.get(c.pk)]
    found = [_thin(c, told, at) for c in wanted]
    return sorted(found, key=lambda t: (-t.risk.missed, -t.risk.absent, t.competence.name, str(t.competence.pk)))


def _told(at: datetime, units: set[UUID] | None) -> _Told:
    people = {c.pk: c for c in Colleague.objects.filter(is_active=True, outside=False) if units is None or c.unit_id in units}
    held: dict[UUID, list[CompetenceHeld]] = defaultdict(list)
    for row in CompetenceHeld.objects.filter(competence__active=True).order_by("-level", "-fine", "colleague__name", "id"):
        if row.colleague_id in people:
            row.colleague = people[row.colleague_id]
            held[row.competence_id].append(row)
    pieces = pieces_of()
    shown: dict[UUID, list[UUID]] = defaultdict(list)
    for who, what in proposals(at, pieces=pieces):
        if who in people:
            shown[what].append(who)
    since: list[Any] = [at - timedelta(weeks=WEEKS), at]
    which, params = ("", since) if units is None else ("AND c.unit_id = ANY(%s)", [*since, sorted(units)])
    asked: dict[UUID, Counter[str]] = defaultdict(Counter)
    for competence, language, n in sql.run(_ASKED.format(units=which), params):
        asked[competence][language or ""] += n
    answered: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    for competence, colleague, n in sql.run(_ANSWERED.format(units=which), params):
        answered[competence][colleague] = n
    return _Told(
        held=held, asked=asked, answered=answered, pieces=pieces, shown=shown, spoken=languages_of(people), people=people
    )


def _thin(competence: Competence, told: _Told, at: datetime) -> Thin:
    held = told.held.get(competence.pk, [])
    asked = told.asked.get(competence.pk, Counter[str]())
    weekly = sum(asked.values()) / WEEKS
    known = Known(
        weekly=weekly,
        holders=[_holder(row, told, at) for row in held],
        answered={who: n for who, n in told.answered.get(competence.pk, Counter[UUID]()).items() if who in told.people},
        asked={language: n for language, n in asked.items() if language},
        shown=told.shown.get(competence.pk, ()),
        described=bool(competence.description.strip() or competence.words),
    )
    return Thin(
        competence=competence,
        weekly=weekly,
        holders=held,
        strong=[h for h in held if h.level >= STRONG],
        risk=risk(known),
        people=told.people,
    )


def _holder(row: CompetenceHeld, told: _Told, at: datetime) -> Holder:
    who = row.colleague
    level = float(row.level) if row.fine is None else row.fine
    pieces = told.pieces.get((who.pk, row.competence_id), ())
    return Holder(
        colleague=who.pk,
        level=max(level, CARRIES) if row.level >= STRONG else level,
        spread=UNKNOWN_SPREAD if row.spread is None else row.spread,
        here=who.away_until is None or who.away_until <= at,
        languages=frozenset(row.languages or spoken_by(who, told.spoken)),
        fades_at=fades_at(pieces, STRONG, at, SOON) if row.level >= STRONG and pieces else None,
    )


def spoken_by(colleague: Colleague, spoken: Mapping[UUID, Collection[str]]) -> Collection[str]:
    """The languages somebody answers in: those they said, else the one their pages are in."""
    return spoken.get(colleague.pk) or [colleague.language]
