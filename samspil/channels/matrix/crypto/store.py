"""Where keys and sessions are kept: the account's drawer, one part of it for each device of ours."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from samspil.kit import Keeps, TryLater

TRIES = 8
Row = dict[str, Any]


class Overtaken(TryLater):
    """Another process wrote the same meanwhile; the whole is done again."""

    def __init__(self) -> None:
        super().__init__("Another process writes the same keys; the next try goes on from there.", after=1.0)


class Store:
    """JSON objects by kind and what they are about. Raises ValueError for what was tampered with."""

    def __init__(self, keeps: Keeps, device: str) -> None:
        self.keeps, self.device = keeps, device

    def name(self, kind: str, *about: str) -> str:
        """The name of a row; ids of strangers are hashed, for they are long and may hold anything."""
        return self.name_of(kind, self.device, *about)

    @staticmethod
    def name_of(kind: str, *about: str) -> str:
        """The name of a row that is no device's own."""
        return f"{kind}:{hashlib.sha256(json.dumps(about).encode()).hexdigest()}"

    def get(self, *names: str) -> dict[str, tuple[Row, int]]:
        """Each row with its version; an empty one of version 0 for what is not there."""
        found = self.keeps.read(*names)
        return {name: (json.loads(found[name][0]), found[name][1]) if name in found else ({}, 0) for name in names}

    def one(self, name: str) -> tuple[Row, int]:
        """One row with its version."""
        return self.get(name)[name]

    def put(self, rows: Mapping[str, tuple[Row | None, int]]) -> None:
        """Write rows in place of the versions that were read, all or none. Raises Overtaken."""
        said = {name: (None if row is None else json.dumps(row).encode(), version) for name, (row, version) in rows.items()}
        if said and not self.keeps.write(said):
            raise Overtaken

    def change(self, name: str, how: Callable[[Row], None]) -> Row:
        """Change one row, again from the beginning while others write it. Raises Overtaken."""
        for last in range(TRIES, 0, -1):
            row, version = self.one(name)
            how(row)
            try:
                self.put({name: (row, version)})
            except Overtaken:
                if last == 1:
                    raise
                continue
            return row
        raise AssertionError  # the last try ends above


def note_secret(keeps: Keeps, room: str) -> None:
    """Remember that a room is encrypted: it stays so for us, whatever its homeserver says later."""
    keeps.write({_secret(room): (b"{}", 0)})  # False where it was known


def is_secret(keeps: Keeps, room: str) -> bool:
    """Whether a room was encrypted at any time."""
    return bool(keeps.read(_secret(room)))


def _secret(room: str) -> str:
    return Store.name_of("room", "", room)
