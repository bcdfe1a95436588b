"""Envelopes made of what the homeserver gives, by pull() and by hear() alike."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from samspil.channels.matrix.settings import MARK, event_id, room_id, user_id
from samspil.kit import Envelope

MANY = 1000
_SHORT = 190


def envelope_of(kept: Mapping[str, Any], ident: str) -> Envelope:
    """The envelope that keeps these values; an id that is longer than is kept whole stands as its digest."""
    whole = ident if len(ident) <= _SHORT else hashlib.sha256(ident.encode("utf-8", "replace")).hexdigest()
    payload = json.dumps(kept, ensure_ascii=True, separators=(",", ":")).encode()
    return Envelope(external_id=whole, payload=payload, headers={"content-type": "application/json"})


def is_kept(event: object, own: frozenset[str]) -> bool:
    """Whether an event of a room is worth an envelope: neither state of the room nor our own echo."""
    if not isinstance(event, Mapping) or isinstance(event.get("state_key"), str):
        return False
    content, sender = event.get("content"), event.get("sender")
    return not (isinstance(content, Mapping) and MARK in content and isinstance(sender, str) and sender.lower() in own)


def ident_of(event: Mapping[str, Any], payload: object) -> str:
    """The event's own id; of one without, a digest."""
    said = json.dumps(payload, sort_keys=True, default=str).encode()
    return event_id(event.get("event_id")) or hashlib.sha256(said).hexdigest()


def receipts(room: str, content: object, own: frozenset[str], place: Mapping[str, Any]) -> Iterator[Envelope]:
    """An envelope for each person who has read on."""
    found = 0
    for target, kinds in content.items() if isinstance(content, Mapping) else ():
        readers = kinds.get("m.read") if isinstance(kinds, Mapping) else None
        for user, about in readers.items() if isinstance(readers, Mapping) else ():
            if not (event_id(target) and room_id(room) and user_id(user)) or user.lower() in own or found >= MANY:
                continue
            found += 1
            stamp = about.get("ts") if isinstance(about, Mapping) else None
            kept = {"receipt": {"event_id": target, "user_id": user, "ts": stamp}, "room": {"id": room, **place}}
            yield envelope_of(kept, f"read:{hashlib.sha256(f'{room} {target} {user}'.encode()).hexdigest()}")
