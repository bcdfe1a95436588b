"""Keeping checklists where what they are about lies."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql


def follow_into(*, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """The lists of each absorbed conversation belong to the one that took it in, (kept, absorbed). Joins the caller's step.

    In the order of the merges, one statement each: what was absorbed twice goes all the way.
    """
    for kept, absorbed in pairs:
        sql.write("UPDATE checklist SET conversation_id = %s WHERE conversation_id = %s", [kept, absorbed])


def follow_about(*, conversations: Sequence[UUID]) -> None:
    """After a split: each list lies where the message lies that it began at. Joins the caller's step; one statement."""
    sql.run(
        "UPDATE checklist k SET conversation_id = p.conversation_id FROM conversation_placement p"
        " WHERE p.interaction_id = k.about_id AND k.conversation_id = ANY(%s) AND p.conversation_id = ANY(%s)"
        " AND k.conversation_id <> p.conversation_id",
        [list(conversations), list(conversations)],
    )
