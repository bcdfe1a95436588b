"""Set-based SQL on the open Django transaction: server-side binding, COPY, and a count of statements for tests and explain.

Django's own cursor binds in the client, which for arrays of hundreds of rows costs twice the time; so this takes a plain
psycopg cursor of the same connection.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.types.json import Json, Jsonb, JsonbLoader

__all__ = ["Json", "Jsonb", "copy", "counted", "run"]

_kept = threading.local()
_types: dict[str, dict[str, int]] = {}
"""The types of each table's columns, by table: they change only with a migration, and that with a restart."""
_count: ContextVar[list[str] | None] = ContextVar("statements", default=None)


def _cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """One cursor a thread and session, kept: making one costs as much as a small statement."""
    connection.ensure_connection()
    session: psycopg.Connection[Any] = connection.connection
    cursor: psycopg.Cursor[tuple[Any, ...]] | None = getattr(_kept, "cursor", None)
    if cursor is None or cursor.connection is not session:
        cursor = _kept.cursor = psycopg.Cursor(session)
        cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django has jsonb come as text, for its own field to parse
    return cursor


def run(query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement in the open transaction; its rows, or none. Parameters are always values, never text of the query."""
    _note(query)
    with connection.wrap_database_errors:
        cursor = _cursor()
        if _waiting():
            with connection.connection.pipeline():
                _send_waiting()
                cursor.execute(query, _bound(params))
        else:
            cursor.execute(query, _bound(params))
        # Not ``cursor.description``, which makes an object of every column only to be asked whether there are any.
        return cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []


def write(query: str, params: Sequence[Any] = ()) -> None:
    """A statement whose answer nobody needs: it travels with the next one that is asked, or before the commit of the step.

    Order is kept, and an error comes out where the statement is sent. Most of a lone message's time is round trips.
    """
    _note(query)
    _defer(query, _bound(params))


@contextmanager
def deferring() -> Iterator[None]:
    """Let writes wait for the next question inside, which must be one transaction: sent at the end, forgotten when it fails.

    Outside it a write is sent at once. Django's own queries see what was written before them.
    """
    _kept.deferring = True
    try:
        with connection.execute_wrapper(_flush_first):
            yield
            flush()
    finally:
        _kept.deferring = False
        _waiting().clear()


def _defer(query: str, params: Any) -> None:
    _waiting().append((query, params))
    if not getattr(_kept, "deferring", False):
        flush()


def flush() -> None:
    """Send what waits, in one round trip."""
    if _waiting():
        with connection.wrap_database_errors:
            _cursor()
            with connection.connection.pipeline():
                _send_waiting()


def _waiting() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] | None = getattr(_kept, "waiting", None)
    if found is None:
        found = _kept.waiting = []
    return found


def _send_waiting() -> None:
    waiting = _waiting()
    queries, _kept.waiting = list(waiting), []
    for query, params in queries:
        psycopg.Cursor(connection.connection).execute(query, params)


def _flush_first(execute: Any, query: Any, params: Any, many: Any, context: Any) -> Any:
    flush()
    return execute(query, params, many, context)


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows by COPY, the fastest way in. ``table`` and ``columns`` are our own names, never input."""
    _note(f"COPY {table}")
    batch = list(rows)
    if len(batch) == 1:
        # One row by a prepared INSERT: one round trip instead of COPY's three, which is what a single message pays for.
        values = ", ".join(["%s"] * len(columns))
        _defer(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", batch[0])
        return
    flush()
    with connection.wrap_database_errors:
        cursor = _cursor()
        if table not in _types:
            cursor.execute("SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table])
            _types[table] = dict(cursor.fetchall())
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as out:
            out.set_types([_types[table][column] for column in columns])
            for row in batch:
                out.write_row(row)


def _bound(params: Sequence[Any] | Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any] | None:
    """Lists of ids as one literal: the driver's own way visits every element in Python, a third of a batch's time."""
    if not params:
        return None
    if isinstance(params, Mapping):
        return {name: _array(value) for name, value in params.items()}
    return [_array(value) for value in params]


def _array(value: Any) -> Any:
    if isinstance(value, list) and value and all(type(v) is UUID for v in value):
        return "{" + ",".join([v.hex for v in value]) + "}"
    return value


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
