"""What a comment on YouTube means: pure, and without trust in any field."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels.youtube.settings import CHANNEL, NETWORK, own_channel
from samspil.kit import Account, Edit, Envelope, Event, Handle, Message, NotUnderstood, reading

LARGEST = 4 * 1024 * 1024
LONGEST = 20_000
ID = re.compile(r"[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9_-]{1,80})?", re.ASCII)
_VIDEO = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)
_NAME = re.compile(r"@[\w.·-]{1,60}")


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The message or the edit of one comment; nothing for one of ours that is changed, or answers nobody. Raises NotUnderstood."""
    said = _read(envelope.payload)
    comment, own = reading.part(said, "comment"), own_channel(account)
    snippet, ident = reading.part(comment, "snippet"), comment.get("id")
    if not isinstance(ident, str) or not ID.fullmatch(ident):
        raise NotUnderstood("the comment has no id")
    author, text = _person(snippet), _text(snippet.get("textOriginal") or snippet.get("textDisplay"))
    if envelope.headers.get("seen") == "yes" and author.address == own:
        return []  # other words of our own, which are in the log where they were given
    if envelope.headers.get("seen") == "yes":
        changed = _when(snippet.get("updatedAt"))
        return [Edit(external_id=envelope.external_id, target=ident, author=author, at=changed, text=text)]
    top, _, answer = ident.partition(".")
    ours = author.address == own
    to = _answered(said, own) if ours and answer else []
    if ours and not to:
        return []
    video = said.get("video")
    known = isinstance(video, str) and _VIDEO.fullmatch(video)
    return [
        Message(
            external_id=ident,
            author=author,
            at=_when(snippet.get("publishedAt")),
            text=text,
            references=[top] if answer else [],
            thread=top,
            to=to,
            public=True,
            outgoing=ours,
            extra={"video": f"https://www.youtube.com/watch?v={video}&lc={ident}"} if known else {},
        )
    ]


def _read(payload: bytes) -> Mapping[str, Any]:
    return reading.body(payload, what="it", largest=LARGEST)


def _answered(said: Mapping[str, Any], own: str) -> list[Handle]:
    """Whom an answer of ours is for: who began the thread, where nobody else is in it; else YouTube does not tell."""
    try:
        found = _person(reading.part(said, "began"))
    except NotUnderstood:
        return []
    return [found] if found.address != own else []


def _person(snippet: Mapping[str, Any]) -> Handle:
    number = reading.part(snippet, "authorChannelId").get("value")
    if not isinstance(number, str) or not CHANNEL.fullmatch(number):
        raise NotUnderstood("it does not say who wrote the comment")
    shown = _text(snippet.get("authorDisplayName"), 200).strip()
    name = shown if _NAME.fullmatch(shown) else ""
    return Handle(network=NETWORK, address=number, display="" if name else shown, name=name)


def _text(value: Any, longest: int = LONGEST) -> str:
    return reading.text(value, longest, reading.CONTROLS_AND_RETURNS)


def _when(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood("it says no time at which it was written") from error
    raise NotUnderstood("it says no time at which it was written")
