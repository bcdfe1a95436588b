"""Who listens for the bell is woken by what was meant for it, and by silence."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from samspil.base import bell

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20.0


@contextmanager
def listening(topic: str, timeout: float) -> Iterator["queue.Queue[set[str]]"]:
    """What a listener is given, from when it hears."""
    given: queue.Queue[set[str]] = queue.Queue()
    stop = threading.Event()

    def listen() -> None:
        for rung in bell.listen(topic, timeout=timeout, stop=stop):
            given.put(rung)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        assert given.get(timeout=PATIENCE) == {topic}  # it may have missed one until now
        yield given
    finally:
        stop.set()
        bell.ring(topic)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_what_rings_for_others_wakes_nobody() -> None:
    with listening("envelopes", PATIENCE) as given, listening("facts", PATIENCE) as others:
        for number in range(3):
            bell.ring("facts", number)
            assert others.get(timeout=PATIENCE) == {"facts"}
        bell.ring("envelopes")
        assert given.get(timeout=PATIENCE) == {"envelopes"}
        assert given.empty()
        assert others.empty()


def test_rings_for_others_are_no_end_of_the_silence() -> None:
    with listening("envelopes", 0.4) as given:
        began, silences = time.monotonic(), 0
        while time.monotonic() < began + 2:
            bell.ring("facts", time.monotonic())
            time.sleep(0.05)
            while not given.empty():
                assert given.get() == set()
                silences += 1
        assert 2 <= silences <= 5
