"""What is wrong with a relationship, as far as the reader may see it."""

from datetime import datetime, timedelta
from uuid import UUID

from samspil.base import sql
from samspil.conversation.queries.inbox import VISIBLE
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import sees_everything
from samspil.relationship.queries.log import COUNTS, HAPPENED
from samspil.relationship.rules.health import MISSED, PATIENCE, QUESTIONS, Finding, Sign, findings

_SIGNS = (
    # The days on which they wrote, of whatever handle.
    f"(SELECT DISTINCT 'theirs', date_trunc('day', {HAPPENED}), NULL::uuid, '', 0 FROM identity_link l"
    " JOIN intake_interaction i ON i.handle_id = l.handle_id AND i.at > %(days)s"
    f" WHERE l.consumer_id = %(consumer)s AND l.ended_at IS NULL AND i.kind = 'message' AND NOT i.outgoing AND {COUNTS}"
    " ORDER BY 2 DESC LIMIT 60)"
    # What they asked, in conversations that are not done, and nobody has written there since.
    " UNION ALL (SELECT 'question', i.at, c.id, c.subject, 0 FROM identity_link l"
    " JOIN intake_interaction i ON i.handle_id = l.handle_id AND i.at > %(asked)s AND i.at < %(patience)s"
    " JOIN conversation_placement p ON p.interaction_id = i.id JOIN conversation c ON c.id = p.conversation_id"
    " WHERE l.consumer_id = %(consumer)s AND l.ended_at IS NULL AND i.kind = 'message' AND NOT i.outgoing AND strpos(i.text, '?') > 0"
    f" AND c.status <> 'done' AND {COUNTS} AND {VISIBLE} AND NOT EXISTS (SELECT 1 FROM conversation_placement q"
    "  JOIN intake_interaction o ON o.id = q.interaction_id WHERE q.conversation_id = c.id AND q.at > p.at AND o.outgoing"
    "  AND o.kind = 'message') ORDER BY i.at LIMIT 50)"
    # Conversations in which an answer did not come within what was promised.
    " UNION ALL (SELECT 'promise', max(e.at), c.id, c.subject, 0 FROM conversation c JOIN conversation_event e"
    " ON e.conversation_id = c.id AND e.kind = 'promise' AND e.at > %(missed)s AND e.data->>'step' IN ('due', 'late')"
    f" WHERE c.consumer_id = %(consumer)s AND {VISIBLE} GROUP BY c.id)"
    " UNION ALL (SELECT 'pulse', d.at, c.id, c.subject, d.score FROM conversation c JOIN pulse_asked q ON q.conversation_id = c.id"
    " CROSS JOIN LATERAL (SELECT at, score FROM pulse_said s WHERE s.asked_id = q.id ORDER BY s.at DESC, s.id DESC LIMIT 1) d"
    f" WHERE c.consumer_id = %(consumer)s AND d.score IS NOT NULL AND {VISIBLE} ORDER BY d.at DESC LIMIT 10)"
)


def health(consumer: UUID, *, by: Colleague, at: datetime) -> list[Finding]:
    """What is wrong, what presses most first; none where all is well, or too little is known. One statement."""
    values = {
        "consumer": consumer,
        "days": at - timedelta(days=730),
        "asked": at - timedelta(days=QUESTIONS),
        "patience": at - timedelta(days=PATIENCE),
        "missed": at - timedelta(days=MISSED),
        "me": by.pk,
        "unit": by.unit_id,
        "admin": sees_everything(by),
    }
    return findings([Sign(*row) for row in sql.run(_SIGNS, values)], at)
