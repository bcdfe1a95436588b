"""A process that must not outlive the one that started it."""

import os
import signal
import threading
import time

PARENT = "SAMSPIL_PARENT"
WATCH_SECONDS = 0.3
ORPHANED = 70


def end_with_parent(parent: int, *, stop_seconds: float) -> threading.Thread:
    """Get SIGTERM as soon as ``parent`` is no longer our parent, and end ``stop_seconds`` later in any case.

    A thread that looks works on every system; the kernel's own signal for this is Linux's alone and is sent only once.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(stop_seconds)
        os._exit(ORPHANED)

    thread = threading.Thread(target=watch, name="end-with-parent", daemon=True)
    thread.start()
    return thread


def end_with_supervisor(*, stop_seconds: float) -> None:
    """:func:`end_with_parent` when a supervisor started us; nothing for a part that runs alone."""
    parent = os.environ.pop(PARENT, "")
    if parent:
        end_with_parent(int(parent), stop_seconds=stop_seconds)
