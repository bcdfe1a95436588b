"""Sending one message on WhatsApp (https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from samspil.channels._meta.limits import holds, limit
from samspil.channels._meta.settings import said
from samspil.channels.whatsapp.files import fit, uploaded
from samspil.channels.whatsapp.settings import BSUID, graph, normal
from samspil.channels.whatsapp.templates import about
from samspil.kit import Account, Outbound, Sent, Uncertain, Unreachable

TEXT = limit("whatsapp", "text_characters")
WINDOW = limit("whatsapp", "window_seconds")


def send(outbound: Outbound, account: Account) -> Sent:
    """Raises TryLater, Unreachable, Uncertain. Whether the window is open WhatsApp knows best, and says so (131047)."""
    way, number = graph(account), said(account, "phone_number_id")
    body = message(outbound, datetime.now(UTC).date())
    if outbound.files:
        file, kind = fit(outbound.files, outbound.text)
        body = {**{n: v for n, v in body.items() if n != "text"}, **uploaded(way, number, file, kind, outbound.text)}
    found = way.call("POST", f"{number}/messages", json=body)
    messages = found.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    if not isinstance(first, dict) or not isinstance(first.get("id"), str) or not first["id"]:
        raise Uncertain("WhatsApp's answer did not say which message it made")
    return Sent(external_id=first["id"], detail=str(first.get("message_status") or "")[:100])


def message(outbound: Outbound, on: date) -> Mapping[str, Any]:
    """The body of the call."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **receiver(outbound.to.address, on),
        # It comes back with every state, so that the fate of a message is known even where the answer to it was lost.
        "biz_opaque_callback_data": outbound.id,
    }
    if outbound.in_reply_to.startswith("wamid."):
        body["context"] = {"message_id": outbound.in_reply_to}
    if outbound.template:
        return body | {"type": "template", "template": about(outbound.template)}
    if len(outbound.text) > TEXT:
        raise Unreachable(f"WhatsApp takes at most {TEXT} characters")
    return body | {"type": "text", "text": {"body": outbound.text, "preview_url": False}}


def receiver(address: str, on: date) -> Mapping[str, str]:
    """A number goes in ``to``, an id in ``recipient``: an id in ``to`` is taken with thanks, and reaches nobody. Raises Unreachable."""
    if BSUID.fullmatch(address):
        if not holds("whatsapp", "send_to_ids", on):
            raise Unreachable("WhatsApp does not yet send to somebody whose phone number is hidden")
        return {"recipient": address}
    digits = normal(address)
    if not digits:
        raise Unreachable(f"{address} is no number on WhatsApp", permanent=True)
    return {"to": digits}
