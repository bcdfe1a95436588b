"""The worker: takes envelopes through the spine, lets later reactions read on, sends and fetches what is due, keeps time.

A few loops, each in a thread of its own with a connection of its own; the bell wakes them and a second of silence does too, so a
lost ring costs a second and nothing more. SIGTERM ends them after the batch in hand.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

import django

log = logging.getLogger(__name__)

SILENCE = 1.0
SENDERS = 3
FETCHERS = 3
"""One more than one account may have at once, so that a slow one never has them all."""


def run() -> None:
    """Work until SIGTERM or SIGINT."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "samspil.project.django_settings")
    django.setup()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    from samspil.project.keeping import keep_time
    from samspil.project.loops import arrivals, by_itself, files, imports, notices, outbox, promises, reactions, spine, trials

    loops: list[tuple[str, Callable[[threading.Event], None]]] = [
        ("spine", spine),
        ("reactions", reactions),
        ("clock", keep_time),
        ("imports", imports),
        ("notices", notices),
        ("arrivals", arrivals),
        ("trials", trials),
        ("by-itself", by_itself),
        ("promises", promises),
        *[(f"outbox-{n}", outbox) for n in range(SENDERS)],
        *[(f"files-{n}", files) for n in range(FETCHERS)],
    ]
    threads = [threading.Thread(target=_guarded, args=(name, loop, stop), name=name, daemon=True) for name, loop in loops]
    for thread in threads:
        thread.start()
    while not stop.wait(1):
        pass
    for thread in threads:
        thread.join(timeout=5)


def _guarded(name: str, loop: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """A loop that fails begins again after a pause; what it had in hand was rolled back."""
    from django.db import connection

    pause = 0.5
    while not stop.is_set():
        began = time.monotonic()
        try:
            loop(stop)
        except Exception as error:
            log.exception("%s failed: %s", name, type(error).__name__)
            if time.monotonic() - began > 60:  # noqa: PLR2004
                pause = 0.5
            stop.wait(pause)
            pause = min(pause * 2, 30.0)
        finally:
            connection.close()
