"""What is done to comments and private messages of Facebook and Instagram afterwards.

Sources: https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions,
https://developers.facebook.com/docs/graph-api/reference/comment, https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from collections.abc import Mapping
from typing import Any

from samspil.channels._meta.graph import Graph
from samspil.kit import Change, Sent, Unreachable

THUMB = "\N{THUMBS UP SIGN}"
HEART = "\N{HEAVY BLACK HEART}\ufe0f"
GONE = (100, 33)
"""Meta's code and subcode for what is not there, or not ours to see."""


def comment(way: Graph, change: Change, *, edits: bool, likes: bool) -> Sent:
    """One change of a comment. Each may be made twice. Raises TryLater, Unreachable."""
    target = change.target
    if change.kind == "edit" and edits:
        way.call("POST", target, json={"message": change.text}, repeatable=True)
    elif change.kind == "delete":
        way.call("DELETE", target, repeatable=True)
    elif change.kind in {"react", "unreact"} and likes:
        if change.emoji != THUMB:
            raise Unreachable("A comment can be liked, and nothing else.")
        way.call("POST" if change.kind == "react" else "DELETE", f"{target}/likes", repeatable=True)
    else:
        raise Unreachable("The network does not let a comment be changed in this way.")
    return Sent(external_id="")


def action(way: Graph, path: str, to: str, change: Change, reactions: Mapping[str, str] | None = None) -> Sent:
    """A reaction to a private message, or that it was read. ``reactions`` are the network's names of signs; None takes any sign.

    Raises TryLater, Unreachable.
    """
    if change.kind == "read":
        sender_action(way, path, to, "mark_seen")
        return Sent(external_id="")
    if change.kind not in {"react", "unreact"}:
        raise Unreachable("A private message stays with the receiver: it can be neither changed nor taken back from here.")
    payload = {"message_id": change.target}
    if change.kind == "react":
        sign = change.emoji if reactions is None else reactions.get(change.emoji, "")
        if not sign:
            raise Unreachable("The network does not take this sign.")
        payload["reaction"] = sign
    sender_action(way, path, to, change.kind, payload)
    return Sent(external_id="")


def sender_action(way: Graph, path: str, to: str, name: str, payload: Mapping[str, str] | None = None) -> None:
    """One of the network's sender actions: typing_on, mark_seen, react, unreact. Raises TryLater, Unreachable."""
    body: dict[str, Any] = {"recipient": {"id": to}, "sender_action": name}
    way.call("POST", path, json=body | ({"payload": dict(payload)} if payload else {}), repeatable=True)
