"""One answer handed to the homeserver. Every try has the reply's id as its transaction, so that it stands once."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import escape
from typing import Any

from samspil.channels.matrix.crypto.files import Sealing
from samspil.channels.matrix.crypto.outbound import Secret, sealed, secret_of
from samspil.channels.matrix.rooms import direct_rooms, marked_direct
from samspil.channels.matrix.server import Refused, Server, path
from samspil.channels.matrix.settings import MARK, event_id, external_id, place_of, room_id, user_id
from samspil.channels.matrix.words import HTML
from samspil.kit import Account, File, Outbound, Sent, TryLater, Uncertain, Unreachable
from samspil.kit.reading import part

BYTES = 60_000
"""Of a text with its markup: a whole event has at most 65536 (spec.matrix.org, size limits)."""
LENGTH = 15_000
"""Characters of a message; four bytes each at most."""
LARGEST_FILE = 50 * 1024 * 1024
PIECE = 64 * 1024
MISSING = 404
THERE = ("join", "invite")
_KINDS = {"image": "m.image", "audio": "m.audio", "video": "m.video"}
_MEANING = {
    "M_FORBIDDEN": "The homeserver does not let the account write there",
    "M_TOO_LARGE": "The homeserver does not take anything so large",
    "M_NOT_FOUND": "The room is not there",
    "M_USER_DEACTIVATED": "The account has been closed at the homeserver",
}


def send(outbound: Outbound, account: Account) -> Sent:
    """Write one answer, its files first. Raises TryLater, Unreachable."""
    try:
        return _send(outbound, Server(account, "out"), account)
    except Refused as refused:
        raise Unreachable(refused_words(refused)) from refused
    except Uncertain as lost:  # whatever is asked here may be asked again
        raise TryLater(str(lost)) from lost


def refused_words(refused: Refused) -> str:
    """What a refusal means to a colleague."""
    return f"{_MEANING.get(refused.code, 'The homeserver refused')} ({refused})"


def _send(outbound: Outbound, server: Server, account: Account) -> Sent:
    if not user_id(outbound.to.address):
        raise Unreachable("The receiver's address is no name on Matrix, as @name:server.example.")
    if len(outbound.text) > LENGTH or len(outbound.text.encode("utf-8", "replace")) > BYTES:
        raise Unreachable(f"The answer has {len(outbound.text)} characters, and {LENGTH} are carried at most.")
    room, answered = place_of(outbound.in_reply_to)
    if room:
        _there(server, room, outbound.to.address)
    else:
        room = room_with(server, outbound.to.address, account.key)
    secret = secret_of(server, account, room)
    files = []
    for number, file in enumerate(outbound.files):
        content = _file(server, file, outbound.id, Sealing() if secret else None)
        files.append(put(server, room, f"{outbound.id}.{number}", content, secret))
    if not outbound.text.strip() and files:
        return Sent(external_id=external_id(room, files[-1]))
    # What was in a thread had references of its own; where there are none, nothing need be asked.
    content = _content(outbound) | _relation(server, room, answered, asks=len(outbound.references) > 1)
    return Sent(external_id=external_id(room, put(server, room, outbound.id, content, secret)))


def put(server: Server, room: str, transaction: str, content: Mapping[str, Any], secret: Secret | None) -> str:
    kind, shown = sealed(secret, "m.room.message", content)
    said = server.call("PUT", path("rooms", room, "send", kind, transaction), json=shown)
    ident = event_id(said.get("event_id"))
    if not ident:
        raise TryLater("The homeserver took the answer and gave it no id; the same try again does not write it twice.")
    return ident


def _content(outbound: Outbound) -> dict[str, Any]:
    content: dict[str, Any] = {
        "msgtype": "m.text",
        "body": outbound.text,
        "m.mentions": {"user_ids": [outbound.to.address]},
        MARK: outbound.id,
    }
    html = markup(outbound.text)
    fits = len(html.encode("utf-8", "replace")) + len(outbound.text.encode("utf-8", "replace")) <= BYTES
    return content | ({"format": HTML, "formatted_body": html} if fits else {})


def markup(text: str) -> str:
    """The text as markup: paragraphs, lines, nothing else."""
    parts = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return "".join(f"<p>{escape(part.strip(chr(10)), quote=False).replace(chr(10), '<br>')}</p>" for part in parts)


def _relation(server: Server, room: str, answered: str, *, asks: bool) -> dict[str, Any]:
    """What the answer answers, and in the thread where that stands."""
    if not answered:
        return {}
    relation: dict[str, Any] = {"m.in_reply_to": {"event_id": answered}}
    before: Mapping[str, Any] = {}
    if asks:
        with suppress(Refused):  # older than we may see, or gone: the answer stands all the same
            before = part(part(server.call("GET", path("rooms", room, "event", answered)), "content"), "m.relates_to")
    root = event_id(before.get("event_id")) if before.get("rel_type") == "m.thread" else ""
    if root:
        relation |= {"rel_type": "m.thread", "event_id": root, "is_falling_back": False}
    return {"m.relates_to": relation}


def _there(server: Server, room: str, person: str) -> None:
    """Raises Unreachable when the receiver would not see what is written in the room."""
    if _membership(server, room, person) not in THERE:
        raise Unreachable(f"{person} has left the room, and would not see the answer.")


def _membership(server: Server, room: str, person: str) -> str:
    try:
        found = server.call("GET", path("rooms", room, "state", "m.room.member", person)).get("membership")
    except Refused as refused:
        if refused.status == MISSING:
            return "leave"
        raise
    return str(found)


def room_with(server: Server, person: str, key: bytes) -> str:
    """The talk of two with somebody; made, where there is none that they are in."""
    listed = direct_rooms(server).get(person)
    for room in reversed(listed if isinstance(listed, list) else []):
        try:
            if (
                room_id(room)
                and _membership(server, room, person) in THERE
                and _membership(server, room, server.settings.user) == "join"
            ):
                return str(room)
        except Refused:  # we are there no more
            continue
    room = _made(server, person, key)
    marked_direct(server, room, person)
    return room


def _made(server: Server, person: str, key: bytes) -> str:
    # The alias is always the same and nobody can guess it: the room is made once, though the answer be lost and it be asked for again.
    name = "samspil-" + hmac.new(key, f"{server.settings.user} {person}".encode(), hashlib.sha256).hexdigest()[:32]
    asked = {"preset": "trusted_private_chat", "is_direct": True, "invite": [person], "room_alias_name": name}
    try:
        found = server.call("POST", path("createRoom"), json=asked, repeatable=True).get("room_id")
    except Refused as refused:
        if refused.code != "M_ROOM_IN_USE":
            raise
        alias = f"#{name}:{server.settings.user.partition(':')[2]}"
        found = server.call("GET", path("directory", "room", alias)).get("room_id")
        if room_id(found) and _membership(server, str(found), person) not in THERE:
            server.call("POST", path("rooms", str(found), "invite"), json={"user_id": person}, repeatable=True)
    if not room_id(found):
        raise TryLater("The homeserver made a room and did not say which.")
    return str(found)


def _file(server: Server, file: File, reply: str, sealing: Sealing | None) -> dict[str, Any]:
    """The content of the message that shows a file. What is put up twice and shown once is a file too many at the homeserver, no more."""
    if file.size > LARGEST_FILE:
        raise Unreachable(f"{file.name} is too large: {LARGEST_FILE // 1024 // 1024} MB are carried at most.")
    said = server.call(
        "POST",
        "/_matrix/media/v3/upload",
        query={} if sealing else {"filename": file.name},
        content=sealing.pieces(_pieces(file)) if sealing else _pieces(file),
        headers={
            "content-type": "application/octet-stream" if sealing else file.content_type,
            "content-length": str(file.size),
        },
        repeatable=True,
    )
    uri = said.get("content_uri")
    if not isinstance(uri, str) or not uri.startswith("mxc://"):
        raise TryLater(f"The homeserver did not say whether it took {file.name}.")
    return {
        "msgtype": _KINDS.get(file.content_type.partition("/")[0], "m.file"),
        "body": file.name,
        "filename": file.name,
        **({"file": sealing.described(uri)} if sealing else {"url": uri}),
        "info": {"mimetype": file.content_type, "size": file.size},
        MARK: reply,
    }


def _pieces(file: File) -> Iterator[bytes]:
    with file.open() as stream:
        while piece := stream.read(PIECE):
            yield piece
