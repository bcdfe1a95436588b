"""Our own device: its keys, made once, published, and given out one by one. Source: spec.matrix.org, key management."""

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import vodozemac

from samspil.channels.matrix.crypto.devices import OLM, Devices
from samspil.channels.matrix.crypto.signing import signed
from samspil.channels.matrix.crypto.store import Overtaken, Row, Store
from samspil.channels.matrix.server import Server, path
from samspil.channels.matrix.settings import user_id
from samspil.kit import Account, ChannelError, TryLater
from samspil.kit.reading import part

MEGOLM = "m.megolm.v1.aes-sha2"
FEW, ENOUGH = 25, 50
"""One-time keys at the homeserver: under FEW there are made as many as ENOUGH lacks."""
FALLBACK_SECONDS = 3600
"""A fallback key that was used is replaced, at most so often: the one before stays known for what is under way."""
MADE, KEY = "made", "signed_curve25519"


class LostKeysError(ChannelError):
    """The homeserver has keys of this device that we have not: others would not believe new ones under the same name."""


class Identity:
    """The device that a token belongs to."""

    def __init__(self, server: Server, store: Store, account: Account, user: str) -> None:
        self.server, self.store, self.user, self.device = server, store, user, store.device
        self.key = hashlib.sha256(b"pickle" + account.key).digest()
        self.devices = Devices(server, store)
        self.mine = store.name("own")
        self.curve = self.ed = ""

    def open(self) -> None:
        """Make the keys where there are none, and see that the homeserver has them. Raises LostKeysError, Refused, TryLater."""
        listed = self.devices.keys_of([self.user]).get((self.user, self.device))
        row, _ = self.store.one(self.mine)
        if not row:
            # Asked once more: another process may have made and published them meanwhile.
            if listed is not None and not self.store.one(self.mine)[0]:
                raise LostKeysError("The keys of this device were lost: it must be signed in anew, as another device.")
            with suppress(Overtaken):  # another process was quicker, and its keys are as good
                self.store.put({self.mine: ({"pickle": vodozemac.Account().pickle(self.key), "done": []}, 0)})
            row, _ = self.store.one(self.mine)
        ours = self._account(row)
        self.curve, self.ed = ours.curve25519_key.to_base64(), ours.ed25519_key.to_base64()
        if listed is not None and (listed.curve, listed.ed) != (self.curve, self.ed):
            raise LostKeysError("The homeserver has other keys of this device than we have: it must be signed in anew.")
        if listed is None:
            self.server.call("POST", path("keys", "upload"), json={"device_keys": self.device_keys(ours)}, repeatable=True)

    def seen(self) -> str:
        """Whether the keys are there and published. Raises LostKeysError, Refused, TryLater."""
        asked = {"device_keys": {self.user: []}, "timeout": 10_000}
        found = self.server.call("POST", path("keys", "query"), json=asked, repeatable=True, patience=30.0)
        keys = part(part(part(part(found, "device_keys"), self.user), self.device), "keys")
        row, _ = self.store.one(self.mine)
        if not row and not keys:
            return f"device {self.device} gets its keys when messages are fetched"
        ours = self._account(row).curve25519_key.to_base64() if row else ""
        if keys and keys.get(f"curve25519:{self.device}") != ours:
            raise LostKeysError("The homeserver has other keys of this device than we have.")
        return f"device {self.device} has its keys"

    def device_keys(self, ours: vodozemac.Account) -> dict[str, Any]:
        """What others read of our device."""
        return signed(
            {
                "user_id": self.user,
                "device_id": self.device,
                "algorithms": [OLM, MEGOLM],
                "keys": {f"curve25519:{self.device}": self.curve, f"ed25519:{self.device}": self.ed},
            },
            ours,
            self.user,
            self.device,
        )

    def account(self) -> vodozemac.Account:
        """Our keys as they are kept."""
        return self._account(self.store.one(self.mine)[0])

    def _account(self, row: Mapping[str, Any]) -> vodozemac.Account:
        return vodozemac.Account.from_pickle(str(row["pickle"]), self.key)

    def change(self, how: Callable[[vodozemac.Account, Row], None]) -> vodozemac.Account:
        """Change our keys and what is kept beside them. Raises Overtaken."""

        def changed(row: Row) -> None:
            ours = self._account(row)
            how(ours, row)
            row["pickle"] = ours.pickle(self.key)

        return self._account(self.store.change(self.mine, changed))

    def replenish(self, count: object, unused: object) -> None:
        """Give the homeserver new one-time keys, and a fallback key, where it says that few are left. Raises Refused, TryLater."""
        left = count if isinstance(count, int) and not isinstance(count, bool) else 0
        used, moment = isinstance(unused, list) and KEY not in unused, time.time()
        if left >= FEW and not used:
            return

        def made(ours: vodozemac.Account, row: Row) -> None:
            if left < FEW and not ours.one_time_keys:
                ours.generate_one_time_keys(ENOUGH - left)
            if used and moment - row.get(MADE, 0) > FALLBACK_SECONDS:
                ours.generate_fallback_key()  # type: ignore[attr-defined]  # the stubs of 0.10 leave it out
                row[MADE] = moment

        ours = self.change(made)
        # Kept before they are given out; what was given out and not marked is given out again, and is the same.
        once = {f"{KEY}:{ident}": self._signed({"key": key.to_base64()}, ours) for ident, key in ours.one_time_keys.items()}
        last = ours.fallback_key  # type: ignore[attr-defined]  # the stubs of 0.10 leave it out
        rest = {f"{KEY}:{i}": self._signed({"key": k.to_base64(), "fallback": True}, ours) for i, k in last.items()}
        if once or rest:
            given = {"one_time_keys": once, "fallback_keys": rest}
            self.server.call("POST", path("keys", "upload"), json=given, repeatable=True)
            self.change(lambda ours, _row: ours.mark_keys_as_published())

    def _signed(self, value: dict[str, Any], ours: vodozemac.Account) -> dict[str, Any]:
        return signed(value, ours, self.user, self.device)


