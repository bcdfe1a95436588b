"""Answering on Facebook: a comment in public or in private, a private message in Messenger."""

import re
from datetime import UTC, datetime

from samspil.channels._meta.limits import limit
from samspil.channels._meta.settings import said
from samspil.channels._meta.speak import asked_at, frame, in_private, private, public
from samspil.channels.facebook import attach
from samspil.channels.facebook.settings import graph
from samspil.kit import Account, Outbound, Sent, Unreachable

TEXT = limit("facebook", "text_characters")
WINDOW = limit("facebook", "human_agent_seconds")
PUBLIC = re.compile(r"\d+(?:_\d+)?", re.ASCII)
"""The id of a comment or a post; a private message's begins with letters."""


def messages_path(account: Account) -> str:
    """Where private messages go."""
    return f"{said(account, 'page_id') or 'me'}/messages"


def send(outbound: Outbound, account: Account, now: datetime | None = None) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    now = now or datetime.now(UTC)
    if len(outbound.text) > TEXT:
        raise Unreachable(f"Facebook takes at most {TEXT} characters")
    way, asked, answered = graph(account), asked_at(outbound), outbound.in_reply_to
    path = messages_path(account)
    if PUBLIC.fullmatch(answered):
        if outbound.files:
            raise Unreachable("A comment, and the private answer to one, go without files: send them in Messenger")
        if not in_private(outbound, asked, now, "facebook"):
            return public(way, f"{answered}/comments", outbound.text)
        return private(way, path, outbound, {"comment_id": answered}, {"messaging_type": "RESPONSE"}, named=True)
    why = frame("facebook", asked, now, human_agent=account.config.get("human_agent") is True)
    if outbound.files:
        return attach.private(way, said(account, "page_id") or "me", path, outbound, {"id": outbound.to.address}, why)
    return private(way, path, outbound, {"id": outbound.to.address}, why, named=True)
