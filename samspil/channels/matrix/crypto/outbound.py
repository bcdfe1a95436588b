"""Writing in encrypted rooms (Megolm): who may read, and a new session when that changes. Source: spec.matrix.org, m.room.encryption."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import vodozemac

from samspil.channels.matrix.crypto.devices import Device
from samspil.channels.matrix.crypto.identity import MEGOLM, Identity, LostKeysError, opened
from samspil.channels.matrix.crypto.inbound import Inbound
from samspil.channels.matrix.crypto.olm import Olm
from samspil.channels.matrix.crypto.store import TRIES, Overtaken, Row, is_secret, note_secret
from samspil.channels.matrix.server import Refused, Server, path
from samspil.channels.matrix.settings import user_id
from samspil.kit import Account, Unreachable
from samspil.kit.reading import part

ROTATE_MESSAGES, ROTATE_MS = 100, 604_800_000
"""What counts where the room says nothing."""
LEAST_MS = 3_600_000
DEVICES = 2000
AT_ONCE = 50
LARGEST = 46_000
"""Bytes of what is encrypted: a third more when it is, and a whole event has at most 65536."""
AGAIN_SECONDS = 3600
"""A device that gave no key is asked again after so long."""
SEEN_BY_INVITED = ("world_readable", "shared", "invited")
"""Histories of a room in which somebody who is invited reads what is written now."""
MISSING = 404


class Secret:
    """One encrypted room that we write in."""

    def __init__(self, identity: Identity, room: str, settings: Mapping[str, Any]) -> None:
        self.identity, self.room, self.server = identity, room, identity.server
        self.store, self.olm = identity.store, Olm(identity)
        self.messages = min(max(_number(settings.get("rotation_period_msgs"), ROTATE_MESSAGES), 1), ROTATE_MESSAGES * 100)
        self.age = max(_number(settings.get("rotation_period_ms"), ROTATE_MS), LEAST_MS)

    def sealed(self, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """The content of the event that goes in place of this one, readable by all devices there. Raises Refused, TryLater."""
        outside = {"m.relates_to": content["m.relates_to"]} if "m.relates_to" in content else {}
        inside = {name: value for name, value in content.items() if name not in outside}
        plain = self._plain(kind, inside)
        for last in range(TRIES, 0, -1):
            try:
                session, text = self._encrypted(plain)
            except Overtaken:
                if last == 1:
                    raise
                continue
            own = {"sender_key": self.identity.curve, "device_id": self.identity.device}
            return {"algorithm": MEGOLM, "ciphertext": text, "session_id": session, **own, **outside}
        raise AssertionError  # the last try ends above

    def _plain(self, kind: str, content: Mapping[str, Any]) -> bytes:
        """What is encrypted: without its markup where that would be too much. Raises Unreachable."""
        newest = part(content, "m.new_content")
        bare = _without_markup(content) | ({"m.new_content": _without_markup(newest)} if newest else {})
        for said in (content, bare):
            plain = json.dumps({"type": kind, "content": said, "room_id": self.room}, ensure_ascii=False).encode(
                "utf-8", "replace"
            )
            if len(plain) <= LARGEST:
                return plain
        raise Unreachable(f"The answer has {len(plain)} bytes, and {LARGEST} are carried at most in a room that is encrypted.")

    def _encrypted(self, plain: bytes) -> tuple[str, str]:
        readers = self._readers()
        name, key = self.store.name("out", self.room), self.identity.key
        row, version = self.store.one(name)
        now = int(time.time() * 1000)
        if self._is_over(row, readers, now):
            row = {"pickle": vodozemac.GroupSession().pickle(key), "made": now, "used": 0, "shared": {}, "tried": {}}
        session = vodozemac.GroupSession.from_pickle(row["pickle"], key)
        if not row["used"]:  # what we write comes back, and is read as ours
            mine = vodozemac.InboundGroupSession(session.session_key)
            whose = {"sender": self.identity.user, "curve": self.identity.curve, "ed": self.identity.ed}
            Inbound(self.identity).note(self.room, mine, **whose)
        self._share(session, row, readers, now)
        text = session.encrypt(plain).to_base64()
        row |= {"pickle": session.pickle(key), "used": row["used"] + 1}
        # Kept before it is sent: no place in a session is written to twice, whatever happens.
        self.store.put({name: (row, version)})
        return session.session_id, text

    def _is_over(self, row: Row, readers: Mapping[str, Device], now: int) -> bool:
        """Whether a new session is due: none yet, too many or too old, or somebody could read who is there no more."""
        if not row or row["used"] >= self.messages or now - row["made"] >= self.age:
            return True
        return any(who not in readers or readers[who].curve != curve for who, curve in row["shared"].items())

    def _share(self, session: vodozemac.GroupSession, row: Row, readers: Mapping[str, Device], now: int) -> None:
        new = [
            who
            for who in readers
            if who not in row["shared"] and now - row["tried"].get(who, -AGAIN_SECONDS * 1000) >= AGAIN_SECONDS * 1000
        ]
        content = {
            "algorithm": MEGOLM,
            "room_id": self.room,
            "session_id": session.session_id,
            "session_key": session.session_key.to_base64(),
        }
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            told = {f"{one.user} {one.id}" for one in self.olm.tell([readers[who] for who in some], "m.room_key", content)}
            row["shared"].update({who: readers[who].curve for who in some if who in told})
            row["tried"].update({who: now for who in some if who not in told})

    def _readers(self) -> dict[str, Device]:
        """The devices of everybody in the room but this one, by "user device". Raises Unreachable for too many."""
        rows: Sequence[Any] = self.server.call("GET", path("rooms", self.room, "members")).get("chunk") or []
        by: dict[str, list[str]] = {"join": [], "invite": []}
        for event in rows:
            who = user_id(event.get("state_key")) if isinstance(event, Mapping) else ""
            if who:
                by.get(str(part(event, "content").get("membership")), []).append(who)
        people = by["join"] + (by["invite"] if by["invite"] and self._is_seen_by_invited() else [])
        devices = self.identity.devices.keys_of(people)
        if len(devices) > DEVICES:
            raise Unreachable(f"The room has {len(devices)} devices, and {DEVICES} are given keys at most.")
        own = (self.identity.user, self.identity.device)
        return {f"{one.user} {one.id}": one for place, one in devices.items() if place != own}

    def _is_seen_by_invited(self) -> bool:
        try:
            said = self.server.call("GET", path("rooms", self.room, "state", "m.room.history_visibility"))
        except Refused:
            return False
        return said.get("history_visibility") in SEEN_BY_INVITED


def secret_of(server: Server, account: Account, room: str) -> Secret | None:
    """How one writes in a room; None where it is not encrypted. Raises Unreachable where we cannot, Refused, TryLater.

    A room that was encrypted once stays so for us, whatever its homeserver says later.
    """
    if account.keeps is None or server.settings.hs_token:
        return None
    known = is_secret(account.keeps, room)
    try:
        settings = server.call("GET", path("rooms", room, "state", "m.room.encryption"))
    except Refused as refused:
        if refused.status != MISSING:
            raise
        if not known:
            return None
        settings = {"algorithm": MEGOLM}
    if settings.get("algorithm") != MEGOLM:
        raise Unreachable("The room is encrypted in a way that is not known here.")
    if not known:
        note_secret(account.keeps, room)
    try:
        identity = opened(server, account)
    except LostKeysError as lost:
        raise Unreachable(f"The room is encrypted. {lost}") from lost
    if identity is None:
        raise Unreachable("The room is encrypted, and the access token belongs to no device that could have keys.")
    return Secret(identity, room, settings)


def sealed(secret: Secret | None, kind: str, content: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The kind and the content of an event as they go to the room. Raises Unreachable, Refused, TryLater."""
    return ("m.room.encrypted", secret.sealed(kind, content)) if secret else (kind, content)


def _without_markup(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in {"format", "formatted_body"}}


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
