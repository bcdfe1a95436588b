"""What is done on WhatsApp afterwards: a sign, and that a message was read. Nothing of ours can be changed or taken back there.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#reaction-messages, .../guides/mark-message-as-read
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels._meta.settings import said
from samspil.channels.whatsapp.send import receiver
from samspil.channels.whatsapp.settings import graph
from samspil.kit import Account, Change, Sent, Unreachable


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out; the same sign twice is one. Raises TryLater, Unreachable."""
    if change.kind == "read":
        found = _call(account, {"status": "read", "message_id": change.target})
    elif change.kind in {"react", "unreact"}:
        emoji = change.emoji if change.kind == "react" else ""
        body = {"recipient_type": "individual", **receiver(change.to.address, datetime.now(UTC).date()), "type": "reaction"}
        found = _call(account, body | {"reaction": {"message_id": change.target, "emoji": emoji}})
    else:
        raise Unreachable("What was sent on WhatsApp can be neither changed nor taken back from here")
    messages = found.get("messages")
    first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    return Sent(external_id=str(first.get("id") or "")[:1000])


def typing(answering: str, account: Account) -> None:
    """Show that one of us writes, for up to 25 seconds; WhatsApp marks the message as read with it. Raises TryLater, Unreachable."""
    if not answering.startswith("wamid.") or account.config.get("tell_read") is False:
        raise Unreachable("WhatsApp shows it only with the mark that a message was read")
    _call(account, {"status": "read", "message_id": answering, "typing_indicator": {"type": "text"}})


def _call(account: Account, body: Mapping[str, Any]) -> Mapping[str, Any]:
    path = f"{said(account, 'phone_number_id')}/messages"
    return graph(account).call("POST", path, json={"messaging_product": "whatsapp", **body}, repeatable=True)
