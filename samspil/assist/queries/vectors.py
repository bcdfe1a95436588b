"""The vectors of past questions as a file that every process on the machine maps: no server, and the memory of one copy.

A file holds one generation: it grows at its end, and is written anew when a pair went away, so that nothing forgotten stays in it. Who
finds it behind brings it on; the worker does so every minute. What a search finds is looked up in the database, so that a
file that is behind shows nothing that is gone.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from samspil.assist.ports import folder
from samspil.assist.rules.vector import WIDTH, nearest
from samspil.base import sql

RECORD = np.dtype([("id", "<i8"), ("norm", "<f4"), ("vector", "i1", (WIDTH,))])
AT_ONCE = 20_000
IN_PASSING = 2_000
"""So many new rows a page brings on itself; more are left to the worker."""
_STATE = (
    "SELECT coalesce((SELECT generation FROM assist_gathered WHERE id = 1), 0),"
    " coalesce((SELECT max(id) FROM assist_pair WHERE vector IS NOT NULL), 0)"
)
_maps: dict[Path, tuple[int, Any]] = {}
"""What this process has mapped: the number of records and the map, by file."""


def search(vector: bytes, most: int) -> list[tuple[int, float]]:
    """(pair, cosine) of the nearest past questions, the nearest first. One statement, two where the file is behind."""
    found = _mapped(bring_on(limit=IN_PASSING))
    if found is None:
        return []
    rows = nearest(found["vector"], np.asarray(found["norm"]), vector, most)
    return [(int(found["id"][row]), cosine) for row, cosine in rows]


def bring_on(*, limit: int | None = None) -> Path:
    """The file of the generation in force, with what is new at its end, as far as ``limit`` allows; gone generations are deleted."""
    generation, last = sql.run(_STATE)[0]
    path = folder() / f"vectors-{generation}.bin"
    if _last(path) >= last and path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(path.parent) as mine:
        if mine:
            generation, last = sql.run(_STATE)[0]
            path = folder() / f"vectors-{generation}.bin"
            _append(path, last, limit)
            for other in path.parent.glob("vectors-*.bin"):
                if other != path:
                    other.unlink(missing_ok=True)
                    _maps.pop(other, None)
    return path


def _append(path: Path, last: int, limit: int | None) -> None:
    with path.open("ab") as out:
        whole = out.tell() // RECORD.itemsize
        out.truncate(whole * RECORD.itemsize)  # half a record of a process that was killed
        done = _last(path)
        while done < last and (limit is None or limit > 0):
            take = AT_ONCE if limit is None else min(limit, AT_ONCE)
            rows = sql.run(
                "SELECT id, vector FROM assist_pair WHERE id > %s AND vector IS NOT NULL ORDER BY id LIMIT %s", [done, take]
            )
            if not rows:
                return
            records = np.zeros(len(rows), dtype=RECORD)
            records["id"] = [row[0] for row in rows]
            records["vector"] = np.frombuffer(b"".join(bytes(row[1]) for row in rows), dtype=np.int8).reshape(-1, WIDTH)
            records["norm"] = np.linalg.norm(records["vector"].astype(np.float32), axis=1)
            out.write(records.tobytes())
            out.flush()
            done = rows[-1][0]
            limit = None if limit is None else limit - len(rows)


def _last(path: Path) -> int:
    """The newest pair in a file; 0 where there is none."""
    found = _mapped(path)
    return int(found["id"][-1]) if found is not None else 0


def _mapped(path: Path) -> Any:
    """The file's whole records, mapped; None where there is none. A file that has grown is mapped anew."""
    try:
        number = path.stat().st_size // RECORD.itemsize
    except FileNotFoundError:
        _maps.pop(path, None)
        return None
    if not number:
        return None
    known = _maps.get(path)
    if known is None or known[0] != number:
        known = _maps[path] = (number, np.memmap(path, dtype=RECORD, mode="r", shape=(number,)))
    return known[1]


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Whether this process may write now; another one that writes is not waited for."""
    with (place / "lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
