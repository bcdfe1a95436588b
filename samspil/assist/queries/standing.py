"""What gathering and finding share: conditions in SQL of what ended well and what still stands; who took part."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql

WELL = (
    "(SELECT count(*) FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'done'"
    "  AND NOT coalesce((e.data->>'undone')::bool, false)) <= 1"
    " AND NOT EXISTS (SELECT 1 FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'reopened'"
    "  AND NOT coalesce((e.data->>'undone')::bool, false))"
)
STANDS = (
    "NOT EXISTS (SELECT 1 FROM intake_interaction d WHERE d.handle_id = {row}.handle_id AND d.kind = 'delete'"
    " AND d.data->>'target' = {row}.external_id AND d.outgoing = {row}.outgoing)"
)
"""The message ``{row}`` was not taken back."""
_NAMES = (
    "SELECT p.conversation_id, k.name, h.name, h.display, h.address FROM conversation_placement p"
    " JOIN intake_interaction i ON i.id = p.interaction_id JOIN intake_handle h ON h.id = i.handle_id"
    " LEFT JOIN identity_link l ON l.handle_id = h.id AND l.ended_at IS NULL LEFT JOIN identity_consumer k ON k.id = l.consumer_id"
    " WHERE p.conversation_id = ANY(%s) GROUP BY 1, 2, 3, 4, 5"
)


def names_of(conversations: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Every name and address of the people of each conversation; one that nobody wrote in is not in it. One statement, none for none."""
    names: dict[UUID, set[str]] = {}
    for conversation, *known in sql.run(_NAMES, [list(conversations)]) if conversations else ():
        names.setdefault(conversation, set()).update(word for word in known if word)
    return names
