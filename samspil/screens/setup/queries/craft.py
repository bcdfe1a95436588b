"""What the page of a colleague shows of their craft: said, confirmed and shown, with dates, and how it fades."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil.organisation.models import Competence, CompetenceHeld, Evidence
from samspil.organisation.queries import Piece, Weighed, evidence_of, fades_at, pieces_of, proposals, weighed

AHEAD = timedelta(days=365)
"""How far ahead it is told when a level falls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Craft:
    """One competence of one colleague. ``said`` and ``confirmed`` are the newest; ``well`` and ``again`` count answered conversations."""

    competence: Competence
    held: CompetenceHeld | None
    weighed: Weighed
    said: Evidence | None
    confirmed: Evidence | None
    lessons: int
    well: int
    again: int
    verdicts: int
    last: datetime | None
    fades: datetime | None

    @property
    def shown(self) -> int:
        """Answered conversations that are evidence."""
        return self.well + self.again

    @property
    def fresh(self) -> bool:
        """Whether the confirmation is the newest word and still what the level says: there is nothing to confirm."""
        newest = self.confirmed is not None and (self.said is None or self.said.at <= self.confirmed.at)
        return newest and self.confirmed is not None and round(self.confirmed.level) == self.weighed.whole and self.fades is None


def crafts(colleague: UUID, at: datetime) -> tuple[Sequence[Craft], Sequence[Craft]]:
    """What a colleague holds, best first, and what answers have shown that nobody has said. Three statements."""
    pieces = pieces_of(colleague=colleague)
    told = evidence_of(colleague)
    now = weighed(pieces, at)
    held = {h.competence_id: h for h in CompetenceHeld.objects.filter(colleague=colleague)}
    competences = Competence.objects.filter(active=True, pk__in={b for _, b in pieces} | set(held)).order_by("name", "id")
    found = {
        c.pk: _craft(c, held.get(c.pk), pieces[colleague, c.pk], told.get(c.pk, []), now[colleague, c.pk], at)
        for c in competences
        if (colleague, c.pk) in pieces
    }
    proposed = {b for _, b in proposals(at, pieces=pieces)}
    rows = sorted((c for c in found.values() if c.held), key=lambda c: (-c.weighed.level, c.competence.name))
    return rows, [c for ident, c in found.items() if ident in proposed]


def _craft(
    competence: Competence,
    held: CompetenceHeld | None,
    pieces: Sequence[Piece],
    told: Sequence[Evidence],
    now: Weighed,
    at: datetime,
) -> Craft:
    def times(kind: str) -> int:
        return sum(p.times for p in pieces if p.kind == kind)

    def newest(kind: str) -> Evidence | None:
        return next((e for e in told if e.kind == kind), None)

    return Craft(
        competence=competence,
        held=held,
        weighed=now,
        said=newest("said"),
        confirmed=newest("confirmed"),
        lessons=times("lesson"),
        well=times("well"),
        again=times("again"),
        verdicts=times("verdict"),
        last=max((p.at for p in pieces if p.kind in {"well", "again"}), default=None),
        fades=fades_at(pieces, now.whole, at, AHEAD) if held and now.whole > 1 else None,
    )
