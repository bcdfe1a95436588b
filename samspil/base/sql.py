"""Set-based SQL on the open Django transaction: server-side binding, COPY, and a count of statements for tests and explain.

Django's own cursor binds in the client, which for arrays of hundreds of rows costs twice the time; so this takes a plain
psycopg cursor of the same connection.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import Json, Jsonb, JsonbLoader

__all__ = ["Json", "Jsonb", "copy", "counted", "run"]

_count: ContextVar[list[str] | None] = ContextVar("statements", default=None)


def _cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    connection.ensure_connection()
    cursor: psycopg.Cursor[tuple[Any, ...]] = psycopg.Cursor(connection.connection)
    cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django has jsonb come as text, for its own field to parse
    return cursor


def run(query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement in the open transaction; its rows, or none. Parameters are always values, never text of the query."""
    _note(query)
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(query, params or None)
        return cursor.fetchall() if cursor.description else []


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows by COPY, the fastest way in. ``table`` and ``columns`` are our own names, never input."""
    _note(f"COPY {table}")
    with connection.wrap_database_errors, _cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as out:
        for row in rows:
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
