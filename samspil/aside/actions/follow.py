"""Keeping asides where what they are about lies."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql


def follow_into(*, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """The asides of each absorbed conversation belong to the one that took it in, (kept, absorbed). Joins the caller's step.

    In the order of the merges, one statement each: what was absorbed twice goes all the way.
    """
    for kept, absorbed in pairs:
        sql.run("UPDATE aside SET conversation_id = %s WHERE conversation_id = %s", [kept, absorbed])


def follow_shared(*, conversations: Sequence[UUID]) -> None:
    """After a split: an aside whose messages all lie in one of these conversations goes there. Joins the caller's step; one statement."""
    sql.run(
        "UPDATE aside a SET conversation_id = t.place FROM ("
        " SELECT s.aside_id, min(p.conversation_id::text)::uuid AS place FROM aside_shared s"
        "  JOIN conversation_placement p ON p.interaction_id = s.interaction_id JOIN aside x ON x.id = s.aside_id"
        "  WHERE x.conversation_id = ANY(%s) GROUP BY s.aside_id HAVING count(DISTINCT p.conversation_id) = 1) t"
        " WHERE a.id = t.aside_id AND a.conversation_id <> t.place AND t.place = ANY(%s)",
        [list(conversations), list(conversations)],
    )
