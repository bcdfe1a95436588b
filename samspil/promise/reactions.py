"""What promise hears, from the log: whatever changes when a conversation is due."""

from collections.abc import Sequence

from samspil.base.clock import now
from samspil.conversation.facts import ConversationChanged, ConversationsMerged, MessageJoined
from samspil.hours.facts import HoursChanged
from samspil.promise.actions import ask_to_reckon, reckon

OURS = {"promise", "priority", "pulse", "approval"}
"""Kinds of the journal that change nothing of it."""


def reckon_joined(joined: Sequence[MessageJoined]) -> None:
    """A message came or went: somebody waits, or nobody any more."""
    reckon(conversations=[fact.conversation for fact in joined])


def reckon_changed(changed: Sequence[ConversationChanged]) -> None:
    """Given to another unit, put off, done, open again."""
    reckon(conversations=[fact.conversation for fact in changed if fact.what not in OURS])


def reckon_merged(merged: Sequence[ConversationsMerged]) -> None:
    """Two waits are one."""
    reckon(conversations=[fact.kept_conversation for fact in merged])


def reckon_all_of_hours(changed: Sequence[HoursChanged]) -> None:
    """A unit's hours are others: all of that unit and those below it are to be reckoned anew, or all where it is of several."""
    units = {fact.unit for fact in changed if fact.colleague is None}
    if units:
        ask_to_reckon(unit=units.pop() if len(units) == 1 else None, at=now())
