"""Other people's devices: asked of the homeserver, checked, and believed as they were first seen. Source: spec.matrix.org, key management."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from samspil.channels.matrix.crypto.signing import is_signed
from samspil.channels.matrix.crypto.store import Row, Store
from samspil.channels.matrix.server import Server, path
from samspil.channels.matrix.settings import user_id
from samspil.kit.reading import part

OLM = "m.olm.v1.curve25519-aes-sha2"
MOST = 100
"""Devices of one person that are looked at."""
REMEMBERED = 500
LONGEST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One program of somebody: its key for secrets (Curve25519) and its key for signatures (Ed25519), in base64."""

    user: str
    id: str
    curve: str
    ed: str


class Devices:
    """Asked anew each time: what the homeserver says now is who may read what is written now."""

    def __init__(self, server: Server, store: Store) -> None:
        self.server, self.store = server, store

    def keys_of(self, users: Iterable[str]) -> dict[tuple[str, str], Device]:
        """The devices of people, with a right signature and not changed since they were first seen. Raises Refused, TryLater."""
        wanted = sorted({one for one in users if user_id(one)})
        asked = {"device_keys": {user: [] for user in wanted}, "timeout": 10_000}
        found = self.server.call("POST", path("keys", "query"), json=asked, repeatable=True, patience=30.0)
        silent = tuple(f":{name}" for name in part(found, "failures"))
        devices: dict[tuple[str, str], Device] = {}
        for user in wanted:
            listed = part(part(found, "device_keys"), user)
            seen = [one for ident, about in list(listed.items())[:MOST] if (one := _device(user, ident, about))]
            # A server that does not answer takes nobody's devices away.
            for one in self._believed(user, seen, all_known=not listed and user.endswith(silent)):
                devices[user, one.id] = one
        return devices

    def _believed(self, user: str, seen: list[Device], *, all_known: bool) -> list[Device]:
        name = self.store.name("trust", user)
        known, _ = self.store.one(name)
        if any(one.id not in known for one in seen):

            def noted(row: Row) -> None:
                for one in seen:
                    if len(row) < REMEMBERED:
                        row.setdefault(one.id, [one.curve, one.ed])

            known = self.store.change(name, noted)
        if all_known:
            return [Device(user=user, id=ident, curve=keys[0], ed=keys[1]) for ident, keys in known.items()]
        return [one for one in seen if known.get(one.id) == [one.curve, one.ed]]


def _device(user: str, ident: object, about: object) -> Device | None:
    if not isinstance(about, Mapping) or not isinstance(ident, str) or not 0 < len(ident) <= LONGEST:
        return None
    if about.get("user_id") != user or about.get("device_id") != ident:
        return None
    keys: Mapping[str, Any] = part(about, "keys")
    curve, ed = keys.get(f"curve25519:{ident}"), keys.get(f"ed25519:{ident}")
    if not isinstance(curve, str) or not isinstance(ed, str) or not is_signed(about, user, ident, ed):
        return None
    return Device(user=user, id=ident, curve=curve, ed=ed)
