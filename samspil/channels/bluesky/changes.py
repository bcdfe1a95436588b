"""What is done to a post or a direct message afterwards: taken back, a heart, read. Nothing there can be given other words.

Sources: docs.bsky.app (com.atproto.repo, chat.bsky.convo), atproto.com/specs/record-key.
"""

from typing import Any

from samspil.channels.bluesky import post
from samspil.channels.bluesky.keys import keys
from samspil.channels.bluesky.session import Net, Refused, object_of
from samspil.channels.bluesky.settings import POST, conversation_of, uri_parts
from samspil.kit import Account, Change, Sent, Unreachable

HEART = "❤️"
"""The one sign of a post: a like."""
LIKE = "app.bsky.feed.like"


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out: records have keys of the change's own, so that a second try finds the first. Raises TryLater, Unreachable."""
    net = Net(account)
    try:
        if convo := conversation_of(change.target):
            return _direct(net, convo, change.target.rpartition("/")[2], change)
        if uri_parts(change.target)[1] != POST:
            raise Unreachable("The message is none that can be changed.")
        return _post(net, change)
    except Refused as error:
        raise post.refusal(error) from error


def _post(net: Net, change: Change) -> Sent:
    if change.kind == "delete":
        for uri in _pieces(net, change):
            _forget(net, uri)
        return Sent(external_id="")
    if change.kind == "unreact":
        if uri_parts(change.given)[1] != LIKE:
            raise Unreachable("Nobody knows any more by which record the heart was given.")
        _forget(net, change.given)
        return Sent(external_id="")
    if change.kind != "react" or change.emoji != HEART:
        raise Unreachable("A post can be given a heart, and nothing else.")
    [key] = keys(change.id, 1)
    record = {"$type": LIKE, "subject": dict(post.reference(net, change.target)), "createdAt": post.now_text()}
    return Sent(external_id=post.put(net, key, record, LIKE)["uri"])


def _pieces(net: Net, change: Change) -> list[str]:
    """The posts that one answer was broken into, the last first."""
    did = net.did
    if uri_parts(change.target)[0] != did:
        raise Unreachable("The post is another account's.")
    if change.sent is None:
        return [change.target]
    made = [f"at://{did}/{POST}/{key}" for key in keys(change.sent.id, post.MOST)]
    return [*reversed(made), *([] if change.target in made else [change.target])]


def _forget(net: Net, uri: str) -> None:
    """Delete a record of ours; one that is not there is deleted. Raises TryLater, Refused."""
    did, collection, key = uri_parts(uri)
    body = {"repo": did, "collection": collection, "rkey": key}
    object_of(net.call("POST", "com.atproto.repo.deleteRecord", json=body, repeatable=True))


def _direct(net: Net, convo: str, message: str, change: Change) -> Sent:
    names = {"react": "addReaction", "unreact": "removeReaction", "read": "updateRead"}
    if change.kind not in names:
        raise Unreachable("A direct message on Bluesky stays with the receiver: it can be neither changed nor taken back.")
    body: dict[str, Any] = {"convoId": convo, "messageId": message}
    if change.kind != "read":
        body["value"] = change.emoji
    object_of(net.call("POST", f"chat.bsky.convo.{names[change.kind]}", chat=True, json=body, repeatable=True))
    return Sent(external_id="")
