"""What an app's event means. Pure."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from samspil.channels.api.read import LONGEST_TEXT, Part
from samspil.channels.api.settings import app, conversation_of, inside
from samspil.kit import (
    Account,
    Attachment,
    Claim,
    Delete,
    DeliveryReport,
    Edit,
    Envelope,
    Event,
    Follow,
    Handle,
    Message,
    NotUnderstood,
    Order,
    Reaction,
    Receipt,
)

NETWORK = "app"
CLAIMS, FILES, LINES, REFERENCES, WORDS = 10, 20, 200, 50, 2_000
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_KIND = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,66}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def meaning(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The one event of an envelope. Raises NotUnderstood with the path of what is wrong."""
    said = kept(envelope)
    make = _MAKERS.get(said.one_of("type", list(_MAKERS)))
    assert make is not None  # noqa: S101  one_of has looked
    if envelope.received_at is None:
        raise NotUnderstood("nobody knows when")
    return [make(said, account, envelope.received_at)]


def kept(envelope: Envelope) -> Part:
    """The event as it was sent. Raises NotUnderstood."""
    try:
        value = json.loads(envelope.payload, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(value, dict):
        raise NotUnderstood("an event must be an object")
    return Part(value)


def _no_number(word: str) -> None:
    raise ValueError(word)


def content(part: Part) -> bytes:
    """The bytes of an attachment. Raises NotUnderstood."""
    try:
        return b64decode(part.text("content", longest=8_000_000, required=True), validate=True)
    except (binascii.Error, ValueError) as error:
        raise part.fail("content", "must be base64") from error


def _person(part: Part, account: Account) -> Handle:
    return Handle(
        network=NETWORK,
        scope=app(account),
        address=part.ident("id"),
        display=part.text("name").strip(),
        name=part.text("handle").strip(),
    )


def _claims(part: Part) -> Sequence[Claim]:
    found = []
    for claim in part.parts("claims", CLAIMS):
        network, address = claim.ident("network"), claim.ident("address")
        if not _WORD.fullmatch(network) or network == NETWORK:
            raise claim.fail("network", "must be the name of a network such as mail, phone or matrix")
        plain = address.lower() if network == "mail" else address
        found.append(Claim(handle=Handle(network=network, address=plain), by="hmac" if claim.flag("verified") else "typed"))
    return found


def _message(said: Part, account: Account, received: datetime) -> Event:
    outgoing, author = said.flag("outgoing"), said.part("author")
    files = said.parts("attachments", FILES)
    text = said.text("text", longest=LONGEST_TEXT)
    if not text.strip() and not files:
        raise said.fail("text", "must be a text that is not empty, for there are no attachments")
    to = [_person(said.part("to"), account)] if outgoing else []
    answered = said.ident("in_reply_to", required=False)
    return Message(
        external_id=inside(said.ident("id"), account),
        author=_person(author, account),
        at=said.at("at", received),
        text=text.strip(),
        subject=said.text("subject", longest=1000),
        references=[inside(answered, account)] if answered else [],
        thread=inside(thread, account) if (thread := said.ident("thread", required=False)) else "",
        conversation=conversation_of(said.text("conversation"), account),
        to=to,
        claims=[] if outgoing else _claims(author),
        attachments=[_attachment(part, number) for number, part in enumerate(files)],
        automatic="auto-reply" if said.flag("automatic") else "",
        public=said.flag("public"),
        outgoing=outgoing,
        extra=_extra(said),
    )


def _attachment(part: Part, number: int) -> Attachment:
    kind = part.text("type") or "application/octet-stream"
    if not _KIND.fullmatch(kind):
        raise part.fail("type", "must be a kind of content such as image/png")
    return Attachment(part=str(number), name=part.text("name", required=True), content_type=kind, size=len(content(part)))


def _extra(said: Part) -> Mapping[str, Any]:
    value = said.value.get("extra") or {}
    if not isinstance(value, dict) or len(json.dumps(value)) > WORDS:
        raise said.fail("extra", f"must be an object of at most {WORDS} characters")
    return {"app": value} if value else {}


def _edit(said: Part, account: Account, received: datetime) -> Event:
    return Edit(**_act(said, account, received), text=said.text("text", longest=LONGEST_TEXT, required=True).strip())


def _delete(said: Part, account: Account, received: datetime) -> Event:
    return Delete(**_act(said, account, received))


def _reaction(said: Part, account: Account, received: datetime) -> Event:
    emoji = said.text("emoji", longest=40, required=True)
    return Reaction(**_act(said, account, received), emoji=emoji, removed=said.flag("removed"))


def _read(said: Part, account: Account, received: datetime) -> Event:
    return Receipt(**_act(said, account, received))


def _act(said: Part, account: Account, received: datetime) -> dict[str, Any]:
    return {
        "external_id": inside(said.ident("id"), account),
        "target": inside(said.ident("target"), account),
        "author": _person(said.part("author"), account),
        "at": said.at("at", received),
    }


def _delivery(said: Part, account: Account, received: datetime) -> Event:
    state = said.one_of("state", ("delivered", "read", "failed"))
    return DeliveryReport(
        external_id=inside(said.ident("id"), account),
        target=inside(said.ident("target"), account),
        state=state,  # type: ignore[arg-type]  # one of the three
        at=said.at("at", received),
        detail=said.text("detail", longest=500),
        permanent=said.flag("permanent") and state == "failed",
    )


def _follow(said: Part, account: Account, received: datetime) -> Event:
    return Follow(
        external_id=inside(said.ident("id"), account),
        author=_person(said.part("author"), account),
        at=said.at("at", received),
        removed=said.flag("removed"),
    )


def _order(said: Part, account: Account, received: datetime) -> Event:
    currency, kind = said.text("currency"), said.one_of("kind", ("purchase", "refund", "subscription"), "purchase")
    if not _CURRENCY.fullmatch(currency):
        raise said.fail("currency", "must be three capital letters such as DKK")
    amount, author = said.amount("amount"), said.part("author")
    if kind == "refund" and amount > 0:
        raise said.fail("amount", "of a refund must not be positive")
    lines = [
        {
            "name": line.text("name", required=True),
            "sku": line.text("sku"),
            "quantity": f"{line.amount('quantity').normalize():f}",
        }
        for line in said.parts("lines", LINES)
    ]
    return Order(
        external_id=inside(said.ident("id"), account),
        author=_person(author, account),
        at=said.at("at", received),
        amount=amount,
        currency=currency,
        number=said.text("number"),
        kind=kind,  # type: ignore[arg-type]  # one of the three
        claims=_claims(author),
        extra={**_extra(said), **({"lines": lines} if lines else {})},
    )


_MAKERS: Mapping[str, Callable[[Part, Account, datetime], Event]] = {
    "message": _message,
    "edit": _edit,
    "delete": _delete,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivery,
    "follow": _follow,
    "order": _order,
}
