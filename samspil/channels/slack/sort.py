"""Which of Slack's events are about us: what colleagues say to each other in their channels is not kept. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from samspil.kit.reading import part, text

SAYING = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""The kinds of message that somebody wrote; all others tell of comings, goings and settings."""
REACTIONS = frozenset({"reaction_added", "reaction_removed"})
SILENT = frozenset({"app_mention", "app_home_opened", "app_uninstalled", "tokens_revoked", "message_metadata_posted"})
"""What asks nothing of us: who mentions us in a thread of ours is heard as a message already."""


def is_ours(said: Mapping[str, Any], own: Collection[str]) -> bool:
    """Whether a call is kept: a button, or an event in a talk with us, in a thread of ours or at a message of ours."""
    if said.get("type") == "block_actions":
        return True
    if said.get("type") != "event_callback":
        return False
    event, ours = part(said, "event"), bots_of(said, own)
    kind = event.get("type")
    if kind in REACTIONS:
        return event.get("item_user") in ours and event.get("user") not in ours
    if kind != "message" or is_by_machine(event, ours):
        return False
    inner = message_of(event)
    if event.get("channel_type") == "im":
        return True
    # A thread in a channel says whose message it began with; where it does not, whose it was is asked later, by its place.
    return bool(text(inner.get("thread_ts"), 40)) and inner.get("parent_user_id", None) in {None, *ours}


def bots_of(said: Mapping[str, Any], own: Collection[str]) -> frozenset[str]:
    """The ids of our bot: those known, and the one that the event was handed to."""
    rows = said.get("authorizations")
    found = [r for r in rows[:5] if isinstance(r, Mapping) and r.get("is_bot") is True] if isinstance(rows, list) else []
    return frozenset({*own, *(text(row.get("user_id"), 40) for row in found)} - {""})


def message_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message itself: of an edit the new one, of what was taken back the old one."""
    inner = {"message_changed": "message", "message_deleted": "previous_message"}.get(text(event.get("subtype"), 40))
    return part(event, inner) if inner else event


def is_by_machine(event: Mapping[str, Any], ours: Collection[str]) -> bool:
    """Whether a program wrote it, we among them: nothing that one says is a colleague's."""
    inner = message_of(event)
    named = any(inner.get(name) for name in ("bot_id", "bot_profile", "app_id")) or inner.get("subtype") == "bot_message"
    return bool(named) or inner.get("user") in ours or event.get("user") in ours
