"""What routing does when a message has joined a conversation, and when a place becomes free."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base.clock import now
from samspil.conversation.facts import ConversationChanged, MessageJoined
from samspil.organisation.facts import PresenceChanged
from samspil.routing.actions import decide, pull_waiting
from samspil.routing.actions.shown import show

FREEING = {"done", "assigned", "snoozed"}
"""What may leave somebody with a free place."""

ENDING = {"done", "reopened", "undone", "furnished", "assigned", "split"}
"""What may change how a conversation ended, or what it asks for."""


def route(joined: Sequence[MessageJoined]) -> None:
    """Decide on what people have written, a batch at once. Ours and automatic mail cost nothing; history never comes here."""
    texts: dict[UUID, str] = {}
    strangers = {fact.conversation for fact in joined if fact.opened and fact.stranger}
    for fact in joined:
        if not fact.outgoing and not fact.automatic and not fact.settled:
            before = texts.get(fact.conversation)
            texts[fact.conversation] = fact.text if before is None else f"{before}\n{fact.text}"
    if texts:
        decide(texts=texts, strangers=strangers, at=now())


def share_out(changed: Sequence[ConversationChanged]) -> None:
    """Let the places that became free take what waits. What Samspil has just assigned itself frees nothing."""
    if any(fact.what in FREEING and not (fact.what == "assigned" and fact.by is None) for fact in changed):
        pull_waiting(at=now())


def welcome(changed: Sequence[PresenceChanged]) -> None:
    """Let who has come back take what waits."""
    if changed:
        pull_waiting(at=now())


def note_answers(changed: Sequence[ConversationChanged]) -> None:
    """Let answered conversations show what who answered them knows."""
    ended = {fact.conversation for fact in changed if fact.what in ENDING}
    if ended:
        show(conversations=ended, at=now())
