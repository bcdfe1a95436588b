"""Answering on Instagram: a comment in public or in private, a private message."""

import re
from datetime import UTC, datetime
from typing import Any

from samspil.channels._meta.limits import limit
from samspil.channels._meta.settings import said
from samspil.channels._meta.speak import asked_at, frame, in_parts, in_private, private, public
from samspil.channels.instagram.settings import graph
from samspil.kit import Account, File, Outbound, Sent, Unreachable

TEXT = limit("instagram", "text_bytes")
WINDOW = limit("instagram", "human_agent_seconds")
PICTURE, LARGEST = limit("instagram", "picture_bytes"), limit("instagram", "file_bytes")
KINDS = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/gif": "image",
    "video/mp4": "video",
    "video/webm": "video",
    "video/ogg": "video",
    "audio/aac": "audio",
    "audio/mp4": "audio",
    "audio/wav": "audio",
    "application/pdf": "file",
}
PUBLIC = re.compile(r"\d{1,40}", re.ASCII)
"""The id of a comment; a private message's has letters."""


def messages_path(account: Account) -> str:
    """Where private messages go."""
    return f"{said(account, 'ig_id') or 'me'}/messages"


def send(outbound: Outbound, account: Account, now: datetime | None = None) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    now = now or datetime.now(UTC)
    if (size := len(outbound.text.encode("utf-8", "replace"))) > TEXT:
        raise Unreachable(
            f"Instagram takes at most {TEXT} bytes, and this is {size}: a Danish letter counts for two, a smiley for four"
        )
    way, asked, answered = graph(account), asked_at(outbound), outbound.in_reply_to
    path = messages_path(account)
    if PUBLIC.fullmatch(answered):
        if outbound.files:
            raise Unreachable("A comment, and the private answer to one, go without files: send them as a private message")
        if not in_private(outbound, asked, now, "instagram"):
            return public(way, f"{answered}/replies", outbound.text)
        return private(way, path, outbound, {"comment_id": answered}, {})
    why = frame("instagram", asked, now, human_agent=account.config.get("human_agent") is True)
    if not outbound.files:
        return private(way, path, outbound, {"id": outbound.to.address}, why)
    words = [{"text": outbound.text}] if outbound.text.strip() else []
    return in_parts(way, path, {"id": outbound.to.address}, why, [*map(shown, outbound.files), *words])


def shown(file: File) -> dict[str, Any]:
    """The message that shows a file, which Meta fetches. Raises Unreachable, before anything is sent."""
    kind = KINDS.get(file.content_type.split(";")[0].strip().lower())
    if kind is None:
        raise Unreachable(f"Instagram does not take {file.name}: it takes JPEG, PNG, GIF, MP4, sounds and PDF")
    if file.size > (largest := PICTURE if kind == "image" else LARGEST):
        raise Unreachable(f"Instagram takes a file of this kind of at most {largest // 1_000_000} MB")
    if not file.url:
        raise Unreachable("Meta fetches files from a public https address: set SAMSPIL_LIVE_URL to that of this installation")
    return {"attachment": {"type": kind, "payload": {"url": file.url}}}
