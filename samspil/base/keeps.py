"""Values that are remembered for an owner, encrypted with the owner's key, and written only in place of what was read."""

import os
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.seal import keys
from samspil.kit.keeps import LARGEST_VALUE, LONGEST_NAME

NONCE = 12


class _OvertakenError(Exception):
    pass


class Keeps:
    """The drawer of one owner: AES-256-GCM with a key of the owner's and the installation's secret, bound to name and version."""

    def __init__(self, owner: UUID, key: bytes) -> None:
        self.owner, self._key = owner, key

    def read(self, *names: str) -> Mapping[str, tuple[bytes, int]]:
        """The values that are there, each with its version. Raises ValueError for one that was tampered with."""
        rows = sql.run(
            "SELECT name, value, version FROM base_kept WHERE owner = %s AND name = ANY(%s)", [self.owner, list(names)]
        )
        return {name: (self._opened(name, bytes(value), version), version) for name, value, version in rows}

    def write(self, values: Mapping[str, tuple[bytes | None, int]]) -> bool:
        """Write each value in place of the version that was read (None: take it away); all, or none and False. Raises ValueError."""
        for name, (value, _) in values.items():
            if not 0 < len(name) <= LONGEST_NAME or len(value or b"") > LARGEST_VALUE:
                raise ValueError(f"{name[:40]!r} is no name for what is kept, or its value is too large")
        try:
            with step():
                for name in sorted(values):  # always in the same order, so that no two wait for each other
                    self._write(name, *values[name])
        except _OvertakenError:
            return False
        return True

    def _write(self, name: str, value: bytes | None, before: int) -> None:
        if value is None and not before:
            done = [] if sql.run("SELECT 1 FROM base_kept WHERE owner = %s AND name = %s", [self.owner, name]) else [()]
        elif value is None:
            query = "DELETE FROM base_kept WHERE owner = %s AND name = %s AND version = %s RETURNING 1"
            done = sql.run(query, [self.owner, name, before])
        elif before:
            query = "UPDATE base_kept SET value = %s, version = version + 1 WHERE owner = %s AND name = %s AND version = %s RETURNING 1"
            done = sql.run(query, [self._sealed(name, value, before + 1), self.owner, name, before])
        else:
            query = (
                "INSERT INTO base_kept (owner, name, value, version) VALUES (%s, %s, %s, 1) ON CONFLICT DO NOTHING RETURNING 1"
            )
            done = sql.run(query, [self.owner, name, self._sealed(name, value, 1)])
        if not done:
            raise _OvertakenError

    def _ciphers(self) -> list[AESGCM]:
        """That of today first, then those of the installation's secrets before it: the database alone opens nothing."""
        return [AESGCM(HKDF(algorithm=SHA256(), length=32, salt=one, info=b"keeps").derive(self._key)) for one in keys("keeps")]

    def _bound(self, name: str, version: int) -> bytes:
        return f"{self.owner}\0{version}\0{name}".encode()

    def _sealed(self, name: str, value: bytes, version: int) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._ciphers()[0].encrypt(nonce, value, self._bound(name, version))

    def _opened(self, name: str, sealed: bytes, version: int) -> bytes:
        for cipher in self._ciphers():
            with suppress(InvalidTag):
                return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], self._bound(name, version))
        raise ValueError(f"What is kept as {name!r} is not what was written")


def forget(owner: UUID) -> None:
    """Keep nothing of the owner any more. Joins the caller's step."""
    with step():
        sql.run("DELETE FROM base_kept WHERE owner = %s", [owner])
