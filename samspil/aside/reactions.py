"""What asides do when conversations become one or two."""

from collections.abc import Sequence

from samspil.aside.actions import follow_into, follow_shared
from samspil.conversation.facts import ConversationChanged, ConversationsMerged


def follow_merged(merged: Sequence[ConversationsMerged]) -> None:
    """Go with the messages into the conversation that took the other in."""
    follow_into(pairs=[(fact.kept_conversation, fact.absorbed) for fact in merged])


def follow_split(changed: Sequence[ConversationChanged]) -> None:
    """Go with the messages that were split off, where an aside is about those alone. Everything else costs nothing."""
    touched = list(dict.fromkeys(fact.conversation for fact in changed if fact.what == "split"))
    if touched:
        follow_shared(conversations=touched)
