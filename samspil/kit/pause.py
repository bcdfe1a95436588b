"""Pausing between two looks, for a channel that is not told and has to ask."""

import time
from collections.abc import Iterator

SLICE = 60.0
"""Seconds of a pause after which the runner sees that it shall stop."""


def rest(seconds: float) -> Iterator[None]:
    """A pause in slices, one at least: after each, give an empty batch."""
    end = time.monotonic() + seconds
    while True:
        time.sleep(max(min(end - time.monotonic(), SLICE), 0.0))
        yield
        if time.monotonic() >= end:
            return
