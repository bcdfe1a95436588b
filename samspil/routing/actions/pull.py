"""Letting free places take what waits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.routing import ports
from samspil.routing.actions.record import Decided, one_at_a_time, record
from samspil.routing.actions.route import BY_HAND, LAST_ANSWERED, remembered
from samspil.routing.queries.active import standing
from samspil.routing.queries.people import people
from samspil.routing.rules.assign import assign
from samspil.routing.rules.choose import Asked, Waiting

_OPEN = "c.status = 'open' AND c.assignee_id IS NULL AND c.competence_id IS NOT NULL AND c.merged_into_id IS NULL"
_ASKED_FOR = f"SELECT DISTINCT c.competence_id FROM conversation c WHERE {_OPEN}"
_WAITING = (
    "SELECT c.id, c.competence_id, last.colleague_id, last.at, coalesce(c.waiting_since, c.last_at), d.confidence, c.unit_id,"
    " d.wanted, said.language"
    f" FROM conversation c LEFT JOIN LATERAL ({LAST_ANSWERED}) last ON true"
    " JOIN LATERAL (SELECT by_id, confidence, competence_id, wanted FROM routing_decision WHERE conversation_id = c.id"
    "  ORDER BY at DESC, id DESC LIMIT 1) d ON d.competence_id = c.competence_id"
    " LEFT JOIN LATERAL (SELECT i.language FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND NOT i.outgoing ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1) said ON true"
    f" WHERE {_OPEN} AND c.competence_id = ANY(%s) AND NOT {BY_HAND}"
    " ORDER BY coalesce(c.waiting_since, c.last_at), c.id"
)
_STILL = (
    f"SELECT c.id, c.competence_id FROM conversation c WHERE c.id = ANY(%s) AND {_OPEN} AND NOT {BY_HAND}"
    " ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED"
)


def pull_waiting(*, at: datetime) -> int:
    """Give what waits in the queues to colleagues at their desks with free places, all of it at once; the number given.

    What a colleague has put back or taken in hand is left alone, and what somebody holds just now waits for the next round. Nothing
    waiting costs one statement.
    """
    with step():
        asked_for = [row[0] for row in sql.run(_ASKED_FOR)]
        if not asked_for:
            return 0
        one_at_a_time()
        everybody = people(competences={*asked_for, *standing().competences}, at=at)  # also what may be wanted besides
        able = [p for p in everybody if p.takes(at) and p.free(p.load) > 0]
        held = sorted({c for p in able for c in p.levels})
        rows = {row[0]: row for row in sql.run(_WAITING, [held])} if held else {}
        if not rows:
            return 0
        taken = assign(_waiting(rows, at), able, at)
        still = set(sql.run(_STILL, [[item.conversation for item, _ in taken]])) if taken else set()
        decided = [
            Decided(
                conversation=item.conversation,
                reasons=choice.reasons,
                competence=item.asked.competence,
                confidence=rows[item.conversation][5],
                unit=choice.unit or rows[item.conversation][6],
                colleague=choice.colleague,
                wanted=item.asked.wanted,
            )
            for item, choice in taken
            if (item.conversation, item.asked.competence) in still
        ]
        record(decided=decided, at=at)
        return len(decided)


def _waiting(rows: dict[UUID, tuple[Any, ...]], at: datetime) -> list[Waiting]:
    due = ports.due(list(rows))
    return [
        Waiting(
            conversation=ident,
            asked=Asked(
                competence=competence,
                last=remembered(colleague=last, when=when, at=at),
                wanted=tuple((UUID(c), share) for c, share in wanted),
                language=language or "",
            ),
            since=since,
            due=due.get(ident),
        )
        for ident, competence, last, when, since, _, _, wanted, language in rows.values()
    ]
