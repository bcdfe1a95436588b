"""What arrives shares transactions: one thread writes everything that waits, and each request is answered after the commit."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db.utils import InterfaceError, OperationalError

from samspil.base.clock import now
from samspil.intake.actions.keep import keep_many
from samspil.kit import Envelope
from samspil.project.live.database import guarded

log = logging.getLogger(__name__)

MOST_WAITING = 5000
"""Envelopes that wait; beyond it we say so instead of growing."""
BATCH = 500

Pairs = Sequence[tuple[UUID, Envelope]]


class Busy(Exception):
    """Nothing was kept; the same request may be sent again soon."""


@dataclass(slots=True)
class _Waiting:
    pairs: Pairs
    done: "asyncio.Future[None]"
    loop: asyncio.AbstractEventLoop

    def settle(self, error: Exception | None) -> None:
        self.loop.call_soon_threadsafe(self._set, error)

    def _set(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Arrivals:
    """The one writer of this process."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._count = 0
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stop = False
        self._thread: threading.Thread | None = None

    async def keep(self, pairs: Pairs) -> None:
        """Return when the envelopes are on disk. Raises Busy when they are not."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(pairs, loop.create_future(), loop)
        with self._guard:
            if self._stop or self._count + len(pairs) > MOST_WAITING:
                raise Busy
            self._waiting.append(waiting)
            self._count += len(pairs)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)
                self._thread.start()
        self._wake.set()
        await waiting.done

    def close(self) -> None:
        """Write what waits and end."""
        with self._guard:
            self._stop = True
        self._wake.set()
        if self._thread:
            self._thread.join(5)

    def _take(self) -> list[_Waiting]:
        with self._guard:
            taken: list[_Waiting] = []
            size = 0
            for waiting in self._waiting:
                if taken and size + len(waiting.pairs) > BATCH:
                    break
                taken.append(waiting)
                size += len(waiting.pairs)
            del self._waiting[: len(taken)]
            self._count -= size
            return taken

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while taken := self._take():
                self._write(taken)
            if self._stop:
                return

    def _write(self, taken: list[_Waiting]) -> None:
        error = _kept([pair for waiting in taken for pair in waiting.pairs])
        if error is None or len(taken) == 1 or isinstance(error, (OperationalError, InterfaceError, psycopg.OperationalError)):
            for waiting in taken:
                waiting.settle(Busy() if error else None)
            return
        # The database lives and refuses one of them: each stands for itself now.
        for waiting in taken:
            waiting.settle(Busy() if _kept(waiting.pairs) else None)


def _kept(pairs: Pairs) -> Exception | None:
    try:
        guarded(lambda: keep_many(envelopes=pairs, at=now()))
    except Exception as error:  # noqa: BLE001  whatever it was: it is not on disk, and the sender is told so
        log.warning("arrivals were not kept: %s", type(error).__name__)
        return error
    return None
