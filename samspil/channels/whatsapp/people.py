"""Who wrote: the id of a person towards our portfolio, and their phone number where WhatsApp still tells it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels._meta.read import fail, parts, word
from samspil.channels._meta.settings import said
from samspil.channels.whatsapp.settings import BSUID, NETWORK, normal
from samspil.kit import Account, Claim, Handle
from samspil.kit.reading import part


def sender(message: Mapping[str, Any], value: Mapping[str, Any], account: Account) -> tuple[Handle, Sequence[Claim]]:
    """Who wrote a message, and their phone number as a second handle. Raises NotUnderstood when nobody is named."""
    number, ident = normal(word(message.get("from"), 40)), _bsuid(message.get("from_user_id"))
    contact = _contact(value, number, ident)
    number = number or normal(word(contact.get("wa_id"), 40))
    ident = ident or _bsuid(contact.get("user_id"))
    profile = part(contact, "profile")
    return person(number, ident, account, display=word(profile.get("name"), 100), called=word(profile.get("username"), 64))


def person(number: str, ident: str, account: Account, *, display: str = "", called: str = "") -> tuple[Handle, Sequence[Claim]]:
    """The handle by the id, else by the number. WhatsApp has verified the number, so it is a claim that joins. Raises NotUnderstood."""
    shown = f"+{number}" if number else ""
    claims = [Claim(handle=Handle(network="phone", address=shown, display=display, name=shown), by="network")] if number else []
    if ident:
        name = f"@{called.lstrip('@')}" if called else shown
        return Handle(network=NETWORK, scope=said(account, "business_id"), address=ident, display=display, name=name), claims
    if not number:
        fail("nobody's message")
    return Handle(network=NETWORK, address=shown, display=display, name=shown), claims


def ours(value: Mapping[str, Any]) -> Handle:
    """Our own number."""
    shown = "+" + normal(word(part(value, "metadata").get("display_phone_number"), 40))
    return Handle(network=NETWORK, address=shown, name=shown)


def _bsuid(value: object) -> str:
    plain = word(value, 200)
    return plain if BSUID.fullmatch(plain) else ""


def _contact(value: Mapping[str, Any], number: str, ident: str) -> Mapping[str, Any]:
    """The contact that is the sender; never simply the first: a webhook may hold several people."""
    known = parts(value, "contacts")
    for contact in known:
        if ident and _bsuid(contact.get("user_id")) == ident:
            return contact
        if number and normal(word(contact.get("wa_id"), 40)) == number:
            return contact
    return known[0] if len(known) == 1 and not (number or ident) else {}
