"""The bell: wakes other processes. A session of its own rings it, never a business transaction.

``NOTIFY`` takes one global lock at commit: inside business transactions it took 32 writers from 2,673 to 484 transactions
a second. So a thread with its own connection rings after the commit, and rings that come while it rings become one.
A bell that is lost costs a second of waiting, never a message: whoever waits looks at the tables again by itself.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connections, transaction
from psycopg.conninfo import make_conninfo

from samspil.base.wire import Wire

log = logging.getLogger(__name__)

CHANNEL = "samspil"
LIMIT = 7900
"""Bytes of one payload; PostgreSQL allows 8,000."""


def dsn() -> str:
    """The address of Django's own database, for a session that is not Django's; it holds the password."""
    params = connections["default"].get_connection_params()
    ours = {"cursor_factory", "context", "prepare_threshold", "server_side_binding", "isolation_level", "pool"}
    return make_conninfo(**{name: str(value) for name, value in params.items() if name not in ours and value not in (None, "")})


class _Bell(threading.Thread):
    def __init__(self, address: str) -> None:
        super().__init__(name="bell", daemon=True)
        self._dsn = address
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._pending: dict[str, None] = {}
        self._ended = False

    def end(self) -> None:
        self._ended = True
        self._wanted.set()
        self.join(timeout=5)

    def ring(self, payload: str) -> None:
        with self._lock:
            self._pending[payload] = None
        self._wanted.set()

    def run(self) -> None:
        pause = 0.1
        while not self._ended:
            try:
                with psycopg.connect(self._dsn, autocommit=True) as connection:
                    pause = 0.1
                    self._serve(connection)
            except psycopg.Error as error:
                log.warning("bell: %s", type(error).__name__)
                time.sleep(pause)
                pause = min(pause * 2, 5.0)

    def _serve(self, connection: psycopg.Connection[Any]) -> None:
        wire = Wire(connection)
        while not self._ended:
            self._wanted.wait()
            self._wanted.clear()
            with self._lock:
                payloads, self._pending = list(self._pending), {}
            try:
                wire.send([("SELECT pg_notify(%s, p) FROM unnest(%s::text[]) AS p", [CHANNEL, payloads])], begin=False)
            except psycopg.Error:
                with self._lock:
                    self._pending = dict.fromkeys([*payloads, *self._pending])
                self._wanted.set()
                raise


_bell: _Bell | None = None
_guard = threading.Lock()


def ring(topic: str, data: Any = None) -> None:
    """Wake those who listen for ``topic`` now. ``data`` is any small JSON value; too large a one is dropped, the topic still rings."""
    global _bell  # noqa: PLW0603  one thread a process, made when it is first needed
    payload = json.dumps([topic, data], ensure_ascii=False, separators=(",", ":"))
    if len(payload.encode()) > LIMIT:
        payload = json.dumps([topic, None])
    with _guard:
        if _bell is None or not _bell.is_alive():
            _bell = _Bell(dsn())
            _bell.start()
    _bell.ring(payload)


def stop() -> None:
    """End this process's bell, if it has one; the next ring makes another. For tests, whose databases come and go."""
    global _bell
    with _guard:
        ended, _bell = _bell, None
    if ended is not None:
        ended.end()


def ring_after_commit(topic: str, data: Any = None) -> None:
    """Wake those who listen for ``topic`` once the open transaction has committed."""
    transaction.on_commit(lambda: ring(topic, data))


def listen(*topics: str, timeout: float, stop: threading.Event) -> Iterator[set[str]]:
    """Yield the topics that rang, or an empty set after ``timeout`` seconds in which none of them did, until ``stop`` is set.

    What rings for others wakes nobody: every listener hears every ring, and most are not meant for it. Reconnects by itself; after a
    reconnection all topics are given, since a ring may have been missed.
    """
    wanted = set(topics)
    while not stop.is_set():
        try:
            with psycopg.connect(dsn(), autocommit=True) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                yield set(wanted)
                until = time.monotonic() + timeout
                while not stop.is_set():
                    silence = max(0.0, until - time.monotonic())
                    notes = [*connection.notifies(timeout=silence, stop_after=1), *connection.notifies(timeout=0)]
                    rung = {_topic(note.payload) for note in notes} & wanted
                    if rung or time.monotonic() >= until:
                        yield rung
                        until = time.monotonic() + timeout
        except psycopg.Error as error:
            log.warning("listening: %s", type(error).__name__)
            stop.wait(0.5)
            yield set()


def _topic(payload: str) -> str:
    try:
        return str(json.loads(payload)[0])
    except (ValueError, IndexError, TypeError):
        return ""
