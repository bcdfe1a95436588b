"""What an event means. Pure, and without trust in any field.

A message's id is "chat:message", for an answer has to go to the chat; a chat of two has its person's own id. People's ids are valid with the provider
that the account belongs to, and random: no two providers have the same one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from mimetypes import guess_type
from typing import Any

from samspil.channels.line.settings import CHAT, NETWORK, PERSON
from samspil.kit import Attachment, Delete, Envelope, Event, Follow, Handle, Message, NotUnderstood, reading

LARGEST = 1024 * 1024
LONGEST = 20_000
SILENT = frozenset(
    "join leave memberJoined memberLeft videoPlayComplete beacon accountLink membership module activated deactivated"
    " botSuspended botResumed delivery".split()
)
"""What asks nothing of us: comings and goings in groups, and the account's own affairs."""
FILES: Mapping[str, tuple[str, str]] = {
    "image": ("image.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.m4a", "audio/mp4"),
    "file": ("file", "application/octet-stream"),
}
"""The kinds of message that are files, with a name and a content type where LINE says none."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,1000}", re.ASCII)
ID = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


def understand(envelope: Envelope) -> Sequence[Event]:
    """The event. Raises NotUnderstood."""
    event = _read(envelope.payload)
    kind = text(event.get("type"), 60)
    if kind in SILENT:
        return []
    seen = _Reader(event, envelope.external_id)
    if kind == "message":
        return [seen.message()]
    if kind == "postback":
        return [seen.postback()]
    if kind == "unsend":
        return [
            Delete(
                external_id=seen.key, target=seen.name(_part(event, "unsend").get("messageId")), author=seen.author, at=seen.at
            )
        ]
    if kind in {"follow", "unfollow"}:
        return [Follow(external_id=seen.key, author=seen.author, at=seen.at, removed=kind == "unfollow")]
    raise NotUnderstood(f"An event of the kind {kind!r} is not known")


def text(value: Any, longest: int = LONGEST) -> str:
    """A string of the payload without control characters; "" for anything else."""
    return reading.text(value, longest)


def _read(payload: bytes) -> Mapping[str, Any]:
    if len(payload) > LARGEST:
        raise NotUnderstood(f"The event has {len(payload)} bytes, and {LARGEST} are read at most")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("The event is not JSON") from error
    event = found.get("event") if isinstance(found, dict) else None
    if not isinstance(event, dict):
        raise NotUnderstood("There is no event in it")
    return event


def kind_of(envelope: Envelope) -> str:
    """The kind of message that the envelope holds. Raises NotUnderstood."""
    return text(_part(_read(envelope.payload), "message").get("type"), 40)


def elsewhere(envelope: Envelope) -> str:
    """Where a file lies that is not at LINE's; "" for all others. Raises NotUnderstood."""
    provider = _part(_part(_read(envelope.payload), "message"), "contentProvider")
    return text(provider.get("originalContentUrl"), 2000) if provider.get("type") == "external" else ""


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


class _Reader:
    """One event, read field by field."""

    def __init__(self, event: Mapping[str, Any], key: str) -> None:
        self.event, self.key = event, key
        source = _part(event, "source")
        kind, self.person = text(source.get("type"), 20), text(source.get("userId"), 64)
        self.chat = text(source.get({"group": "groupId", "room": "roomId"}.get(kind, "userId")), 64)
        if not PERSON.fullmatch(self.person):
            raise NotUnderstood("LINE does not say who it was: in groups it keeps that from programs until the person agrees")
        if kind not in {"user", "group", "room"} or not CHAT.fullmatch(self.chat):
            raise NotUnderstood("LINE does not say where it was")
        self.place = kind
        self.at = _time(event.get("timestamp"))

    @property
    def author(self) -> Handle:
        # The name is not in the webhook, and understanding asks nobody.
        return Handle(network=NETWORK, address=self.person, name=f"LINE …{self.person[-6:]}")

    def name(self, ident: Any) -> str:
        found = text(ident, 101)
        if not ID.fullmatch(found):
            raise NotUnderstood("The message has no id")
        return f"{self.chat}:{found}"

    def message(self) -> Message:
        message = _part(self.event, "message")
        quoted = message.get("quotedMessageId")
        said, files = words(message), files_of(message)
        token = message.get("markAsReadToken")
        extra = {self.place: self.chat} if self.place != "user" else {}
        extra |= {"read_token": token} if isinstance(token, str) and _TOKEN.fullmatch(token) else {}
        return Message(
            external_id=self.name(message.get("id")),
            author=self.author,
            at=self.at,
            text=said,
            references=[self.name(quoted)] if quoted not in (None, "") else [],
            attachments=files,
            notes=["another program answers in this chat just now"] if self.event.get("mode") == "standby" else [],
            extra=extra,
        )

    def postback(self) -> Message:
        """Somebody pressed a button of ours: what the button stands for, and the time that was picked."""
        pressed = _part(self.event, "postback")
        chosen = [text(value, 300) for value in _part(pressed, "params").values() if isinstance(value, str)]
        said = " ".join(filter(None, [text(pressed.get("data"), 300), *chosen[:10]]))
        if not said:
            raise NotUnderstood("A button that stands for nothing")
        return Message(external_id=f"{self.chat}:{self.key}", author=self.author, at=self.at, text=f"[{said}]")


def _time(value: Any) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            pass
    raise NotUnderstood("The event has no time")


def words(message: Mapping[str, Any]) -> str:
    """A message in words; "" for a file. Raises NotUnderstood."""
    kind = text(message.get("type"), 40)
    if kind == "text":
        said = text(message.get("text")).strip()
        if not said:
            raise NotUnderstood("An empty message")
        return said
    if kind in FILES:
        return ""
    if kind == "sticker":
        row = message.get("keywords")
        keywords = [text(word, 60) for word in row[:5]] if isinstance(row, list) else []
        meant = text(message.get("text"), 300) or ", ".join(filter(None, keywords))
        return f"[sticker: {meant}]" if meant else "[sticker]"
    if kind == "location":
        named = [text(message.get(name), 300) for name in ("title", "address")]
        place = [message.get(name) for name in ("latitude", "longitude")]
        numbers = [f"{float(n):.6f}" for n in place if isinstance(n, (int, float)) and not isinstance(n, bool) and abs(n) <= 180]  # noqa: PLR2004 - degrees
        return f"[{', '.join(filter(None, ['location', *named, *numbers]))}]"
    raise NotUnderstood(f"A message of the kind {kind!r} is not known")


def files_of(message: Mapping[str, Any]) -> Sequence[Attachment]:
    """The file of a message that is one; its bytes are fetched afterwards."""
    kind = text(message.get("type"), 40)
    if kind not in FILES:
        return ()
    usual, content_type = FILES[kind]
    ident, size, name = text(message.get("id"), 100), message.get("fileSize"), text(message.get("fileName"), 255) or usual
    size = size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**40 else 0
    guessed = guess_type(name)[0] if kind == "file" else None
    return (Attachment(part=ident, name=name, content_type=guessed or content_type, size=size, remote=True),)
