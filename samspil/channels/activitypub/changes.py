"""What is done to a note afterwards: Update, Delete with a tombstone, Like and its Undo. Source: w3.org/TR/activitypub, section 6."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels.activitypub.actors import Actor, Actors
from samspil.channels.activitypub.answers import CONTEXT
from samspil.channels.activitypub.notes import PUBLIC, markup, written_at
from samspil.channels.activitypub.send import LENGTH, hand_over, receiver_of
from samspil.channels.activitypub.settings import Settings, settings_of
from samspil.kit import Account, Change, Sent, Unreachable

LIKE = "⭐"
"""What a Like without a sign is here, as on Mastodon."""


def carry_out(change: Change, account: Account, actors: Actors) -> Sent:
    """Deliver one change to whom the note went, or who wrote it. Its id is the same at every try. Raises TryLater, Unreachable."""
    settings = settings_of(account)
    receiver = receiver_of(change.to.address, settings, actors)
    at = written_at(change.id, datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if change.kind in {"react", "unreact"}:
        activity, kept = _like(change, receiver, settings), {}
    else:
        note = change.kept.get("note")
        if not isinstance(note, dict) or note.get("type") != "Note":
            raise Unreachable("The note is not there any more.")
        made = _edited(note, change, receiver, account, at) if change.kind == "edit" else _tombstone(note, at)
        activity, kept = _told(made, change, settings, at), {"note": made}
    public = PUBLIC in [*activity.get("to", ()), *activity.get("cc", ())]
    answer = hand_over(json.dumps(activity, ensure_ascii=False).encode(), receiver, settings, public=public)
    return Sent(external_id=activity["id"], detail=str(answer.status), kept=kept)


def _edited(note: Mapping[str, Any], change: Change, receiver: Actor, account: Account, at: str) -> dict[str, Any]:
    if len(change.text) > LENGTH:
        raise Unreachable(f"The answer has {len(change.text)} characters, and this channel carries {LENGTH}.")
    content = markup(change.text, receiver)
    return {**note, "content": content, "contentMap": {account.language: content}, "updated": at}


def _tombstone(note: Mapping[str, Any], at: str) -> dict[str, Any]:
    kept = {name: note[name] for name in ("id", "published", "to", "cc") if name in note}
    return {**kept, "type": "Tombstone", "formerType": "Note", "deleted": at}


def _told(made: Mapping[str, Any], change: Change, settings: Settings, at: str) -> dict[str, Any]:
    """The activity that tells of an edit or a deletion. A tombstone is told without what only the page needs."""
    is_gone = made["type"] == "Tombstone"
    thing = {"id": made["id"], "type": "Tombstone"} if is_gone else dict(made)
    return {
        "@context": CONTEXT,
        "id": f"{settings.root}/changes/{change.id}",
        "type": "Delete" if is_gone else "Update",
        "actor": settings.actor,
        "published": at,
        "to": made["to"],
        "cc": made["cc"],
        "object": thing,
    }


def _like(change: Change, receiver: Actor, settings: Settings) -> dict[str, Any]:
    """A Like; its sign stands in ``content``, where those who know more than one sign read it."""
    given = change.given if change.kind == "unreact" else f"{settings.root}/changes/{change.id}"
    if not given:
        raise Unreachable("Nobody knows any more by which activity the sign was given.")
    like: dict[str, Any] = {"id": given, "type": "Like", "actor": settings.actor, "object": change.target}
    if change.emoji != LIKE:
        like |= {"content": change.emoji, "_misskey_reaction": change.emoji}
    if change.kind == "react":
        return {"@context": CONTEXT[0], **like, "to": [receiver.id]}
    undo = {"id": f"{settings.root}/changes/{change.id}", "type": "Undo", "actor": settings.actor, "object": like}
    return {"@context": CONTEXT[0], **undo, "to": [receiver.id]}
