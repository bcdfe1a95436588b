"""Keeping up with who has a conversation: each change of hands becomes a hand-over, which who takes it reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.handover.facts import ConversationHanded
from samspil.handover.rules import Held, Unread, follow, said

_NOW = (
    "SELECT c.id, c.assignee_id, h.colleague_id, h.since, u.id, u.had_id, u.had_since, u.to_id FROM conversation c"
    " LEFT JOIN handover_holding h ON h.conversation_id = c.id"
    " LEFT JOIN LATERAL (SELECT o.id, o.had_id, o.had_since, o.to_id FROM handover o WHERE o.conversation_id = c.id"
    "  AND o.read_at IS NULL ORDER BY o.at DESC, o.id DESC LIMIT 1) u ON true"
    " WHERE c.id = ANY(%s) AND c.merged_into_id IS NULL ORDER BY c.id FOR NO KEY UPDATE OF c"
)


def record(*, conversations: Sequence[UUID], at: datetime, by: UUID | None = None, word: str = "") -> int:
    """Compare who has the conversations with who had them, and keep what changed; the number. Joins the caller's step.

    Asked again it finds nothing new: so an action and the log may both ask. A constant number of statements; one when nothing changed.
    """
    if not conversations:
        return 0
    with step():
        done = _Done(at=at, by=by, word=said(word))
        for row in sql.run(_NOW, [sorted(set(conversations))]):
            done.take(*row)
        done.write()
        publish(*done.facts)
    return len(done.facts)


class _Done:
    """What has changed, to be written at once."""

    def __init__(self, *, at: datetime, by: UUID | None, word: str) -> None:
        self.at, self.by, self.word = at, by, word
        self.held: list[tuple[UUID, UUID, datetime]] = []
        self.free: list[UUID] = []
        self.made: list[tuple[Any, ...]] = []
        self.taken: list[tuple[UUID, UUID]] = []
        self.never: list[UUID] = []
        self.facts: list[ConversationHanded] = []

    def take(self, conversation: UUID, has: UUID | None, holder: UUID | None, since: datetime | None, *unread: Any) -> None:
        """One conversation: who has it, who had it since when, and its unread hand-over."""
        held = Held(colleague=holder, since=since) if holder and since else None
        open_ = Unread(id=unread[0], had=unread[1], had_since=unread[2], to=unread[3]) if unread[0] else None
        deed = follow(held, open_, has)
        if deed == "same":
            return
        begun = self.at
        if deed == "back" and open_ is not None:
            self.never.append(open_.id)
            begun = open_.had_since
        if deed == "taken" and open_ is not None and has is not None:
            self.taken.append((open_.id, has))
        if held is not None and deed in ("left", "over"):
            self.made.append((new_id(), conversation, held.colleague, held.since, has, self.by, self.word, self.at))
        if has is None:
            self.free.append(conversation)
        else:
            self.held.append((conversation, has, begun))
        self.facts.append(ConversationHanded(conversation=conversation, what=deed, colleague=has))

    def write(self) -> None:
        """Five statements at most."""
        if self.held:
            source, values = sql.table("uuid uuid timestamptz", self.held)
            sql.write(
                f"INSERT INTO handover_holding (conversation_id, colleague_id, since) SELECT * FROM {source} AS t(c, g, s)"
                " ON CONFLICT (conversation_id) DO UPDATE SET colleague_id = excluded.colleague_id, since = excluded.since",
                values,
            )
        if self.free:
            sql.write("DELETE FROM handover_holding WHERE conversation_id = ANY(%s)", [self.free])
        if self.made:
            sql.copy("handover", ("id", "conversation_id", "had_id", "had_since", "to_id", "by_id", "word", "at"), self.made)
        if self.taken:
            source, values = sql.table("uuid uuid", self.taken)
            sql.write(f"UPDATE handover o SET to_id = t.g FROM {source} AS t(i, g) WHERE o.id = t.i", values)
        if self.never:
            sql.write("DELETE FROM handover WHERE id = ANY(%s)", [self.never])


def follow_into(*, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """The hand-overs of each absorbed conversation belong to the one that took it in, (kept, absorbed). Joins the caller's step."""
    for kept, absorbed in pairs:
        sql.write("UPDATE handover SET conversation_id = %s WHERE conversation_id = %s", [kept, absorbed])
        sql.write("DELETE FROM handover_holding WHERE conversation_id = %s", [absorbed])
