"""What Twilio's webhook means: a text message, or the fate of one of ours. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from mimetypes import guess_extension
from typing import NoReturn

from samspil.channels.sms.settings import NUMBER
from samspil.kit import Attachment, DeliveryReport, Envelope, Event, Follow, Handle, Message, NotUnderstood

NETWORK = "phone"
STOP = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT".split())
START = frozenset("START UNSTOP".split())
WAY = frozenset("accepted scheduled queued sending sent".split())
"""States on the way, of which nobody needs to hear."""
DEAD = {"30005": "there is no such number", "30006": "the number cannot take text messages", "21211": "this is no number"}
ERRORS = {
    "30003": "the phone is switched off or out of reach",
    "30004": "the receiver has blocked you",
    "30007": "the operator took it for spam",
    "30008": "the operator did not say why",
    **DEAD,
}
"""Twilio's codes in words (https://www.twilio.com/docs/api/errors)."""
LONGEST = 10_000


def meaning(envelope: Envelope) -> Sequence[Event]:
    """The events of one call. Raises NotUnderstood."""
    said = form_of(envelope)
    at = envelope.received_at or _fail("nobody knows when")
    sid = said.get("MessageSid") or said.get("SmsSid") or _fail("a message without an id")
    status = (said.get("MessageStatus") or said.get("SmsStatus") or "").lower()
    if "Body" not in said and status and status != "received":
        return _fate(said, envelope.external_id, sid, status, at)
    author = _handle(said.get("From"))
    text, media = said.get("Body", "").replace("\x00", "").strip()[:LONGEST], media_of(said)
    if not text and not media:
        raise NotUnderstood("an empty text message")
    events: list[Event] = [
        Message(
            external_id=sid,
            author=author,
            at=at,
            text=text,
            attachments=tuple(_attachment(number, kind) for number, (kind, _) in enumerate(media)),
        )
    ]
    word = (said.get("OptOutType") or text).strip().upper()
    if word in STOP or word in START:
        events.append(Follow(external_id=f"{sid}:{word.lower()}", author=author, at=at, removed=word in STOP))
    return events


def _fate(said: Mapping[str, str], external_id: str, sid: str, status: str, at: datetime) -> Sequence[Event]:
    if status in WAY:
        return []
    code = said.get("ErrorCode", "")
    if status in {"delivered", "read"}:
        state, detail = status, ""
    elif status in {"failed", "undelivered", "canceled"}:
        state, detail = "failed", f"{ERRORS.get(code, said.get('ErrorMessage') or status)} ({code})" if code else status
    else:
        raise NotUnderstood(f"Twilio says {status[:40]}")
    return [
        DeliveryReport(external_id=external_id, target=sid, state=state, at=at, detail=detail, permanent=code in DEAD)  # type: ignore[arg-type]
    ]


def form_of(envelope: Envelope) -> dict[str, str]:
    """The fields of the call that the envelope holds. Raises NotUnderstood."""
    try:
        kept = json.loads(envelope.payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(kept, dict):
        raise NotUnderstood("no form of Twilio's")
    return {str(name): value for name, value in kept.items() if isinstance(value, str)}


def _handle(number: str | None) -> Handle:
    plain = (number or "").strip()
    if not plain:
        _fail("nobody's message")
    # A sender may be a word ("POSTNORD") or a short number, which nobody can answer.
    return Handle(network=NETWORK, address=plain[:60] if NUMBER.fullmatch(plain) else plain[:60].lower(), name=plain[:60])


def media_of(said: Mapping[str, str]) -> list[tuple[str, str]]:
    """The content type and the address of each file, ten at most."""
    number = said.get("NumMedia", "0")
    count = min(int(number), 10) if number.isascii() and number.isdigit() else 0
    return [(said.get(f"MediaContentType{n}", "")[:100], said.get(f"MediaUrl{n}", "")[:2000]) for n in range(count)]


def _attachment(number: int, kind: str) -> Attachment:
    name = f"file{number + 1}{guess_extension(kind) or ''}"
    return Attachment(part=str(number), name=name, content_type=kind or "application/octet-stream", size=0, remote=True)


def _fail(words: str) -> NoReturn:
    raise NotUnderstood(words)
