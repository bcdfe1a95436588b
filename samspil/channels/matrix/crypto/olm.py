"""What goes from device to device: one ratchet for each pair (Olm). Source: spec.matrix.org, m.olm.v1.curve25519-aes-sha2."""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import vodozemac

from samspil.channels.matrix.crypto.devices import OLM, Device
from samspil.channels.matrix.crypto.identity import KEY, Identity
from samspil.channels.matrix.crypto.signing import decoded, is_signed, unpadded
from samspil.channels.matrix.crypto.store import TRIES, Overtaken, Row
from samspil.channels.matrix.server import Refused, path
from samspil.channels.matrix.settings import user_id
from samspil.kit.reading import part

SESSIONS = 5
"""Ratchets that are kept with one device, the one that was used last first."""
DONE = 500
MEND_SECONDS = 3600
LARGEST = 256 * 1024


def _nothing(_told: dict[str, Any]) -> None:
    pass


def _mark(curve: str, kind: int, body: str) -> str:
    return hashlib.sha256(f"{curve} {kind} {body}".encode()).hexdigest()[:32]


class Olm:
    """The ratchets of our device."""

    def __init__(self, identity: Identity) -> None:
        self.identity, self.store, self.server = identity, identity.store, identity.server

    def receive(self, event: Mapping[str, Any], then: Callable[[dict[str, Any]], None] = _nothing) -> dict[str, Any] | None:
        """What a device told ours, once; None for what is not for us, was told before, or is not what it says. Raises TryLater.

        ``then`` is given it, and keeps what is to be kept; until that has happened the same event is told again.
        """
        content, sender = part(event, "content"), user_id(event.get("sender"))
        curve = content.get("sender_key")
        sealed = part(part(content, "ciphertext"), self.identity.curve)
        kind, body = sealed.get("type"), sealed.get("body")
        if content.get("algorithm") != OLM or not sender or not isinstance(curve, str) or not isinstance(body, str):
            return None
        if kind not in (0, 1) or isinstance(kind, bool) or len(body) > LARGEST:
            return None
        for last in range(TRIES, 0, -1):
            try:
                told = self._open(curve, int(kind), body)
            except Overtaken:
                if last == 1:
                    raise
                continue
            if told is None:
                self._mend(sender, curve)
            payload = self._believed(told, sender, curve) if told else None
            if payload is not None:
                then(payload)
            if told:
                self._end(curve, int(kind), body)
            return payload
        raise AssertionError  # the last try ends above

    def _end(self, curve: str, kind: int, body: str) -> None:
        with suppress(Overtaken):  # another process told it too
            self.store.put({self.store.name("told", _mark(curve, kind, body)): (None, 1)})

    def _open(self, curve: str, kind: int, body: str) -> bytes | None:
        """The plain text; b"" for what was read before, None for what no ratchet of ours opens.

        A ratchet opens it once: the plain text is kept beside the ratchet until it has been used.
        """
        ident, mark = self.identity, _mark(curve, kind, body)
        name, told = self.store.name("olm", curve), self.store.name("told", mark)
        rows = self.store.get(ident.mine, name, told)
        (own, own_version), (row, version) = rows[ident.mine], rows[name]
        if mark in own.get("done", []):
            return decoded(rows[told][0]["plain"]) if rows[told][0] else b""
        sessions: list[str] = list(row.get("sessions", []))
        try:
            message = vodozemac.AnyOlmMessage.from_parts(kind, decoded(body))
        except ValueError:
            return None
        own["done"] = [*own.get("done", []), mark][-DONE:]
        found = self._by_known(sessions, message) or (self._by_new(own, curve, message) if kind == 0 else None)
        if found is None:
            return None
        at, session, plain = found
        rest = [one for number, one in enumerate(sessions) if number != at]
        row["sessions"] = [session.pickle(ident.key), *rest][:SESSIONS]
        self.store.put({ident.mine: (own, own_version), name: (row, version), told: ({"plain": unpadded(plain)}, 0)})
        return plain

    def _by_known(self, sessions: Sequence[str], message: vodozemac.AnyOlmMessage) -> tuple[int, vodozemac.Session, bytes] | None:
        first = message.to_pre_key()
        for number, pickle in enumerate(sessions):
            session = vodozemac.Session.from_pickle(pickle, self.identity.key)
            if first is not None and not session.session_matches(first):
                continue
            try:
                return number, session, bytes(session.decrypt(message))
            except ValueError:
                continue
        return None

    def _by_new(self, own: Row, curve: str, message: vodozemac.AnyOlmMessage) -> tuple[int, vodozemac.Session, bytes] | None:
        first = message.to_pre_key()
        if first is None:
            return None
        ours = vodozemac.Account.from_pickle(str(own["pickle"]), self.identity.key)
        try:
            session, plain = ours.create_inbound_session(vodozemac.Curve25519PublicKey.from_base64(curve), first)
        except ValueError:
            return None
        own["pickle"] = ours.pickle(self.identity.key)  # the one-time key is gone
        return -1, session, bytes(plain)

    def _believed(self, plain: bytes, sender: str, curve: str) -> dict[str, Any] | None:
        """The payload, when it is for us and from whom it says it is: a device that its owner signed has both keys."""
        try:
            payload = json.loads(plain)
        except (ValueError, RecursionError):
            return None
        if not isinstance(payload, dict) or payload.get("sender") != sender:
            return None
        ed = part(payload, "keys").get("ed25519")
        ours = (
            payload.get("recipient") == self.identity.user and part(payload, "recipient_keys").get("ed25519") == self.identity.ed
        )
        theirs = self.identity.devices.keys_of([sender]).values() if ours else ()
        if not any((one.curve, one.ed) == (curve, ed) for one in theirs):
            return None
        return {**payload, "ed25519": ed, "curve25519": curve}

    def _mend(self, sender: str, curve: str) -> None:
        """Begin a new ratchet with a device whose messages cannot be read any more, so that the next ones can. At most once an hour."""
        name, moment = self.store.name("mend", curve), time.time()
        row, version = self.store.one(name)
        if moment - row.get("at", 0) < MEND_SECONDS:
            return
        device = next((one for one in self.identity.devices.keys_of([sender]).values() if one.curve == curve), None)
        if device is None or (device.user, device.id) == (self.identity.user, self.identity.device):
            return
        self.store.put({name: ({"at": moment}, version)})
        with suppress(Refused):  # it stays broken for an hour
            self.tell([device], "m.dummy", {}, anew=True)

    def tell(self, devices: Sequence[Device], kind: str, content: Mapping[str, Any], *, anew: bool = False) -> list[Device]:
        """Tell devices something, each by its own ratchet. Those that were told. Raises Refused, TryLater."""
        given = self._claimed(devices, anew=anew)
        told: list[Device] = []
        messages: dict[str, dict[str, Any]] = {}
        for device in devices:
            plain = json.dumps(self._payload(device, kind, content)).encode()
            sealed = self._sealed(device, plain, given.get((device.user, device.id)))
            if sealed is not None:
                messages.setdefault(device.user, {})[device.id] = sealed
                told.append(device)
        if messages:
            where = path("sendToDevice", "m.room.encrypted", uuid.uuid4().hex)
            self.server.call("PUT", where, json={"messages": messages})
        return told

    def _payload(self, device: Device, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        ours = self.identity
        return {
            "type": kind,
            "content": content,
            "sender": ours.user,
            "sender_device": ours.device,
            "recipient": device.user,
            "recipient_keys": {"ed25519": device.ed},
            "keys": {"ed25519": ours.ed},
        }

    def _sealed(self, device: Device, plain: bytes, once: str | None) -> dict[str, Any] | None:
        """The message for one device; its ratchet is kept before anything is sent."""
        name, key, sealed = self.store.name("olm", device.curve), self.identity.key, None

        def advanced(row: Row) -> None:
            nonlocal sealed
            sessions: list[str] = list(row.get("sessions", []))
            if once is not None:
                theirs = vodozemac.Curve25519PublicKey.from_base64(device.curve)
                session = self.identity.account().create_outbound_session(theirs, vodozemac.Curve25519PublicKey.from_base64(once))
                sessions.insert(0, session.pickle(key))
            if not sessions:
                return
            session = vodozemac.Session.from_pickle(sessions[0], key)
            sealed = session.encrypt(plain).to_parts()
            sessions[0] = session.pickle(key)
            row["sessions"] = sessions[:SESSIONS]

        try:
            self.store.change(name, advanced)
        except ValueError:  # keys that are none
            return None
        if sealed is None:
            return None
        kind, body = sealed
        return {
            "algorithm": OLM,
            "sender_key": self.identity.curve,
            "ciphertext": {device.curve: {"type": kind, "body": unpadded(bytes(body))}},
        }

    def _claimed(self, devices: Sequence[Device], *, anew: bool) -> dict[tuple[str, str], str]:
        """A one-time key of each device that we have no ratchet with."""
        names = {self.store.name("olm", one.curve): one for one in devices}
        known = self.store.get(*names) if not anew else {}
        lacking = [one for name, one in names.items() if not known.get(name, ({}, 0))[0].get("sessions")]
        if not lacking:
            return {}
        asked: dict[str, dict[str, str]] = {}
        for one in lacking:
            asked.setdefault(one.user, {})[one.id] = KEY
        body = {"one_time_keys": asked, "timeout": 10_000}
        # Asked twice, it costs a key more and does no harm.
        found = part(self.server.call("POST", path("keys", "claim"), json=body, repeatable=True, patience=30.0), "one_time_keys")
        keys: dict[tuple[str, str], str] = {}
        for one in lacking:
            for ident, about in part(part(found, one.user), one.id).items():
                key = about.get("key") if isinstance(about, Mapping) else None
                if str(ident).startswith(f"{KEY}:") and isinstance(key, str) and is_signed(about, one.user, one.id, one.ed):
                    keys[one.user, one.id] = key
        return keys
