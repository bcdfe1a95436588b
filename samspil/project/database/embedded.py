"""One embedded server, as the processes that use it see it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from samspil.project.database.locks import is_locked, locked
from samspil.project.database.options import arguments
from samspil.project.database.places import DatabaseFailed, home_of, socket_folder
from samspil.project.keep import kept_secret

ROLE = "samspil"
POLL_SECONDS = 0.05
GUARD_STARTS = 5

__all__ = ["DatabaseFailed", "Embedded"]


class DatabaseSettings(Protocol):
    """What is needed of the settings; they know us, so we do not import them."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def database_connections(self) -> int: ...
    @property
    def database_buffers_mb(self) -> int: ...
    @property
    def database_fsync(self) -> bool: ...
    @property
    def database_start_seconds(self) -> int: ...
    @property
    def database_user(self) -> str | None: ...


class Embedded:
    """The embedded PostgreSQL whose files lie in ``data_dir``.

    ``options`` go to the guard: connections, buffers_mb, fsync, start_seconds, user; the settings ``database_...`` describe them.
    They count when this process is the one that starts the server.
    """

    def __init__(self, data_dir: Path, **options: Any) -> None:
        self.data_dir = data_dir.absolute()
        self.options = options
        self.start_seconds = float(options.get("start_seconds", 600))

    @classmethod
    def of(cls, found: DatabaseSettings) -> Embedded:
        """The one that the settings describe."""
        return cls(
            found.data_dir,
            connections=found.database_connections,
            buffers_mb=found.database_buffers_mb,
            fsync=found.database_fsync,
            start_seconds=found.database_start_seconds,
            user=found.database_user,
        )

    @property
    def home(self) -> Path:
        return home_of(self.data_dir)

    @property
    def dsn(self) -> str:
        """The address of the database ``samspil``, with the password. It is known before the server runs."""
        return self.dsn_of(ROLE)

    def dsn_of(self, name: str) -> str:
        """The address of the database ``name`` on this server."""
        password = kept_secret(self.home / "password")
        return f"postgresql://{ROLE}:{password}@/{name}?host={quote(str(socket_folder(self.home, password)), safe='')}"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Use the server: attach to the running one or start it. Gives the dsn; afterwards the last user's leaving stops it.

        Raises DatabaseFailed when it does not start within ``start_seconds``.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._prepare()
        # Waits while a guard whose last user has left is stopping its server.
        with locked(self.home / "users.lock", shared=True):
            self._await_ready()
            yield self.dsn

    def see_to_guard(self) -> bool:
        """Start the guard again if it was killed; True when that was needed. For a long-lived user, now and then."""
        if self.guarded():
            return False
        self._start_guard()
        return True

    def guarded(self) -> bool:
        """Whether a guard runs, and so a server or one on its way."""
        return is_locked(self.home / "guard.lock")

    def wait_stopped(self, seconds: float) -> bool:
        """Wait until the guard has stopped the server; False when it still runs after ``seconds`` (another user is there)."""
        deadline = time.monotonic() + seconds
        while self.guarded():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def ready(self) -> bool:
        """Whether the database answers now."""
        import psycopg

        try:
            psycopg.connect(self.dsn, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> None:
        from samspil.project.database.places import prepare

        prepare(self.data_dir, wanted_user=self.options.get("user"))
        kept_secret(self.home / "password")

    def _await_ready(self) -> None:
        deadline = time.monotonic() + self.start_seconds
        starts = 0
        while not self.ready():
            if time.monotonic() > deadline:
                raise DatabaseFailed(
                    f"The database did not start within {self.start_seconds:.0f} s; see {self.home / 'start.log'}."
                )
            if not self.guarded():
                self._raise_failure(starts)
                starts += 1
                self._start_guard()
            time.sleep(POLL_SECONDS)

    def _raise_failure(self, starts: int) -> None:
        failure = self.home / "failure.txt"
        if not starts:
            # What an earlier start wrote says nothing about this one.
            failure.unlink(missing_ok=True)
        elif failure.exists():
            raise DatabaseFailed(failure.read_text().strip())
        elif starts >= GUARD_STARTS:
            raise DatabaseFailed(f"The database's guard ended {starts} times; see {self.home / 'start.log'}.")

    def _start_guard(self) -> None:
        command = [sys.executable, "-m", "samspil.project.database.guard", *arguments(self.data_dir, self.options)]
        with (self.home / "start.log").open("ab") as log:
            # A session of its own: Ctrl-C in our terminal is not for the database, which stops after its users.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/", env=_environment()
            )
        # The guard takes its lock within a moment; until then it must not look as if none had been started.
        while process.poll() is None and not self.guarded():
            time.sleep(POLL_SECONDS)
        _forgotten.append(process)


# Guards outlive whoever started them; kept here so that Python does not warn about a running child that nobody waits for.
_forgotten: list[subprocess.Popen[bytes]] = []


def _environment() -> dict[str, str]:
    """What the guard needs of our environment: never the secrets of the rest."""
    root = str(Path(__file__).parents[3])
    names = ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ} | {"PYTHONPATH": root, "PYTHONUNBUFFERED": "1"}
