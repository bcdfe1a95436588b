"""What is known of the rooms beside their events: who is there, whether it is a talk of two, what was answered."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from samspil.channels.matrix import words
from samspil.channels.matrix.crypto import files
from samspil.channels.matrix.server import Refused, Server, path, result
from samspil.channels.matrix.settings import event_id, room_id, user_id
from samspil.channels.matrix.understand import wanted
from samspil.kit import TryLater
from samspil.kit.reading import part

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a file that is fetched."""
REMEMBERED = 2000
TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """``names`` are what the members show; ``others`` who else is in a talk of two."""

    direct: bool
    name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


class Rooms:
    """Asked of the homeserver when it is first needed, and again when somebody came or went. Lives as long as one pull()."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.own = server.settings.own
        self.partners: dict[str, str] = {}
        self._rooms: dict[str, Room] = {}
        self._ours: dict[tuple[str, str], bool] = {}
        self._signs: dict[str, tuple[str, str]] = {}

    def note_direct(self, content: object) -> None:
        """Take in the account's list of talks of two (m.direct): rooms by person."""
        for person, rooms in content.items() if isinstance(content, Mapping) else ():
            for room in rooms if isinstance(rooms, list) else ():
                if user_id(person) and room_id(room):
                    self.partners[room] = person
                    self._rooms.pop(room, None)

    def forget(self, room: str) -> None:
        """Somebody came or went."""
        self._rooms.pop(room, None)

    def room(self, room: str) -> Room:
        """What the homeserver says of a room. Raises TryLater."""
        if room not in self._rooms:
            _bounded(self._rooms)
            self._rooms[room] = self._ask(room)
        return self._rooms[room]

    def kept(self, room: str, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """What an envelope keeps of an event; None for what was said in a group to others. Raises TryLater."""
        here = self.room(room)
        kind, content = words.text(event.get("type"), 200), part(event, "content")
        sender = str(event.get("sender"))
        place: dict[str, Any] = {"id": room, "direct": here.direct}
        if here.names.get(sender):
            place["names"] = {sender: here.names[sender]}
        if here.direct:
            place["others"] = list(here.others)
            place["names"] = {one: here.names[one] for one in (sender, *here.others) if here.names.get(one)}
        elif here.name:
            place["name"] = here.name
        kept: dict[str, Any] = {"event": dict(event), "room": place}
        if kind == "m.reaction":
            return self._reaction(kept, room, content)
        if kind == "m.room.redaction":
            was = self._signs.get(str(event.get("redacts") or content.get("redacts")))
            return kept | ({"redacted": {"event_id": was[0], "key": was[1]}} if was else {})
        if not here.direct and self._answers_us(room, content):
            kept["answers_us"] = True
        if not wanted(content, kind, self.server.settings, direct=here.direct, answers_us=kept.get("answers_us")):
            return kept if kind == "m.room.encrypted" else None
        loaded = self._load(content) if kind == "m.room.message" else None
        return kept | ({"file": {"size": len(loaded), "bytes": base64.b64encode(loaded).decode()}} if loaded is not None else {})

    def _reaction(self, kept: dict[str, Any], room: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
        relation = part(content, "m.relates_to")
        target, sign = event_id(relation.get("event_id")), relation.get("key")
        if target and isinstance(sign, str):
            _bounded(self._signs)
            self._signs[str(kept["event"].get("event_id"))] = (target, sign)
        # Of a group only what is said of our messages concerns us.
        return kept if kept["room"]["direct"] or (target and self._is_ours(room, target)) else None

    def _answers_us(self, room: str, content: Mapping[str, Any]) -> bool:
        answered = event_id(part(part(content, "m.relates_to"), "m.in_reply_to").get("event_id"))
        return bool(answered) and self._is_ours(room, answered)

    def _is_ours(self, room: str, event: str) -> bool:
        key = (room, event)
        if key not in self._ours:
            _bounded(self._ours)
            try:
                found = self.server.call("GET", path("rooms", room, "event", event))
            except Refused:
                found = {}
            self._ours[key] = str(found.get("sender")).lower() in self.own
        return self._ours[key]

    def _ask(self, room: str) -> Room:
        partner = self.partners.get(room)
        try:
            joined = part(self.server.call("GET", path("rooms", room, "joined_members")), "joined")
        except Refused:  # we are there no more
            return Room(direct=partner is not None, others=(partner,) if partner else ())
        names = {user: words.line(part(joined, user).get("display_name")) for user in joined}
        others = tuple(user for user in joined if user.lower() not in self.own)
        if partner is not None or len(others) < TWO:
            return Room(direct=True, names=names, others=(partner,) if partner else others)
        return Room(direct=False, names=names, name=self._name(room))

    def _name(self, room: str) -> str:
        try:
            return words.line(self.server.call("GET", path("rooms", room, "state", "m.room.name")).get("name"))
        except Refused:
            return ""

    def _load(self, content: Mapping[str, Any]) -> bytes | None:
        """The bytes of a message's file; None for one that is too large, tampered with or gone: the message is shown without."""
        sealed = part(content, "file")
        url, size = words.text((sealed or content).get("url"), 600), part(content, "info").get("size")
        host, _, media = url.removeprefix("mxc://").partition("/")
        too_large = isinstance(size, int) and size > LARGEST_FILE
        if content.get("msgtype") not in words.FILES or not url.startswith("mxc://") or not host or not media or too_large:
            return None
        loaded = load(self.server, host, media) or load(self.server, host, media)
        return files.opened(sealed, loaded) if sealed and loaded is not None else loaded


def load(server: Server, host: str, media: str) -> bytes | None:
    """The bytes of a file at the homeserver, by the way that asks who we are, else by the older one; None when it gives none."""
    steps = f"{quote(host, safe='')}/{quote(media, safe='')}"
    for way in (f"/_matrix/client/v1/media/download/{steps}", f"/_matrix/media/v3/download/{steps}"):
        try:
            answer = server.raw("GET", way, largest=LARGEST_FILE)
        except TryLater:  # too large whatever was said of its size, or no connection
            continue
        if answer.ok:
            return answer.body
    return None


def marked_direct(server: Server, room: str, person: str) -> None:
    """Put a room on the account's list of talks of two, where every program of the account finds it. Raises Refused, TryLater."""
    where = path("user", server.settings.user, "account_data", "m.direct")
    listed = direct_rooms(server)
    rooms = listed.get(person)
    known = [one for one in rooms if isinstance(one, str)] if isinstance(rooms, list) else []
    if room not in known:
        result(server.raw("PUT", where, json={**listed, person: [*known, room]}))


def direct_rooms(server: Server) -> Mapping[str, Any]:
    """The account's list of talks of two. Raises Refused, TryLater."""
    try:
        return server.call("GET", path("user", server.settings.user, "account_data", "m.direct"))
    except Refused as refused:
        if refused.status == 404:  # noqa: PLR2004 - there is none yet
            return {}
        raise


def _bounded(kept: dict[Any, Any]) -> None:
    if len(kept) >= REMEMBERED:
        del kept[next(iter(kept))]
