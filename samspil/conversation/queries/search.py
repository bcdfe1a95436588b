"""Finding conversations by what was said in them and by who said it."""

from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.identity.queries import find

HITS = 300
"""Newest messages that a search looks at; a word that everybody uses would otherwise be ranked for half a second."""

_TEXT = (
    "SELECT p.conversation_id, max(h.at) FROM ("
    " SELECT i.id, i.at FROM intake_interaction i WHERE i.search @@"
    " (websearch_to_tsquery('danish', %s) || websearch_to_tsquery('english', %s)) ORDER BY i.id DESC LIMIT %s) h"
    " JOIN conversation_placement p ON p.interaction_id = h.id GROUP BY 1"
)
_NOTES = (
    "SELECT conversation_id, at FROM conversation_note"
    " WHERE to_tsvector('danish', text) @@ websearch_to_tsquery('danish', %s) ORDER BY id DESC LIMIT %s"
)
_OF = "SELECT id, last_at FROM conversation WHERE consumer_id = ANY(%s) AND merged_into_id IS NULL ORDER BY last_at DESC LIMIT %s"


def search_ids(words: str) -> list[UUID]:
    """Conversations in which the words occur (Danish and English stems) or whose consumer is called so; newest hit first. Four statements.

    The caller applies who may see what. Empty words find nothing.
    """
    if not words.strip():
        return []
    found: dict[UUID, datetime] = {}
    people = [c.pk for c in find(words, limit=30)]
    for ident, at in [
        *sql.run(_TEXT, [words, words, HITS]),
        *sql.run(_NOTES, [words, 100]),
        *(sql.run(_OF, [people, 100]) if people else []),
    ]:
        found[ident] = max(found.get(ident, at), at)
    return sorted(found, key=lambda c: (found[c], c), reverse=True)
