"""What a dry run remembers of the rows before, as if they had been written: on disk, so that a million rows need no more memory."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from samspil.exchange.rules.persons import Key
from samspil.exchange.rules.plan import Known, Planned, number_key

PIECE = 500
"""Keys of one question: SQLite takes a limited number of parameters."""


class Memory:
    """A table of keys and values in a temporary file, which goes with the object."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA cache_size = -8000")
        self._db.execute("CREATE TABLE kept (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID")

    def close(self) -> None:
        """Forget it all."""
        self._db.close()

    def recall(self, known: Known, keys: Iterable[Key], numbers: Iterable[str]) -> None:
        """Lay what is remembered over what the database knows."""
        wanted = {_h(key): key for key in keys if key not in known.owners}
        for k, v in self._get(list(wanted)):
            known.owners[wanted[k]] = UUID(v)
        consumers = {f"c{c}": c for c in set(known.owners.values())}
        for k, v in self._get(list(consumers)):
            name, details = v
            known.names[consumers[k]] = (name[0], bool(name[1]))
            for word, values in details.items():
                known.details[consumers[k], word] = list(values)
        by_number = {f"n{number_key(n)}": number_key(n) for n in numbers}
        for k, v in self._get(list(by_number)):
            held = known.numbers.setdefault(by_number[k], {})
            for consumer, key in v:
                held.setdefault(UUID(consumer), (key[0], key[1], key[2]))

    def keep(self, planned: Sequence[Planned], known: Known) -> None:
        """Remember what these rows would have written."""
        rows: dict[str, Any] = {}
        touched = {p.consumer for p in planned if p.consumer is not None and (p.links or p.details or p.name is not None)}
        for one in planned:
            rows |= {_h(key): str(one.consumer) for key, _ in one.links}
            for word, value in one.person.details if one.consumer else []:
                if word == "customer_number":
                    held = known.numbers.get(number_key(value), {})
                    rows[f"n{number_key(value)}"] = [[str(c), key] for c, key in held.items()]
        by_consumer: dict[UUID, dict[str, list[str]]] = {}
        for (consumer, word), values in known.details.items():
            if consumer in touched:
                by_consumer.setdefault(consumer, {})[word] = values
        for consumer in touched:
            if consumer is not None:
                rows[f"c{consumer}"] = [known.names.get(consumer, ("", False)), by_consumer.get(consumer, {})]
        self._db.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", [(k, json.dumps(v)) for k, v in rows.items()])

    def _get(self, keys: Sequence[str]) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        for start in range(0, len(keys), PIECE):
            piece = keys[start : start + PIECE]
            marks = ", ".join("?" * len(piece))
            found += [(k, json.loads(v)) for k, v in self._db.execute(f"SELECT k, v FROM kept WHERE k IN ({marks})", piece)]
        return found


def _h(key: Key) -> str:
    return "h" + "\0".join(key)
