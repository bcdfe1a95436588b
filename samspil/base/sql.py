"""Set-based SQL on the open Django transaction: server-side binding, COPY, and a count of statements for tests and explain.

Statements go by :mod:`samspil.base.wire` on the session that Django has open. Within a step those whose answer nobody needs
yet wait, and travel with the next one that is asked, the first with the BEGIN and the last with the COMMIT.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.types.json import Json, Jsonb

from samspil.base.wire import Params, Wire

__all__ = ["Answer", "Json", "Jsonb", "among", "ask", "copy", "counted", "run", "table", "write"]

Rows = list[tuple[Any, ...]]

_types: dict[str, dict[str, int]] = {}
"""The types of each table's columns, by table: they change only with a migration, and that with a restart."""
_count: ContextVar[list[str] | None] = ContextVar("statements", default=None)


class Answer:
    """The rows of a statement that may still have to be sent; asking for them sends it and all that waits before it."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Rows | None = None) -> None:
        self._rows = rows

    @property
    def rows(self) -> Rows:
        """The rows, or none. Raises RuntimeError when the step was given up before."""
        if self._rows is None:
            flush()
        if self._rows is None:
            raise RuntimeError("the statement was never sent")
        return self._rows

    def _take(self, rows: Rows) -> None:
        self._rows = rows


class _Thread(threading.local):
    """What waits in this thread, in order, and the session that it is sent on."""

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self.deferring = False
        self.statements: list[tuple[str, Params, Answer]] = []


_thread = _Thread()


def run(query: str, params: Params = ()) -> Rows:
    """Run one statement in the open transaction; its rows, or none. Parameters are always values, never text of the query."""
    answer = ask(query, params)
    return answer.rows


def ask(query: str, params: Params = ()) -> Answer:
    """The same, but within a step it waits until its answer, or that of another after it, is needed."""
    _note(query)
    answer = Answer()
    _thread.statements.append((query, params, answer))
    if not _thread.deferring:
        flush()
    return answer


def among(column: str, values: Sequence[Any]) -> tuple[str, Any]:
    """A condition that a column has one of the values, and its one parameter.

    For a single value a plain comparison: the plan of it is made once a session, that of an array with each execution, since
    PostgreSQL takes an array that it does not know for ten elements and holds a plan of its own for cheaper.
    """
    return (f"{column} = %s", values[0]) if len(values) == 1 else (f"{column} = ANY(%s)", list(values))


def table(types: str, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """Rows of values as a source in FROM, and its parameters. ``types`` names each column's type, with spaces between.

    For a single row VALUES, for the same reason as in :func:`among`.
    """
    kinds = types.split()
    if len(rows) == 1:
        return f"(VALUES ({', '.join([f'%s::{kind}' for kind in kinds])}))", list(rows[0])
    return f"unnest({', '.join([f'%s::{kind}[]' for kind in kinds])})", [list(column) for column in zip(*rows, strict=True)]


def write(query: str, params: Sequence[Any] = ()) -> None:
    """A statement whose answer nobody needs: it travels with the next one that is asked, or before the commit of the step.

    Order is kept, and an error comes out where the statement is sent. Most of a lone message's time is round trips.
    """
    ask(query, params)


@contextmanager
def deferring(*, commit: bool) -> Iterator[None]:
    """Let statements wait for the next question inside, which must be one transaction: sent at the end, forgotten when it fails.

    ``commit``: the transaction is this step's own and ends with it, so what waits last takes the COMMIT with it. Outside a step
    statements are sent at once. Django's own queries see what was written before them.
    """
    _thread.deferring = True
    try:
        with connections[DEFAULT_DB_ALIAS].execute_wrapper(_flush_first):
            yield
            flush(commit=commit)
    finally:
        _thread.deferring = False
        _thread.statements.clear()


def flush(*, commit: bool = False) -> None:
    """Send what waits, in one round trip."""
    if _thread.statements:
        sent, _thread.statements = _thread.statements, []
        _send(sent, commit=commit)


def drop() -> None:
    """Forget what waits: the part of the step that wanted it is given up."""
    _thread.statements.clear()


def _send(sent: Sequence[tuple[str, Params, Answer]], *, commit: bool) -> None:
    database = connections[DEFAULT_DB_ALIAS]
    with database.wrap_database_errors:
        database.ensure_connection()
        wire = _wire(database.connection)
        found = wire.send([(query, params) for query, params, _ in sent], begin=not database.autocommit, commit=commit)
    for (_, _, answer), rows in zip(sent, found, strict=True):
        answer._take(rows)  # noqa: SLF001  its own module


def _wire(session: "psycopg.Connection[Any]") -> Wire:
    if _thread.wire is None or _thread.wire.session is not session:
        _thread.wire = Wire(session)
    return _thread.wire


def _flush_first(execute: Any, query: Any, params: Any, many: Any, context: Any) -> Any:
    flush()
    return execute(query, params, many, context)


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows by COPY, the fastest way in. ``table`` and ``columns`` are our own names, never input."""
    batch = list(rows)
    if len(batch) == 1:
        # One row by a prepared INSERT: no round trip of its own instead of COPY's three, which is what a single message pays for.
        values = ", ".join(["%s"] * len(columns))
        write(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", batch[0])
        return
    _note(f"COPY {table}")
    if table not in _types:
        query = "SELECT attname, atttypid::bigint FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        _thread.statements.append((query, [table], found := Answer()))
        _types[table] = dict(found.rows)
    flush()
    database = connections[DEFAULT_DB_ALIAS]
    with database.wrap_database_errors:
        database.ensure_connection()
        cursor = psycopg.Cursor(database.connection)
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as out:
            out.set_types([_types[table][column] for column in columns])
            for row in batch:
                out.write_row(row)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that run inside."""
    seen: list[str] = []
    token = _count.set(seen)
    try:
        yield seen
    finally:
        _count.reset(token)


def _note(query: str) -> None:
    seen = _count.get()
    if seen is not None:
        seen.append(query)
