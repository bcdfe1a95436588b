"""What checklists do when conversations become one or two."""

from collections.abc import Sequence

from samspil.checklist.actions import follow_about, follow_into
from samspil.conversation.facts import ConversationChanged, ConversationsMerged


def follow_merge(merged: Sequence[ConversationsMerged]) -> None:
    """Go along into the conversation that took the other in."""
    follow_into(pairs=[(fact.kept_conversation, fact.absorbed) for fact in merged])


def follow_split(changed: Sequence[ConversationChanged]) -> None:
    """Go with the message that was the newest when the list began. Everything else costs nothing."""
    touched = list(dict.fromkeys(fact.conversation for fact in changed if fact.what == "split"))
    if touched:
        follow_about(conversations=touched)
