"""Learning from what became of conversations: how they ended, and to whom colleagues handed them on."""

from datetime import datetime, timedelta

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.routing import ports
from samspil.routing.rules.choose import Reason
from samspil.routing.rules.track import estimates

LOOKED_BACK = timedelta(days=180)
SETTLED = timedelta(days=7)
"""What is not taken up again within this time went well."""
CONVERSATIONS = 50_000
"""The newest that ended are counted."""

_ENDED = (
    "SELECT f.id, a.colleague_id, f.competence_id, NOT (EXISTS (SELECT 1 FROM conversation_event r WHERE r.conversation_id = f.id"
    "  AND r.kind = 'reopened' AND r.at > f.at AND r.at <= f.at + %(settled)s)"
    " OR EXISTS (SELECT 1 FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  JOIN conversation_placement q ON q.conversation_id = f.id AND q.at > p.at"
    "  JOIN intake_interaction o ON o.id = q.interaction_id AND o.outgoing AND o.kind = 'message' AND o.colleague_id IS NOT NULL"
    "  WHERE p.conversation_id = f.id AND NOT i.outgoing AND i.kind = 'message' AND p.at > f.at AND p.at <= f.at + %(settled)s))"
    " FROM (SELECT DISTINCT ON (c.id) c.id, c.competence_id, e.at FROM conversation_event e JOIN conversation c"
    "   ON c.id = e.conversation_id AND c.competence_id IS NOT NULL AND c.merged_into_id IS NULL"
    "  WHERE e.kind = 'done' AND e.at > %(since)s AND e.at <= %(until)s AND NOT e.data ? 'undone' ORDER BY c.id, e.at) f"
    " CROSS JOIN LATERAL (SELECT i.colleague_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = f.id AND i.outgoing AND i.kind = 'message' AND i.colleague_id IS NOT NULL AND p.at <= f.at"
    "  ORDER BY p.at DESC, i.id DESC LIMIT 1) a ORDER BY f.at DESC, f.id LIMIT %(most)s"
)
_HANDED_ON = (
    "SELECT DISTINCT ON (e.conversation_id, t.id) e.conversation_id, e.at, e.by_id, t.id, c.competence_id, c.unit_id, sole.competence,"
    " coalesce(d.by_id IS NULL, true), b.name, t.name, k.name"
    " FROM conversation_event e JOIN conversation c ON c.id = e.conversation_id AND c.merged_into_id IS NULL"
    " JOIN organisation_colleague t ON t.id::text = e.data->>'to' AND t.id <> e.by_id"
    " JOIN organisation_colleague b ON b.id = e.by_id"
    " LEFT JOIN LATERAL (SELECT min(h.competence_id::text)::uuid AS competence FROM organisation_competence_held h"
    "  JOIN organisation_competence s ON s.id = h.competence_id AND s.active WHERE h.colleague_id = t.id HAVING count(*) = 1) sole"
    "  ON true"
    " LEFT JOIN organisation_competence k ON k.id = sole.competence"
    " LEFT JOIN LATERAL (SELECT by_id FROM routing_decision WHERE conversation_id = c.id ORDER BY at DESC, id DESC LIMIT 1) d ON true"
    " WHERE e.kind = 'assigned' AND e.by_id IS NOT NULL AND e.at > %(since)s AND NOT e.data ? 'undone'"
    " AND EXISTS (SELECT 1 FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND p.at > e.at AND i.outgoing AND i.kind = 'message' AND i.colleague_id = t.id)"
    " ORDER BY e.conversation_id, t.id, e.at DESC LIMIT %(most)s"
)


def learn_from_outcomes(*, at: datetime) -> int:
    """Compute anew what became of each colleague's conversations of each competence; the number of estimates.

    A conversation went well when the consumer said so, or else when it was not taken up again within a week of its end; it counts
    for who answered last. What somebody was handed and answered counts once more, as going well. What was handed to a colleague who
    holds one competence alone is learned by the classifier too, as if set by hand. A constant number of statements.
    """
    since = at - LOOKED_BACK
    spans = {"since": since, "until": at - SETTLED, "settled": SETTLED, "most": CONVERSATIONS}
    with step():
        sql.write("SELECT pg_advisory_xact_lock(hashtext('samspil.routing.outcomes'))")
        said = ports.verdicts(since)
        outcomes = [(who, what, said.get(conversation, well)) for conversation, who, what, well in sql.run(_ENDED, spans)]
        handed = sql.run(_HANDED_ON, {"since": since, "most": CONVERSATIONS})
        outcomes += [(row[3], row[4], True) for row in handed if row[4] is not None]
        found = estimates(outcomes)
        sql.write("DELETE FROM routing_record")
        sql.copy(
            "routing_record",
            ("id", "colleague_id", "competence_id", "well", "ended", "rate", "spread", "shift", "at"),
            [(new_id(), who, what, e.well, e.ended, e.rate, e.spread, e.shift, at) for (who, what), e in found.items()],
        )
        _teach(handed)
    return len(found)


def _teach(handed: sql.Rows) -> None:
    """Keep as decisions by hand what was handed to who knows one thing alone, where nobody has decided by hand since."""
    sql.copy(
        "routing_decision",
        ("id", "conversation_id", "at", "competence_id", "unit_id", "colleague_id", "by_id", "reasons"),
        [
            (
                new_id(), conversation, when, only, unit, to, by,
                sql.Jsonb([Reason(kind="handed_on", words=(giver, taker, name), weight=1.0).as_json()]),
            )
            for conversation, when, by, to, competence, unit, only, free, giver, taker, name in handed
            if only is not None and free and competence != only
        ],
    )  # fmt: skip
