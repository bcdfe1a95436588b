"""What answered conversations show of who answered them: evidence for the organisation, without anything of the consumer."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.ids import digest
from samspil.organisation.actions import Shown, record_evidence

LEVELS = {"well": 4.0, "again": 3.0}
"""What a conversation shows: answered and done at once, that somebody carries it; done only after it was opened again, that they can."""

_ENDED = (
    "SELECT c.id, c.competence_id, c.status = 'done' AND c.merged_into_id IS NULL, c.done_at,"
    " (SELECT count(*) FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'done'"
    "  AND NOT coalesce((e.data->>'undone')::bool, false)),"
    " ARRAY(SELECT DISTINCT i.colleague_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  JOIN organisation_colleague g ON g.id = i.colleague_id AND NOT g.outside"
    "  WHERE p.conversation_id = c.id AND i.outgoing AND i.kind = 'message')"
    " FROM conversation c WHERE c.id = ANY(%s) ORDER BY c.id"
)


def show(*, conversations: Collection[UUID], at: datetime) -> None:
    """Tell the organisation how these conversations ended for whoever answered them. A constant number of statements.

    Done the first time is ``well``, done again after it was reopened is ``again``; what is not done, or asks for no competence,
    shows nothing any more.
    """
    shown, gone = [], []
    for ident, competence, done, done_at, times, answered in sql.run(_ENDED, [sorted(conversations)]):
        for colleague in answered:
            key = digest("answered", str(ident), str(colleague))
            if not done or competence is None:
                gone.append(key)
                continue
            kind = "well" if times <= 1 else "again"
            shown.append(
                Shown(key=key, colleague=colleague, competence=competence, kind=kind, level=LEVELS[kind], at=done_at or at)
            )
    record_evidence(shown=shown, gone=gone, at=at)
