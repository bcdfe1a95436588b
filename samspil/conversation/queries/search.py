"""Finding conversations by what was said in them and by who said it."""

from datetime import datetime
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from samspil.base import sql
from samspil.base.flow import step
from samspil.identity.queries import find

HITS = 300
"""Newest messages that a search looks at; a word that everybody uses would otherwise be ranked for half a second."""

RECENT = 4_000
"""So many of the newest messages are read in order first: a word that everybody uses has its newest hits among them."""
FEW = 5_000
"""A word with so many hits at most is asked of the index alone."""
PATIENCE = "3s"
"""How long the log is read backwards for the newest hits of a word with more."""

_TEXT = "SELECT p.conversation_id, max(h.at), count(*) FROM ({hits}) h JOIN conversation_placement p ON p.interaction_id = h.id GROUP BY 1"
_MEANT = "(websearch_to_tsquery('danish', %(words)s) || websearch_to_tsquery('english', %(words)s))"
_NEWEST = (
    "SELECT i.id, i.at FROM (SELECT id, at, search FROM intake_interaction ORDER BY id DESC LIMIT {depth}) i"
    f" WHERE i.search @@ {_MEANT} LIMIT {HITS}"
)
_IN_ORDER = f"SELECT id, at FROM intake_interaction WHERE search @@ {_MEANT} ORDER BY id DESC LIMIT {HITS}"
_BY_INDEX = f"SELECT id, at FROM intake_interaction WHERE search @@ {_MEANT} LIMIT %(few)s"
_OF_THESE = "SELECT i.id, i.at FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS i(id, at)"
_NOTES = (
    "SELECT conversation_id, at FROM conversation_note"
    " WHERE to_tsvector('danish', text) @@ websearch_to_tsquery('danish', %s) ORDER BY id DESC LIMIT %s"
)
_OF = "SELECT id, last_at FROM conversation WHERE consumer_id = ANY(%s) AND merged_into_id IS NULL ORDER BY last_at DESC LIMIT %s"


def _said(words: str) -> list[tuple[UUID, datetime]]:
    """Conversations with the newest messages in which the words occur.

    What is common is soon found by reading back from the newest message, what is rare with the index; the other way round each
    takes seconds, and PostgreSQL cannot tell for a word that it has no figures for. So it is tried, and told which way to go.
    """
    given = {"words": words, "few": FEW + 1}
    rows = sql.run(_TEXT.format(hits=_NEWEST.format(depth=RECENT)), given)
    if sum(row[2] for row in rows) >= HITS:
        return [row[:2] for row in rows]
    with step():
        sql.write("SET LOCAL enable_seqscan = off")
        found = sorted(sql.run(_BY_INDEX, given), reverse=True)
    if len(found) > FEW:
        try:
            with step():
                for setting in (f"statement_timeout = '{PATIENCE}'", "enable_seqscan = off", "enable_bitmapscan = off"):
                    sql.write(f"SET LOCAL {setting}")
                return [row[:2] for row in sql.run(_TEXT.format(hits=_IN_ORDER), given)]
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
    newest = found[:HITS]  # for a word that was said often and long ago, those that the index named first
    return [
        row[:2] for row in sql.run(_TEXT.format(hits=_OF_THESE), {"ids": [i for i, _ in newest], "times": [t for _, t in newest]})
    ]


def search_ids(words: str) -> list[UUID]:
    """Conversations in which the words occur (Danish and English stems) or whose consumer is called so; newest hit first.

    A constant number of statements, whatever the size of the log. The caller applies who may see what. Empty words find nothing.
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
