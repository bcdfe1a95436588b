"""Letting free places take what waits."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.routing import ports
from samspil.routing.actions.record import Decided, one_at_a_time, record, waits
from samspil.routing.actions.route import BY_HAND, LAST_ANSWERED, remembered
from samspil.routing.queries.active import standing
from samspil.routing.queries.people import people
from samspil.routing.queries.policy import policy
from samspil.routing.queries.soon import foretell
from samspil.routing.rules.assign import share
from samspil.routing.rules.choose import Asked, Waiting

_OPEN = "c.status = 'open' AND c.assignee_id IS NULL AND c.competence_id IS NOT NULL AND c.merged_into_id IS NULL"
_ASKED_FOR = f"SELECT DISTINCT c.competence_id FROM conversation c WHERE {_OPEN}"
_WAITING = (
    "SELECT c.id, c.competence_id, last.colleague_id, last.at, coalesce(c.waiting_since, c.last_at), d.confidence, c.unit_id,"
    " d.wanted, said.language, jsonb_path_query_first(d.reasons, '$[*] ? (@.kind == \"waits\").words[4]') #>> '{}'"
    f" FROM conversation c LEFT JOIN LATERAL ({LAST_ANSWERED}) last ON true"
    " JOIN LATERAL (SELECT by_id, confidence, competence_id, wanted, reasons FROM routing_decision WHERE conversation_id = c.id"
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
        waiting = _waiting(rows, at)
        known = {item.asked.last for item in waiting if item.asked.last}
        patience = policy().patience_minutes if known else 0
        hoped = [p for p in foretell(everybody, known=known, at=at, minutes=patience) if p.soon]
        shared = share(waiting, [*able, *hoped], at, patience=timedelta(minutes=patience))
        taken = shared.given
        held_back = [(item, hold) for item, hold in shared.held if rows[item.conversation][9] != str(hold.colleague)]
        chosen = [*(item.conversation for item, _ in taken), *(item.conversation for item, _ in held_back)]
        still = set(sql.run(_STILL, [chosen])) if chosen else set()
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
        held_back = [(item, hold) for item, hold in held_back if (item.conversation, item.asked.competence) in still]
        why = waits(held=[hold for _, hold in held_back])
        waits_for = [
            Decided(
                conversation=item.conversation,
                reasons=[why[n]],
                competence=item.asked.competence,
                confidence=rows[item.conversation][5],
                unit=rows[item.conversation][6],
                wanted=item.asked.wanted,
            )
            for n, (item, _) in enumerate(held_back)
        ]
        record(decided=[*decided, *waits_for], at=at)
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
        for ident, competence, last, when, since, _, _, wanted, language, _ in rows.values()
    ]
