"""Sending one message. It goes as a push: a reply token lives for a minute, and colleagues take longer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from samspil.channels.line.settings import CHAT, PERSON, web
from samspil.kit import Account, NotUnderstood, Outbound, Sent, SignInAgain, TryLater, Unreachable
from samspil.kit.web import Answer, pause_of

LONGEST = 5000
"""Characters of a text, counted as UTF-16 (https://developers.line.biz/en/reference/messaging-api/#text-message)."""
PICTURES, PREVIEW, AT_ONCE = frozenset({"image/jpeg", "image/png"}), 1_000_000, 5
"""Pictures that LINE shows, at most as large as their preview may be; messages of one call."""
LARGEST = 25_000_000
ACCEPTED, REFUSED, FORBIDDEN, TOO_MANY, FAULTS = 409, 401, 403, 429, 500
AFTER_REFUSED = 600.0
_OURS = UUID("5bb8a3f2-7f43-4a3c-9d0d-6c5a0e5f9b1e")


def send(outbound: Outbound, account: Account) -> Sent:
    """Push one text. LINE takes a reply's key once in 24 hours, so a lost answer is tried again. Raises TryLater, Unreachable."""
    to = receiver(outbound)
    body = {"to": to, "messages": messages_of(outbound)}
    answer = web(account).call(
        "POST", "/v2/bot/message/push", json=body, headers={"X-Line-Retry-Key": key_of(outbound.id)}, repeatable=True, every=True
    )
    if not answer.ok and answer.status != ACCEPTED:
        refuse(answer)
    ident = _ident(_object(answer))
    detail = "taken at an earlier try" if answer.status == ACCEPTED else ""
    # Without an id of LINE's the reply's own names it: the message is sent all the same.
    return Sent(external_id=f"{to}:{ident or outbound.id}", detail=detail)


def messages_of(outbound: Outbound) -> list[dict[str, str]]:
    """The files and the words, taken all or none. What LINE shows is shown, other files go as links. Raises Unreachable."""
    if not all(file.url for file in outbound.files):
        raise Unreachable("LINE fetches files from a public https address: set SAMSPIL_LIVE_URL to that of this installation")
    found, links = [], []
    for file in outbound.files:
        if file.content_type in PICTURES and file.size <= PREVIEW:
            found.append({"type": "image", "originalContentUrl": file.url, "previewImageUrl": file.url})
        else:
            links.append(f"{file.name}: {file.url}")
    words = "\n\n".join(part for part in (outbound.text.strip(), "\n".join(links)) if part)
    if length_of(words) > LONGEST:
        raise Unreachable(f"LINE takes at most {LONGEST} characters")
    if words:
        found.append({"type": "text", "text": words})
    if not found:
        raise Unreachable("LINE takes no empty message")
    if len(found) > AT_ONCE:
        raise Unreachable(f"LINE takes at most {AT_ONCE} messages at once, and each picture is one")
    return found


def receiver(outbound: Outbound) -> str:
    """The group or room of what is answered; else the person. Raises Unreachable."""
    chat = outbound.in_reply_to.partition(":")[0]
    if CHAT.fullmatch(chat) and not PERSON.fullmatch(chat):
        return chat
    if not PERSON.fullmatch(outbound.to.address):
        raise Unreachable("This is no address on LINE", permanent=True)
    return outbound.to.address


def key_of(ident: str) -> str:
    """The reply's id as a key that LINE takes: a UUID."""
    try:
        return str(UUID(ident))
    except ValueError:
        return str(uuid5(_OURS, ident))


def length_of(words: str) -> int:
    """Characters as LINE counts them."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except NotUnderstood:
        return {}
    return said if isinstance(said, dict) else {}


def _ident(said: Mapping[str, Any]) -> str:
    sent = said.get("sentMessages")
    first = sent[0] if isinstance(sent, list) and sent else None
    ident = first.get("id") if isinstance(first, dict) else None
    return ident[:100] if isinstance(ident, str) else ""


def refuse(answer: Answer) -> None:
    """LINE's refusal in a colleague's words. Raises SignInAgain, TryLater, Unreachable."""
    said = _object(answer)
    words = str(said.get("message") or answer.status)[:300]
    details = said.get("details")
    more = (
        [str(d.get("message")) for d in details if isinstance(d, dict) and d.get("message")] if isinstance(details, list) else []
    )
    words = f"{words} ({'; '.join(more)})"[:600] if more else words
    if answer.status == REFUSED:
        raise SignInAgain(
            "LINE does not accept the access token: give the new one in the settings of the channel", after=AFTER_REFUSED
        )
    if answer.status == TOO_MANY and "monthly limit" in words.lower():
        raise Unreachable("The account's messages of this month are used up: LINE sends more next month, or on a larger plan")
    if answer.status == TOO_MANY or answer.status >= FAULTS:
        raise TryLater(f"LINE asks for patience: {words}", after=pause_of(answer.headers))
    if answer.status == FORBIDDEN:
        raise Unreachable(f"The account may not send this by its plan or settings: {words}")
    raise Unreachable(f"LINE: {words}")
