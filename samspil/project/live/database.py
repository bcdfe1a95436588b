"""Asking the database from threads, so that the event loop never waits for it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import django.db
import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")
THREADS = 4

_used: dict[int, BaseDatabaseWrapper] = {}
_guard = threading.Lock()


def guarded(work: Callable[[], T]) -> T:
    """Do the work on this thread's connection, which is looked at first and thrown away when the database fails."""
    connection = connections["default"]
    with _guard:
        _used[threading.get_ident()] = connection
    try:
        connection.close_if_unusable_or_obsolete()
        return work()
    except (django.db.Error, psycopg.Error):
        connection.close()
        raise


class Database:
    """A few threads, each with a connection of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")

    async def ask(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """The work's result. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, guarded, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Let the threads end and close every connection that was used."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        with _guard:
            for connection in _used.values():
                connection.inc_thread_sharing()
                connection.close()
            _used.clear()
