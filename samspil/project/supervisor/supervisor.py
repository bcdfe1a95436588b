"""Keeps a set of processes running, in one thread, and shows what they say."""

import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from samspil.project.supervisor.child import Child, Part

TICK_SECONDS = 0.2
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """``say(name, line)`` receives each line. :meth:`run` returns after :meth:`ask_to_stop`, when all have stopped."""

    def __init__(self, parts: Sequence[Part], *, say: Callable[[str, str], None], stop_seconds: float) -> None:
        self.children = [Child(part) for part in parts]
        self.say = say
        self.stop_seconds = stop_seconds
        self.asked = 0
        self._selector = selectors.DefaultSelector()

    def ask_to_stop(self, *_: int | FrameType | None) -> None:
        """Stop at the next moment; asked twice, stop at once. Fit to be a signal's handler."""
        self.asked += 1

    def run(self, *, beside: Sequence[Callable[[], None]] = ()) -> None:
        """Run the parts until asked to stop. Each function of ``beside`` is called every moment and must not block."""
        try:
            while not self.asked:
                self._start_due()
                self._tick()
                for look in beside:
                    look()
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask all to stop, wait ``stop_seconds``, kill who is left."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + self.stop_seconds
        while self._running() and time.monotonic() < deadline and self.asked < 2:  # noqa: PLR2004 - asked twice
            self._listen(TICK_SECONDS / 4)
        for child in self._running():
            self.say(child.part.name, "did not stop in time and is killed")
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process:
                child.process.wait()
                self._show(child)
                child.output.close()
                child.process = None
        self._selector.close()

    def _running(self) -> list[Child]:
        return [child for child in self.children if child.process and child.process.poll() is None]

    def _start_due(self) -> None:
        for child in self.children:
            if child.process is None and time.monotonic() >= child.start_at:
                child.start()
                self._selector.register(child.output, selectors.EVENT_READ, child)

    def _tick(self) -> None:
        self._listen(TICK_SECONDS)
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            self._show(child)
            self._forget(child)
            how = child.ended()
            if how and not self.asked:
                self.say(child.part.name, how)

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            child: Child = key.data
            self._show(child)
            if child.silent:
                self._forget(child)

    def _show(self, child: Child) -> None:
        for line in child.lines():
            self.say(child.part.name, line)

    def _forget(self, child: Child) -> None:
        if child.process and child.output in self._selector.get_map():
            self._selector.unregister(child.output)


@contextmanager
def signals_to(supervisor: Supervisor) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal ask the supervisor to stop."""
    with handled(STOPPING, supervisor.ask_to_stop):
        yield


@contextmanager
def handled(numbers: Sequence[signal.Signals], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle these signals so for the time of the block."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
