"""What handing over does when a conversation changes hands, however that came about, and when two become one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base.flow import places
from samspil.conversation.facts import ConversationChanged, ConversationsMerged
from samspil.handover.actions import follow_into, record

HANDS = {"assigned", "undone", "split", "opened", "furnished"}
"""What can change who has a conversation."""


def note_hands(changed: Sequence[ConversationChanged]) -> None:
    """Keep up with who has what, from the log. What an action has kept already is found as it is."""
    times: dict[UUID | None, datetime] = {}
    asked: dict[UUID | None, list[UUID]] = {}
    for fact, place in zip(changed, places(), strict=True):
        if fact.what in HANDS:
            asked.setdefault(fact.by, []).append(fact.conversation)
            times[fact.by] = place.at
    for by, conversations in asked.items():
        record(conversations=conversations, at=times[by], by=by)


def follow_merge(merged: Sequence[ConversationsMerged]) -> None:
    """Go along into the conversation that took the other in."""
    follow_into(pairs=[(fact.kept_conversation, fact.absorbed) for fact in merged])
