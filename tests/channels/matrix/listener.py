"""Somebody who listens to an account, as the runner does, and remembers what came."""

import threading
import time
from collections.abc import Callable
from typing import Any

from samspil.channels.matrix.channel import MatrixChannel
from samspil.kit import Account, Envelope, Event, NotUnderstood, TryLater

CHANNEL = MatrixChannel()


class Listener:
    """``found`` are the events, ``cursor`` where it was when the last batch was kept."""

    def __init__(self, account: Account, cursor: Any = None) -> None:
        self.account, self.cursor = account, cursor
        self.envelopes: list[Envelope] = []
        self.found: list[Event] = []
        self.odd: list[str] = []
        self._came = threading.Condition()
        self._stop = False
        self._begun = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._begun.wait(30)

    def _listen(self) -> None:
        try:
            for batch in CHANNEL.pull(self.account, self.cursor):
                with self._came:
                    if self._stop:
                        return
                    self.envelopes += batch.envelopes
                    self.cursor = batch.cursor
                    for envelope in batch.envelopes:
                        self._understand(envelope)
                    self._came.notify_all()
                self._begun.set()
        except TryLater as error:
            self.odd.append(str(error))
            self._begun.set()

    def _understand(self, envelope: Envelope) -> None:
        try:
            self.found += CHANNEL.understand(envelope, self.account)
        except NotUnderstood as error:
            self.odd.append(str(error))

    def wait(self, wanted: Callable[[Event], bool], seconds: float = 30) -> Any:
        """The first event of that kind. Raises AssertionError with what came instead."""
        until = time.monotonic() + seconds
        with self._came:
            while True:
                for event in self.found:
                    if wanted(event):
                        return event
                if not self._came.wait(max(until - time.monotonic(), 0)):
                    raise AssertionError((self.found, self.odd))

    def stop(self) -> Any:
        """Keep nothing more; the cursor."""
        with self._came:
            self._stop = True
            return self.cursor
