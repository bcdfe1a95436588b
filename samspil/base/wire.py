"""Statements by psycopg's own libpq wrapper: prepared once a session, and as many in one round trip as are ready.

psycopg's cursors spend some 60 microseconds of Python on a small statement, libpq itself 10; a lone message runs a dozen of
them. What stands here is that path and no more: values to text, pipeline, results through psycopg's own loaders.
"""

import json
import re
import select
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.types.json import Json, Jsonb, JsonbLoader

Params = Sequence[Any] | Mapping[str, Any]
Statement = tuple[str, Params]

PREPARED = 400
"""Statements that one session keeps prepared at most; what comes later is parsed each time."""
OURS = -1
"""Place of the answers to BEGIN and COMMIT, which nobody asked for."""
READY = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY}
_TIMESTAMP, _TIMESTAMPTZ = 1114, 1184
_BYTES = (bytes, bytearray, memoryview)


class Wire:
    """One session of psycopg, spoken to by libpq."""

    def __init__(self, session: "psycopg.Connection[Any]") -> None:
        self.session = session
        self._pg = session.pgconn
        self._prepared: dict[str, bytes] = {}
        self._seen: set[str] = set()
        self._numbers = count()
        cursor = psycopg.Cursor(session)  # has adapters of its own
        cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django has jsonb come as text, for its own field to parse
        self._transformer = Transformer(cursor)
        self._poll = select.poll()
        self._poll.register(self._pg.socket, select.POLLIN)

    def send(self, statements: Sequence[Statement], *, begin: bool, commit: bool = False) -> list[list[tuple[Any, ...]]]:
        """The rows of each statement, all in one round trip. Raises psycopg's errors; nothing after the first error was done.

        ``begin`` opens a transaction when none is open; ``commit`` ends it, and when it returns it has.
        """
        pg = self._pg
        bound = [(query, *_bind(query, params)) for query, params in statements]
        encoded = [[_encode(v) for v in values] for _, _, values in bound]  # what cannot be sent raises before anything is sent
        waited: list[str | int] = []
        pg.enter_pipeline_mode()
        try:
            if begin and pg.transaction_status == pq.TransactionStatus.IDLE:
                self._queue("BEGIN", b"BEGIN", (), (), waited)
                waited.append(OURS)
            for place, (query, numbered, values) in enumerate(bound):
                self._queue(query, numbered, values, encoded[place], waited)
                waited.append(place)
            if commit:
                self._queue("COMMIT", b"COMMIT", (), (), waited)
                waited.append(OURS)
            pg.pipeline_sync()
            results = self._results()
        except Exception:
            self._leave()
            raise
        except BaseException:
            pg.finish()  # Ctrl-C in the middle of a reply: this session cannot be spoken with any more
            raise
        self._leave()
        return self._read(waited, results, len(bound))

    def _queue(
        self, query: str, numbered: bytes, values: Sequence[Any], data: Sequence[bytes | None], waited: list[str | int]
    ) -> None:
        """Parsed each time until it comes a second time; from then on by name."""
        pg = self._pg
        formats = [1 if isinstance(value, _BYTES) else 0 for value in values]
        name = self._prepared.get(query)
        if name is None:
            kinds = [_kind(value) for value in values]
            if query not in self._seen or len(self._prepared) >= PREPARED:
                if len(self._seen) < PREPARED * 10:
                    self._seen.add(query)
                pg.send_query_params(numbered, data, kinds, formats)
                return
            name = b"s%d" % next(self._numbers)
            pg.send_prepare(name, numbered, kinds)
            waited.append(query)
            self._prepared[query] = name  # taken back when it fails: all that follows fails with it
        pg.send_query_prepared(name, data, formats)

    def _results(self) -> list[pq.abc.PGresult]:
        pg = self._pg
        results: list[pq.abc.PGresult] = []
        unsent = pg.flush()
        while True:
            if unsent or pg.is_busy():
                self._wait(write=bool(unsent))
                pg.consume_input()
                if unsent:
                    unsent = pg.flush()
                continue
            result = pg.get_result()
            if result is None:
                if pg.status == pq.ConnStatus.BAD:
                    raise psycopg.OperationalError("the connection is lost")
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _wait(self, *, write: bool) -> None:
        if write:
            self._poll.modify(self._pg.socket, select.POLLIN | select.POLLOUT)
        self._poll.poll()
        if write:
            self._poll.modify(self._pg.socket, select.POLLIN)

    def _leave(self) -> None:
        if self._pg.status == pq.ConnStatus.OK:
            self._pg.exit_pipeline_mode()

    def _read(self, waited: Sequence[str | int], results: Sequence[pq.abc.PGresult], number: int) -> list[list[tuple[Any, ...]]]:
        rows: list[list[tuple[Any, ...]]] = [[] for _ in range(number)]
        failed = next((r for r in results if r.status not in READY), None)
        if failed is not None:
            for what, result in zip(waited, results, strict=False):
                if isinstance(what, str) and result.status not in READY:
                    self._prepared.pop(what, None)
            raise error_from_result(failed)
        for what, result in zip(waited, results, strict=True):
            if isinstance(what, int) and what != OURS and result.nfields:
                self._transformer.set_pgresult(result)
                rows[what] = self._transformer.load_rows(0, result.ntuples, tuple)
        return rows


