"""Finding conversations by what was said in them and by who said it."""

from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.identity.queries import find

HITS = 300
"""Newest messages that a search looks at; a word that everybody uses would otherwise be ranked for half a second."""

DEPTHS = (4_000, 100_000)
"""How many of the newest messages are read in order before the index is asked; the second only where the first says it is worth it."""
RARE = 300
"""A word in fewer than one of so many messages is rare."""

# A common word has its newest hits among the newest messages, and its index entry names half of the log; a rare one is soon found
# with the index, and reading back to it in order takes seconds. PostgreSQL cannot tell them apart by a word that it has no figures for.
_TEXT = "SELECT p.conversation_id, max(h.at), count(*) FROM ({hits}) h JOIN conversation_placement p ON p.interaction_id = h.id GROUP BY 1"
_MEANT = "(websearch_to_tsquery('danish', %(words)s) || websearch_to_tsquery('english', %(words)s))"
_IN_ORDER = (
    "SELECT i.id, i.at FROM (SELECT id, at, search FROM intake_interaction ORDER BY id DESC LIMIT {depth}) i"
    f" WHERE i.search @@ {_MEANT} LIMIT {HITS}"
)
_BY_INDEX = (
    f"WITH found AS MATERIALIZED (SELECT i.id, i.at FROM intake_interaction i WHERE i.search @@ {_MEANT})"
    f" SELECT id, at FROM found ORDER BY id DESC LIMIT {HITS}"
)
_NOTES = (
    "SELECT conversation_id, at FROM conversation_note"
    " WHERE to_tsvector('danish', text) @@ websearch_to_tsquery('danish', %s) ORDER BY id DESC LIMIT %s"
)
_OF = "SELECT id, last_at FROM conversation WHERE consumer_id = ANY(%s) AND merged_into_id IS NULL ORDER BY last_at DESC LIMIT %s"


def _said(words: str) -> list[tuple[UUID, datetime]]:
    """Conversations with the newest messages in which the words occur. Three statements at most."""
    for depth in DEPTHS:
        rows = sql.run(_TEXT.format(hits=_IN_ORDER.format(depth=depth)), {"words": words})
        hits = sum(row[2] for row in rows)
        if hits >= HITS:
            return [row[:2] for row in rows]
        if hits * RARE < depth:
            break
    return [row[:2] for row in sql.run(_TEXT.format(hits=_BY_INDEX), {"words": words})]


def search_ids(words: str) -> list[UUID]:
    """Conversations in which the words occur (Danish and English stems) or whose consumer is called so; newest hit first.

    Eight statements at most, whatever the size of the log. The caller applies who may see what. Empty words find nothing.
    """
    if not words.strip():
        return []
    found: dict[UUID, datetime] = {}
    people = [c.pk for c in find(words, limit=30)]
    for ident, at in [
        *_said(words),
        *sql.run(_NOTES, [words, 100]),
        *(sql.run(_OF, [people, 100]) if people else []),
    ]:
        found[ident] = max(found.get(ident, at), at)
    return sorted(found, key=lambda c: (found[c], c), reverse=True)
