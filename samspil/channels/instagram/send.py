"""Answering on Instagram: a comment in public or in private, a private message."""

import re
from datetime import UTC, datetime

from samspil.channels._meta.limits import limit
from samspil.channels._meta.settings import said
from samspil.channels._meta.speak import asked_at, frame, in_private, private, public
from samspil.channels.instagram.settings import graph
from samspil.kit import Account, Outbound, Sent, Unreachable

TEXT = limit("instagram", "text_bytes")
WINDOW = limit("instagram", "human_agent_seconds")
PUBLIC = re.compile(r"\d{1,40}", re.ASCII)
"""The id of a comment; a private message's has letters."""


def messages_path(account: Account) -> str:
    """Where private messages go."""
    return f"{said(account, 'ig_id') or 'me'}/messages"


def send(outbound: Outbound, account: Account, now: datetime | None = None) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    now = now or datetime.now(UTC)
    if outbound.files:
        raise Unreachable("Files cannot be sent on Instagram from here yet")
    if (size := len(outbound.text.encode("utf-8", "replace"))) > TEXT:
        raise Unreachable(
            f"Instagram takes at most {TEXT} bytes, and this is {size}: a Danish letter counts for two, a smiley for four"
        )
    way, asked, answered = graph(account), asked_at(outbound), outbound.in_reply_to
    path = messages_path(account)
    if PUBLIC.fullmatch(answered):
        if not in_private(outbound, asked, now, "instagram"):
            return public(way, f"{answered}/replies", outbound.text)
        return private(way, path, outbound, {"comment_id": answered}, {})
    why = frame("instagram", asked, now, human_agent=account.config.get("human_agent") is True)
    return private(way, path, outbound, {"id": outbound.to.address}, why)
