"""Letting free places take what waits."""

from datetime import datetime

from samspil.base import sql
from samspil.base.flow import step
from samspil.routing.actions.record import Decided, one_at_a_time, record
from samspil.routing.actions.route import BY_HAND, LAST_ANSWERED, remembered
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Asked, Waiting, pull

LOOKED_AT = 500
"""Of a longer queue, those that have waited longest."""

_WAITING = (
    "SELECT c.id, c.competence_id, last.colleague_id, last.at, coalesce(c.waiting_since, c.last_at), d.confidence, c.unit_id"
    f" FROM conversation c LEFT JOIN LATERAL ({LAST_ANSWERED}) last ON true"
    " JOIN LATERAL (SELECT by_id, confidence, competence_id FROM routing_decision WHERE conversation_id = c.id"
    "  ORDER BY at DESC, id DESC LIMIT 1) d ON d.competence_id = c.competence_id"
    " WHERE c.status = 'open' AND c.assignee_id IS NULL AND c.competence_id IS NOT NULL AND c.merged_into_id IS NULL"
    f" AND NOT {BY_HAND}"
    " ORDER BY coalesce(c.waiting_since, c.last_at), c.id LIMIT %s FOR NO KEY UPDATE OF c SKIP LOCKED"
)


def pull_waiting(*, at: datetime) -> int:
    """Give what waits in the queues to colleagues at their desks with free places; the number given.

    What a colleague has put back or taken in hand is left alone. Nothing waiting costs one statement.
    """
    with step():
        rows = sql.run(_WAITING, [LOOKED_AT])
        if not rows:
            return 0
        one_at_a_time()
        stood = {row[0]: (row[5], row[6]) for row in rows}
        waiting = [
            Waiting(
                conversation=c, asked=Asked(competence=competence, last=remembered(colleague=last, when=when, at=at)), since=since
            )
            for c, competence, last, when, since, *_ in rows
        ]
        taken = pull(waiting, people(competences={row[1] for row in rows}), at)
        record(
            decided=[
                Decided(
                    conversation=item.conversation,
                    reasons=choice.reasons,
                    competence=item.asked.competence,
                    confidence=stood[item.conversation][0],
                    unit=choice.unit or stood[item.conversation][1],
                    colleague=choice.colleague,
                )
                for item, choice in taken
            ],
            at=at,
        )
        return len(taken)
