"""The words of the protocol, and what stands where in a stanza: pure, for elements of lxml and of the standard library alike."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

CLIENT = "{jabber:client}"
CARBONS = "urn:xmpp:carbons:2"
CARBON = f"{{{CARBONS}}}"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
ARCHIVE = "urn:xmpp:mam:2"
RESULT = f"{{{ARCHIVE}}}result"
DELAY = "{urn:xmpp:delay}delay"
ORIGIN = "{urn:xmpp:sid:0}origin-id"
STANZA_ID = "{urn:xmpp:sid:0}stanza-id"
RECEIPTS = "urn:xmpp:receipts"
MARKERS = "{urn:xmpp:chat-markers:0}"
REPLACE = "{urn:xmpp:message-correct:0}replace"
RETRACT = "{urn:xmpp:message-retract:1}retract"
FASTEN = "{urn:xmpp:fasten:0}apply-to"
RETRACT_0 = "{urn:xmpp:message-retract:0}retract"
REACTIONS = "{urn:xmpp:reactions:0}"
REPLY = "{urn:xmpp:reply:0}reply"
FALLBACK = "{urn:xmpp:fallback:0}"
OOB = "{jabber:x:oob}"
SHARED = "{urn:xmpp:sfs:0}"
FILE = "{urn:xmpp:file:metadata:0}"
URL = "{http://jabber.org/protocol/url-data}"
INLINE = "{urn:xmpp:sims:1}"
REFERENCE = "{urn:xmpp:reference:0}reference"
NICK = "{http://jabber.org/protocol/nick}nick"
ROOM = "{http://jabber.org/protocol/muc#user}x"
MUC = "{http://jabber.org/protocol/muc}x"
OCCUPANTS = "urn:xmpp:occupant-id:0"
INVITATION = "{jabber:x:conference}x"
ENCRYPTED = {
    "{eu.siacs.conversations.axolotl}encrypted": "OMEMO",
    "{urn:xmpp:omemo:2}encrypted": "OMEMO",
    "{urn:xmpp:omemo:1}encrypted": "OMEMO",
    "{urn:xmpp:openpgp:0}openpgp": "OpenPGP",
    "{jabber:x:encrypted}x": "OpenPGP",
}
OURS = "samspil-"
"""How the resource of every connection of ours begins: what comes back from it is known already."""

_MATTERS = (
    f"{CLIENT}body",
    f"{CLIENT}subject",
    f"{{{RECEIPTS}}}received",
    f"{MARKERS}received",
    f"{MARKERS}displayed",
    f"{MARKERS}acknowledged",
    RETRACT,
    FASTEN,
    f"{REACTIONS}reactions",
    f"{OOB}x",
    f"{SHARED}file-sharing",
    f"{REFERENCE}/{INLINE}media-sharing",
    ROOM,
    INVITATION,
    *ENCRYPTED,
)


_ACTS = (REPLACE, RETRACT, FASTEN, f"{REACTIONS}reactions")


def id_of(message: Any, name: str) -> str:
    """The id in the first element of that name, "" where there is none."""
    found = message.find(name)
    return str(found.get("id") or "") if found is not None else ""


def refusal_of(stanza: Any) -> tuple[str, str]:
    """The condition of an error, and its words."""
    error = stanza.find(f"{CLIENT}error")
    parts = {str(e.tag).rpartition("}")[2]: str(e.text or "") for e in (error if error is not None else ())}
    return next((name for name in parts if name != "text"), "undefined-condition"), parts.get("text", "")[:300]


def says(message: Any) -> bool:
    """Whether it has words, a file, or something that cannot be read."""
    names = (f"{CLIENT}body", f"{OOB}x", f"{SHARED}file-sharing", *ENCRYPTED)
    return any(message.find(name) is not None for name in names)


def is_act(message: Any) -> bool:
    """Whether it is about another message: a correction, a withdrawal, reactions."""
    return any(message.find(name) is not None for name in _ACTS)


def inner(stanza: Any) -> Any:
    """The message itself, out of a carbon or of the archive's answer; the stanza where it is neither."""
    result = stanza.find(RESULT)
    wraps = [result] if result is not None else [e for e in stanza if e.tag in {f"{CARBON}sent", f"{CARBON}received"}][:1]
    for wrap in wraps:
        message = wrap.find(f"{FORWARDED}/{CLIENT}message")
        return stanza if message is None else message
    return stanza


def matters(message: Any) -> bool:
    """Whether the message says anything: somebody who types, and stops to, says nothing yet."""
    return message.get("type") == "error" or any(message.find(name) is not None for name in _MATTERS)


def archive_id(stanza: Any, own: str) -> str:
    """The id under which our server keeps the message, "" where it does not say."""
    result = stanza.find(RESULT)
    if result is not None:
        return str(result.get("id") or "")
    for found in inner(stanza).findall(STANZA_ID):
        if found.get("by") == own:
            return str(found.get("id") or "")
    return ""


def delivery_id(stanza: Any, own: str) -> str:
    """The same for a message however it comes: live, as a carbon, from the archive, or sent again by a client that was cut off.

    Ids are the sender's: they count within one sender. Some clients number from 1 at each start, so the words count too.
    """
    message = inner(stanza)
    origin = message.find(ORIGIN)
    origin_id = origin.get("id") if origin is not None else ""
    ident = message.get("id") or ""
    sender, to = (message.get("from") or own), (message.get("to") or own).partition("/")[0]
    if origin_id:
        return _digest("origin", sender.partition("/")[0], to, origin_id)
    if ident:
        return _digest("id", sender, to, ident, message.get("type") or "", *_said(message))
    return _digest("archive", archive_id(stanza, own)) if archive_id(stanza, own) else ""


def kept_by(stanza: Any, room: str) -> Any:
    """The message that a room's archive gives back, None where the stanza is none of the room itself: people in it may write anything."""
    if stanza.get("from") != room:
        return None
    return stanza.find(f"{RESULT}/{FORWARDED}/{CLIENT}message")


def id_in_room(stanza: Any, room: str) -> str:
    """The id that the room gave the message, "" where it gives none."""
    if kept_by(stanza, room) is not None:
        return str(stanza.find(RESULT).get("id") or "")
    return next((str(e.get("id") or "") for e in stanza.findall(STANZA_ID) if e.get("by") == room), "")


def delivery_id_in_room(stanza: Any, room: str) -> str:
    """The same for a message of a room however it comes."""
    if given := id_in_room(stanza, room):
        return _digest("room", room, given)
    return _digest("room", stanza.get("from") or "", stanza.get("id") or "", *_said(stanza))


def _said(message: Any) -> Iterator[str]:
    for name in _MATTERS:
        for found in message.findall(name):
            yield f"{found.tag} {sorted(found.attrib.items())} {''.join(found.itertext())}"


def _digest(*parts: str) -> str:
    return parts[0] + ":" + sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