def opened(server: Server, account: Account) -> Identity | None:
    """Our device, ready; None where nothing can be encrypted: an application service, or no place to keep keys.

    Raises LostKeysError (with a token), Refused, TryLater.
    """
    if account.keeps is None or server.settings.hs_token:
        return None
    for last in (not server.settings.password or bool(server.settings.token), True):
        who = server.call("GET", path("account", "whoami"))
        device, user = who.get("device_id"), user_id(who.get("user_id"))
        if not isinstance(device, str) or not device or not user:
            return None
        if user.lower() not in server.settings.own:
            raise TryLater(f"The access token is that of {user}, and the account is another.")
        made = Identity(server, Store(account.keeps, device), account, user)
        try:
            made.open()
        except LostKeysError:
            if last:
                raise
            server.be_another_device()
            continue
        return made
    raise AssertionError  # the last time ends above


def seen(server: Server, account: Account) -> str:
    """What can be said of our device's keys without making or publishing any. Raises LostKeysError, Refused, TryLater."""
    if account.keeps is None or server.settings.hs_token:
        return "what is encrypted from end to end cannot be read"
    who = server.call("GET", path("account", "whoami"))
    device, user = who.get("device_id"), user_id(who.get("user_id"))
    if not isinstance(device, str) or not device or not user:
        raise LostKeysError("The access token belongs to no device that could have keys.")
    made = Identity(server, Store(account.keeps, device), account, user)
    return made.seen()


def unused_of(found: Mapping[str, Any]) -> tuple[object, object]:
    """How many one-time keys the homeserver has, and which fallback keys nobody used, as /sync says."""
    count = part(found, "device_one_time_keys_count").get(KEY)
    named = ("device_unused_fallback_key_types", "org.matrix.msc2732.device_unused_fallback_key_types")
    return count, next((found[name] for name in named if name in found), None)
