"""One answer handed to the server: a post, or several, below the post that it answers; or a direct message."""

from typing import Any

from samspil.channels.bluesky import post, rich
from samspil.channels.bluesky.session import Net, Refused, code_of, object_of, words_of
from samspil.channels.bluesky.settings import POST, chat_id, conversation_of, uri_parts
from samspil.channels.bluesky.values import obj
from samspil.kit import Account, Outbound, Sent, TryLater, Uncertain, Unreachable
from samspil.kit.web import SERVER_FAULTS, pause_of

DIRECT, DIRECT_BYTES = 1000, 10_000
"""Graphemes and bytes of a direct message."""
AFTER_REFUSED = 600.0
BUSY = (429, 503)
FORBIDDEN = {
    "MessagesDisabled": "The receiver takes no direct messages.",
    "NotFollowedBySender": "The receiver takes direct messages only from those whom they follow.",
    "BlockedActor": "One of you has blocked the other.",
    "AccountSuspended": "The account is suspended.",
    "RecipientNotFound": "The receiver is no longer on the network.",
    "InvalidConvo": "The conversation of direct messages is no longer there.",
    "ConvoLocked": "The conversation of direct messages is locked.",
}


def send(outbound: Outbound, account: Account) -> Sent:
    """Hand over one answer. Raises TryLater, Unreachable, Uncertain (a direct message alone: a post cannot be posted twice)."""
    net = Net(account)
    if uri_parts(outbound.in_reply_to)[1] == POST and not outbound.private:
        return post.send(net, outbound, account.language)
    # Without a post to answer, or where it is for them alone, nobody is written to in public.
    return _direct(net, outbound)


def _direct(net: Net, outbound: Outbound) -> Sent:
    if outbound.files:
        raise Unreachable("A direct message on Bluesky carries no files.")
    text = outbound.text.strip()
    if not rich.fits(text, DIRECT, DIRECT_BYTES):
        raise Unreachable(f"The answer has {rich.graphemes(text)} characters, and a direct message carries {DIRECT}.")
    convo = conversation_of(outbound.in_reply_to) or _conversation_with(net, outbound.to.address)
    message: dict[str, Any] = {"text": text}
    if marks := rich.facets(text, post.resolver(net)):
        message["facets"] = marks
    body = {"convoId": convo, "message": message}
    answer = net.call("POST", "chat.bsky.convo.sendMessage", chat=True, json=body, every=True)
    if answer.status in BUSY:
        raise TryLater(f"The server takes no direct messages just now ({words_of(answer)})", after=pause_of(answer.headers))
    if answer.status >= SERVER_FAULTS:  # our server passes the message on, and does not know what became of it
        raise Uncertain(f"The server does not know whether the direct message was sent ({words_of(answer)})")
    if not answer.ok:
        raise _refused(Refused(code_of(answer), answer.words, answer.status))
    try:
        ident = chat_id(convo, object_of(answer).get("id"))
    except TryLater as error:
        raise Uncertain("The server took the direct message and did not say so in JSON.") from error
    if not ident:
        raise Uncertain("The server took the direct message and gave it no id.")
    return Sent(external_id=ident)


def _conversation_with(net: Net, did: str) -> str:
    try:
        found = net.ask("chat.bsky.convo.getConvoForMembers", chat=True, members=[did])
    except Refused as error:
        raise _refused(error) from error
    ident = obj(found.get("convo")).get("id")
    if not isinstance(ident, str) or not chat_id(ident, "x"):
        raise TryLater("The server gave the conversation of direct messages no id.")
    return ident


def _refused(error: Refused) -> Exception:
    if error.code in FORBIDDEN:
        return Unreachable(FORBIDDEN[error.code], permanent=error.code == "RecipientNotFound")
    if error.code in {"InvalidToken", "ExpiredToken", "AuthMissing"} or error.status == 401:  # noqa: PLR2004
        words = f"The server lets us write no direct messages ({error}). Sign in at Bluesky again, or make an app password with access to them."
        return TryLater(words, after=AFTER_REFUSED)
    return Unreachable(f"The server refused the direct message ({error})")
