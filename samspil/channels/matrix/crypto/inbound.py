"""Reading what was said in encrypted rooms (Megolm): keys as they come, each message once. Source: spec.matrix.org, m.megolm.v1.aes-sha2."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import vodozemac

from samspil.channels.matrix.crypto.identity import MEGOLM, Identity, unused_of
from samspil.channels.matrix.crypto.olm import Olm
from samspil.channels.matrix.crypto.store import Row, is_secret, note_secret
from samspil.channels.matrix.settings import event_id, room_id
from samspil.kit.reading import part

BLOCK = 256
"""Messages of one session whose events are remembered in one row."""
WAITING = 1000
"""Messages that wait for their key; of more, the oldest are given up."""
ROOMS = 10_000
SECRET = ("m.room.encrypted", "m.room.encryption")
ALWAYS_OPEN = ("m.room.encrypted", "m.room.redaction", "m.reaction")
NEVER = ("m.room.redaction", "m.room.encrypted")
"""What is not said in secret: whether somebody may take a message back, the homeserver must see."""


class Inbound:
    """What our device can read."""

    def __init__(self, identity: Identity) -> None:
        self.identity, self.store, self.olm = identity, identity.store, Olm(identity)
        self._waits = self.store.name("waiting")
        self._secret: dict[str, bool] = {}
        self.came = True
        """Whether keys came since :meth:`late` was last asked; at first nobody knows."""

    def take(self, found: Mapping[str, Any]) -> None:
        """What devices told ours in an answer of /sync, and keys for those who come. Raises Refused, TryLater."""
        events = part(found, "to_device").get("events")
        for event in events if isinstance(events, list) else ():
            if isinstance(event, Mapping) and event.get("type") == "m.room.encrypted":
                self.olm.receive(event, self._told)
        self.identity.replenish(*unused_of(found))

    def _told(self, told: Mapping[str, Any]) -> None:
        if told.get("type") != "m.room_key":
            return
        content = part(told, "content")
        room, ident, key = room_id(content.get("room_id")), content.get("session_id"), content.get("session_key")
        if content.get("algorithm") != MEGOLM or not room or not isinstance(ident, str) or not isinstance(key, str):
            return
        try:
            session = vodozemac.InboundGroupSession(vodozemac.SessionKey(key))
        except ValueError:
            return
        if session.session_id == ident:
            self.note(room, session, sender=str(told["sender"]), curve=str(told["curve25519"]), ed=str(told["ed25519"]))

    def note(self, room: str, session: vodozemac.InboundGroupSession, **whose: str) -> None:
        """Keep a session with whose it is. The first who shows it has it; from the same device, the one that reads more."""

        def kept(row: Row) -> None:
            if row:
                before = vodozemac.InboundGroupSession.from_pickle(row["pickle"], self.identity.key)
                other = any(row.get(name) != value for name, value in whose.items())
                if other or before.first_known_index <= session.first_known_index:
                    return
            row.update(whose, pickle=session.pickle(self.identity.key))

        self.store.change(self._session(room, session.session_id), kept)
        self.came = True

    def is_open(self, room: str, event: Mapping[str, Any]) -> bool:
        """Whether an event, as it came, says in the open what could have been encrypted: the room is, as far as was ever seen."""
        secret, kind = self._is_secret(room, event), event.get("type")
        return secret and kind not in ALWAYS_OPEN and not isinstance(event.get("state_key"), str)

    def _is_secret(self, room: str, event: Mapping[str, Any]) -> bool:
        if not self._secret.get(room) and event.get("type") in SECRET:
            note_secret(self.store.keeps, room)
            self._secret[room] = True
        if room not in self._secret:
            if len(self._secret) >= ROOMS:
                self._secret.clear()
            self._secret[room] = is_secret(self.store.keeps, room)
        return self._secret[room]

    def _session(self, room: str, ident: str) -> str:
        return self.store.name("in", room, ident)

    def read(self, room: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The event in the clear; the same as it came where it is not encrypted, or cannot be read. Raises Overtaken."""
        if event.get("type") != "m.room.encrypted" or isinstance(event.get("state_key"), str):
            return event
        content, ident = part(event, "content"), event_id(event.get("event_id"))
        session_id, text = content.get("session_id"), content.get("ciphertext")
        if content.get("algorithm") != MEGOLM or not ident or not isinstance(session_id, str) or not isinstance(text, str):
            return event
        said = self._said(room, session_id, text, ident, str(event.get("sender")))
        if said is None:
            return event
        # What it belongs to stands outside, where the homeserver sees it.
        inner = {name: value for name, value in part(said, "content").items() if name != "m.relates_to"}
        relation = part(content, "m.relates_to")
        outside = {name: value for name, value in event.items() if name not in {"type", "content"}}
        return {**outside, "type": said["type"], "content": inner | ({"m.relates_to": relation} if relation else {})}

    def _said(self, room: str, session_id: str, text: str, ident: str, sender: str) -> Mapping[str, Any] | None:
        """What was said in secret; None for what cannot be read, or not yet, or is not what it says it is."""
        row, _ = self.store.one(self._session(room, session_id))
        if not row:
            self._wait(room, session_id, ident)
        if not row or row["sender"] != sender:
            return None
        try:
            session = vodozemac.InboundGroupSession.from_pickle(row["pickle"], self.identity.key)
            message = vodozemac.MegolmMessage.from_base64(text)
            if message.message_index() < session.first_known_index:
                self._wait(room, session_id, ident)
                return None
            opened = session.decrypt(message)
            said = json.loads(bytes(opened.plaintext))
        except (ValueError, RecursionError):  # what was tampered with is shown as what cannot be read
            return None
        right = (
            isinstance(said, dict)
            and isinstance(said.get("type"), str)
            and said["type"] not in NEVER
            and said.get("room_id") == room
        )
        return said if right and self._first(room, session_id, opened.message_index, ident) else None

    def _first(self, room: str, session: str, index: int, ident: str) -> bool:
        """Whether this place in the session is this event's: somebody who shows a message again does so with another event."""

        def noted(row: Row) -> None:
            row.setdefault(str(index), ident)

        name = self.store.name("seen", room, session, str(index // BLOCK))
        row, _ = self.store.one(name)
        if str(index) not in row:
            row = self.store.change(name, noted)
        return bool(row[str(index)] == ident)

    def _wait(self, room: str, session: str, ident: str) -> None:
        def noted(row: Row) -> None:
            events = [one for one in row.get("events", []) if one != [room, session, ident]]
            row["events"] = [*events, [room, session, ident]][-WAITING:]

        self.store.change(self._waits, noted)

    def late(self) -> list[tuple[str, str]]:
        """Room and event of what came before its key, and may be read now."""
        if not self.came:
            return []
        self.came = False
        waiting: Sequence[Any] = self.store.one(self._waits)[0].get("events", [])
        names = {self._session(room, session) for room, session, _ in waiting}
        there = {name for name, (row, _) in self.store.get(*names).items() if row} if names else set()
        return [(room, ident) for room, session, ident in waiting if self._session(room, session) in there]

    def done(self, read: Sequence[tuple[str, str]]) -> None:
        """These wait no more: what was read of them is on disk."""

        def gone(row: Row) -> None:
            row["events"] = [one for one in row.get("events", []) if (one[0], one[2]) not in read]

        if read:
            self.store.change(self._waits, gone)
