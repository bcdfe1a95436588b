"""What colleagues have said of late that conversations were about."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from samspil.base import sql
from samspil.routing.rules.precedent import Precedent

REMEMBERED = timedelta(days=90)
MOST = 200
"""Precedents that are looked at, the newest."""

_PRECEDENTS = (
    "SELECT s.conversation_id, s.competence_id, coalesce(said.text, ''), coalesce(g.name, '') FROM ("
    " SELECT DISTINCT ON (conversation_id) conversation_id, competence_id, by_id, at FROM ("
    "  (SELECT conversation_id, competence_id, by_id, at FROM routing_decision WHERE by_id IS NOT NULL AND competence_id IS NOT NULL"
    "   AND at > %(since)s ORDER BY at DESC LIMIT %(most)s)"
    "  UNION ALL (SELECT conversation_id, competence_id, by_id, at FROM routing_told WHERE at > %(since)s ORDER BY at DESC LIMIT %(most)s)"
    " ) each ORDER BY conversation_id, at DESC) s"
    " JOIN conversation c ON c.id = s.conversation_id LEFT JOIN organisation_colleague g ON g.id = s.by_id"
    " CROSS JOIN LATERAL (SELECT i.subject || E'\\n' || left(i.text, 1500) AS text FROM conversation_placement p"
    "  JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = coalesce(c.merged_into_id, c.id) AND i.kind = 'message' AND NOT i.outgoing"
    "  ORDER BY p.at, p.interaction_id LIMIT 1) said"
    " ORDER BY s.at DESC, s.conversation_id LIMIT %(most)s"
)


def precedents(*, at: datetime, among: Collection[UUID]) -> Sequence[Precedent]:
    """Conversations whose competence a colleague has set, or shown, within REMEMBERED; the newest first. One statement."""
    rows = sql.run(_PRECEDENTS, {"since": at - REMEMBERED, "most": MOST})
    return [
        Precedent(conversation=conversation, competence=competence, text=text, by=by)
        for conversation, competence, text, by in rows
        if competence in among
    ]
