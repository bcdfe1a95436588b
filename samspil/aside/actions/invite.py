"""Bringing colleagues into an aside: at its beginning, by the clock, by one another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.aside.facts import ColleagueAsked
from samspil.aside.models import Aside, Member
from samspil.base import sql
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.routing.queries import Able


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A colleague who is to be asked, and why."""

    colleague: UUID
    why: str = Member.Why.NAME.value
    competence: UUID | None = None
    reasons: Sequence[dict[str, Any]] = field(default_factory=tuple)


def by_competence(*, able: Able) -> Invited:
    """One whom a competence found. The reasons are kept as routing keeps its own, so that every reader has them in their language."""
    return Invited(
        colleague=able.colleague.pk,
        why=Member.Why.COMPETENCE.value,
        competence=able.competence.pk,
        reasons=[
            {"kind": "level", "words": [str(able.level)], "weight": float(able.level)},
            {"kind": "place", "words": [str(able.free), str(able.colleague.capacity)], "weight": 0.0},
            {"kind": "present" if able.present else "absent", "words": [], "weight": 0.0},
        ],
    )


def invite(*, aside: Aside, invited: Sequence[Invited], by: UUID | None, at: datetime) -> list[UUID]:
    """Ask them, each once; who was asked before stays as they are. Those who are new. Joins the caller's step; one statement."""
    if not invited:
        return []
    source, values = sql.table(
        "uuid uuid text uuid jsonb", [(new_id(), i.colleague, i.why, i.competence, sql.Jsonb(list(i.reasons))) for i in invited]
    )
    rows = sql.run(
        "INSERT INTO aside_member (id, aside_id, colleague_id, why, competence_id, reasons, invited_by_id, asked_at, state, reason,"
        f" changed_at) SELECT t.id, %s, t.colleague, t.why, t.competence, t.reasons, %s, %s, 'asked', '', %s FROM {source}"
        " AS t(id, colleague, why, competence, reasons) ON CONFLICT (aside_id, colleague_id) DO NOTHING RETURNING colleague_id",
        [aside.pk, by, at, at, *values],
    )
    new = [row[0] for row in rows]
    publish(*[ColleagueAsked(aside=aside.pk, conversation=aside.conversation_id, colleague=c, by=by) for c in new])
    return new