_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


@lru_cache(maxsize=2000)
def _numbered(query: str) -> tuple[bytes, tuple[str, ...]]:
    """The query with $1, $2 for %s or %(name)s, and the names in that order (none for %s)."""
    names: dict[str, int] = {}
    number = count(1)

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found[1]
        if name is None:
            return f"${next(number)}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return _PLACE.sub(place, query).encode(), tuple(names)


def _bind(query: str, params: Params) -> tuple[bytes, Sequence[Any]]:
    if not params:
        return query.encode(), ()
    numbered, names = _numbered(query)
    return numbered, [params[name] for name in names] if isinstance(params, Mapping) else params


def _encode(value: Any) -> bytes | None:
    """One value as text, or raw when it is bytes. Raises ProgrammingError for a type that is not known here."""
    how = _TEXT.get(type(value))
    if how is None:
        how = next((_TEXT[kind] for kind in type(value).__mro__ if kind in _TEXT), None)
        if how is None:
            raise psycopg.ProgrammingError(f"cannot send a value of the type {type(value).__name__}")
    return how(value)


def _kind(value: Any) -> int:
    """Its type in PostgreSQL, by number; 0 leaves it to be inferred."""
    if isinstance(value, datetime):
        return _TIMESTAMPTZ if value.tzinfo else _TIMESTAMP
    return next((_KINDS[kind] for kind in type(value).__mro__ if kind in _KINDS), 0)


def _string(value: str) -> bytes:
    if "\x00" in value:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


def _json(value: Json | Jsonb) -> bytes:
    made = (value.dumps or json.dumps)(value.obj)
    return made.encode() if isinstance(made, str) else made


def _interval(value: timedelta) -> bytes:
    return b"%d days %d s %d us" % (value.days, value.seconds, value.microseconds)


_QUOTED = re.compile(rb'(["\\])')


def _array(values: Sequence[Any]) -> bytes:
    return b"{" + b",".join([_element(v) for v in values]) + b"}"


def _element(value: Any) -> bytes:
    kind = type(value)
    if kind is UUID:
        return b"%032x" % value.int
    if kind is str:
        return b'"' + _QUOTED.sub(rb"\\\1", _string(value)) + b'"'
    if value is None:
        return b"NULL"
    if isinstance(value, (list, tuple)):
        return _array(value)
    if isinstance(value, _BYTES):
        return b'"\\\\x' + bytes(value).hex().encode() + b'"'
    return b'"' + _QUOTED.sub(rb"\\\1", _encode(value) or b"") + b'"'


_TEXT: dict[type, Callable[[Any], bytes | None]] = {
    type(None): lambda _: None,
    str: _string,
    UUID: lambda v: b"%032x" % v.int,
    bool: lambda v: b"t" if v else b"f",
    int: lambda v: b"%d" % v,
    float: lambda v: repr(v).encode(),
    datetime: lambda v: v.isoformat().encode(),
    date: lambda v: v.isoformat().encode(),
    timedelta: _interval,
    Decimal: lambda v: str(v).encode(),
    Json: _json,
    Jsonb: _json,
    list: _array,
    tuple: _array,
    **dict.fromkeys(_BYTES, bytes),
}
"""How each type is written."""
_KINDS: dict[type, int] = {UUID: 2950, bool: 16, int: 0, float: 701, Json: 114, Jsonb: 3802, **dict.fromkeys(_BYTES, 17)}
