"""What automation does with the facts of others: gives them to the rules, from the log, each once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from samspil.automation.actions import act
from samspil.automation.queries.marked import conversations_of
from samspil.automation.queries.seen import Happened
from samspil.base.clock import now
from samspil.base.facts import Fact
from samspil.base.flow import Place, places
from samspil.base.ids import digest
from samspil.conversation.facts import ConversationChanged, MessageJoined
from samspil.identity.facts import HandleMarked
from samspil.reply.facts import FateChanged

WATCHED = {"done", "reopened", "woke", "assigned", "labelled"}
"""The changes of a conversation that rules can wait for."""
LATE = timedelta(days=1)
"""What lay in the log for longer is not rules' business any more: what was so then is not known, and nobody wants so late an answer."""
F = TypeVar("F", bound=Fact)


def _fresh(facts: Sequence[F]) -> list[tuple[F, Place]]:
    """The facts with their places in the log, without those that lay there too long."""
    since = now() - LATE
    return [(fact, place) for fact, place in zip(facts, places(), strict=True) if place.at >= since]


def on_message(joined: Sequence[MessageJoined]) -> None:
    """A message of a consumer came in. Ours and history are not rules' business."""
    act(
        happened=[
            Happened(
                fact=fact.interaction,
                conversation=fact.conversation,
                what="message",
                at=place.at,
                interaction=fact.interaction,
                opened=fact.opened,
            )
            for fact, place in _fresh(joined)
            if not fact.outgoing
        ],
        at=now(),
    )


def on_change(changed: Sequence[ConversationChanged]) -> None:
    """A conversation was finished, opened again, woken, given to somebody, labelled; also by a rule, which the fact then carries."""
    act(
        happened=[
            Happened(fact=_key(fact, place.key), conversation=fact.conversation, what=fact.what, at=place.at, cause=fact.cause)
            for fact, place in _fresh(changed)
            if fact.what in WATCHED
        ],
        at=now(),
    )


def on_fate(changed: Sequence[FateChanged]) -> None:
    """A reply failed."""
    act(
        happened=[
            Happened(fact=_key(fact, place.key), conversation=fact.conversation, what="failed", at=place.at)
            for fact, place in _fresh(changed)
            if fact.state == "failed"
        ],
        at=now(),
    )


def on_mark(marked: Sequence[HandleMarked]) -> None:
    """A handle was marked: at its newest conversation that is not done."""
    fresh = [(fact, place) for fact, place in _fresh(marked) if not fact.ended]
    found = conversations_of([fact.handle for fact, _ in fresh])
    act(
        happened=[
            Happened(fact=_key(fact, place.key), conversation=found[fact.handle], what="marked", at=place.at)
            for fact, place in fresh
            if fact.handle in found
        ],
        at=now(),
    )


def _key(fact: ConversationChanged | FateChanged | HandleMarked, place: str) -> UUID:
    return digest("fact", fact.kind, place)
