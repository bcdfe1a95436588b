"""What is known of who knows what: evidence, levels weighed from it, languages, the tree of competences."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.organisation.models import Competence, Evidence, Speaks
from samspil.organisation.rules import Piece, Weighed, above, below, fades_below, proposed, weigh

Pair = tuple[UUID, UUID]
"""A colleague and a competence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where a competence stands: what is wider, the nearest first, and what is narrower, the nearest first. In use alone."""

    ancestors: tuple[UUID, ...] = ()
    descendants: tuple[UUID, ...] = ()


_PIECES = (
    "SELECT e.colleague_id, e.competence_id, e.kind, e.level, e.at, count(*) FROM organisation_evidence e"
    " {which} GROUP BY 1, 2, 3, 4, 5"
)


def pieces_of(*, pairs: Collection[Pair] | None = None, colleague: UUID | None = None) -> dict[Pair, list[Piece]]:
    """The evidence of these pairs, of one colleague, or all, alike of one day together. One statement."""
    params: list[Any]
    which, params = ("", []) if colleague is None else ("WHERE e.colleague_id = %s", [colleague])
    if pairs is not None:
        which = "JOIN unnest(%s::uuid[], %s::uuid[]) AS t(a, b) ON e.colleague_id = t.a AND e.competence_id = t.b"
        params = [[a for a, _ in pairs], [b for _, b in pairs]]
    found: dict[Pair, list[Piece]] = defaultdict(list)
    for a, b, kind, level, at, times in sql.run(_PIECES.format(which=which), params):
        found[a, b].append(Piece(kind=kind, level=level, at=at, times=times))
    return dict(found)


def weighed(pieces: Mapping[Pair, Sequence[Piece]], at: datetime) -> dict[Pair, Weighed]:
    """What each pair's evidence says at a time."""
    return {pair: weigh(given, at) for pair, given in pieces.items()}


def proposals(at: datetime, *, pieces: Mapping[Pair, Sequence[Piece]] | None = None) -> dict[Pair, Weighed]:
    """Who has shown by answers what nobody ever said of them: to be confirmed, never routed to by itself."""
    given = pieces_of() if pieces is None else pieces
    return {pair: weigh(some, at) for pair, some in given.items() if proposed(some, at)}


def fades_at(pieces: Sequence[Piece], least: int, at: datetime, within: timedelta) -> datetime | None:
    """When a level that is at least ``least`` now will be less if nothing new comes, to the week; None if not within that time."""
    return fades_below(pieces, least, at, within)


def evidence_of(colleague: UUID) -> dict[UUID, list[Evidence]]:
    """The statements and lessons of a colleague by competence, newest first, with who confirmed. One statement."""
    rows = Evidence.objects.filter(colleague=colleague).exclude(kind__in=["well", "again", "verdict"])
    found: dict[UUID, list[Evidence]] = defaultdict(list)
    for row in rows.select_related("by").order_by("-at", "-id"):
        found[row.competence_id].append(row)
    return dict(found)


def languages_of(colleagues: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """The languages that colleagues have said they answer in, with how well. One statement."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = Speaks.objects.filter(colleague__in=list(colleagues)).order_by("-level", "language")
    for colleague, language, level in rows.values_list("colleague", "language", "level"):
        found[colleague][language] = level
    return dict(found)


def lines() -> dict[UUID, Line]:
    """Where each competence in use stands in the tree. One statement."""
    rows = list(Competence.objects.order_by("name", "id").values_list("id", "parent_id", "active"))
    parents = {ident: parent for ident, parent, _ in rows}
    used = {ident for ident, _, active in rows if active}
    return {
        ident: Line(
            ancestors=tuple(a for a in above(ident, parents) if a in used),
            descendants=tuple(b for b in below(ident, parents) if b in used),
        )
        for ident in sorted(used)
    }


def ancestors(competence: UUID) -> tuple[UUID, ...]:
    """What is wider, the nearest first: where who can and home may look when nobody holds the competence itself."""
    return lines().get(competence, Line()).ancestors


def descendants(competence: UUID) -> tuple[UUID, ...]:
    """What is narrower, the nearest first."""
    return lines().get(competence, Line()).descendants
