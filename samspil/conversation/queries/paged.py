"""The statement of one page of a list: newest first, or in the order of a later stage (conversation.ports); by keys, never by offsets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from samspil.conversation.ports import Order

NEWEST = "c.last_at DESC, c.id DESC"
PLACED = (
    "c.placed_at NULLS LAST, CASE WHEN c.placed_at IS NOT NULL THEN c.id END,"
    " CASE WHEN c.placed_at IS NULL THEN c.last_at END DESC, c.id DESC"
)
"""The order of rows in an order of a later stage: those with a time by it, then those without, the newest first."""


class Key(NamedTuple):
    """The last row that was seen. ``placed``: ``at`` is its time in the order that was asked for, else when it was last written in."""

    at: datetime
    id: UUID
    placed: bool = False


def newest_page(where: Sequence[str], params: dict[str, Any], before: Key | None) -> str:
    """The page's conversations, the newest first."""
    found = [*where]
    if before:
        params["at"], params["id"] = before.at, before.id
        found.append("(c.last_at, c.id) < (%(at)s, %(id)s)")
    return f"SELECT c.*, NULL::timestamptz AS placed_at FROM conversation c WHERE {' AND '.join(found)} ORDER BY {NEWEST} LIMIT %(limit)s"


def ordered_page(order: Order, where: Sequence[str], params: dict[str, Any], before: Key | None) -> str:
    """The page's conversations in an order of a later stage, ``placed_at`` their time in it; those without one come last, newest first.

    Two parts, each by an index of its own. The second is not begun where the first fills the page.
    """
    table, time, conversation = order
    rest = [*where, f"NOT EXISTS (SELECT 1 FROM {table} o WHERE o.{conversation} = c.id AND o.{time} IS NOT NULL)"]
    without = newest_page(rest, params, before if before and not before.placed else None)
    if before and not before.placed:
        return without
    found = [f"o.{time} IS NOT NULL", *where]
    if before:
        params["placed_at"], params["placed_id"] = before.at, before.id
        found.append(f"(o.{time}, o.{conversation}) > (%(placed_at)s, %(placed_id)s)")
    placed = (
        f"SELECT c.*, o.{time} AS placed_at FROM {table} o JOIN conversation c ON c.id = o.{conversation}"
        f" WHERE {' AND '.join(found)} ORDER BY o.{time}, o.{conversation} LIMIT %(limit)s"
    )
    return f"SELECT * FROM (({placed}) UNION ALL ({without})) p LIMIT %(limit)s"
