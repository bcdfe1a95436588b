"""When a colleague's next place is likely to be free: from how long such conversations have held one, and from when the colleague is back.

A curve is P(no place within t), for each whole minute t from now on. It says what waiting costs (the sum of the curve: the expected
minutes) and what it brings (one less its end: the chance).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

FEW = 20
"""From fewer conversations nothing is foretold."""
LIKELY = 0.5
"""Nobody waits for what is less likely than not."""


def curve(
    held: Sequence[tuple[tuple[float, ...], float]], minutes: int, *, back: float = 0.0, leaves: float | None = None
) -> tuple[float, ...]:
    """P(no place is free) at 0, 1 ... ``minutes`` from now.

    ``held``: of each conversation that holds one of the colleague's places, for how many minutes earlier ones like it held theirs, and
    for how many it has; none: a place is free. ``back``: in how many minutes the colleague is here; ``leaves``: in how many no
    longer. The first of several to end: the product of what is left of each (Kaplan and Meier, JASA 53, 1958, nothing censored).
    """
    time = np.arange(minutes + 1)
    none = np.ones(minutes + 1) if held else np.zeros(minutes + 1)
    for known, age in held:
        none *= _left(known, round(age), minutes)
    none[time < back] = 1.0
    if leaves is not None and leaves <= minutes:
        gone = max(int(leaves), 0)
        none[gone:] = none[max(gone - 1, 0)] if gone else 1.0
    return tuple(none.tolist())


@lru_cache(maxsize=4096)
def _left(held: tuple[float, ...], age: int, minutes: int) -> Any:
    """P(still held after t more minutes, given that it was held for so long). Of too few, or older than all: it does not end."""
    if len(held) < FEW:
        return np.ones(minutes + 1)
    known = _sorted(held)
    still = len(known) - np.searchsorted(known, age + np.arange(minutes + 1), side="right")
    return still / still[0] if still[0] else np.ones(minutes + 1)


@lru_cache(maxsize=8)
def _sorted(held: tuple[float, ...]) -> Any:
    return np.sort(np.array(held))


def promise(soon: Sequence[float], minutes: float) -> tuple[float, float] | None:
    """(expected minutes of waiting, chance of a place) within so many minutes; None where it is not likely enough."""
    last = min(int(minutes), len(soon) - 1)
    if last < 1 or 1 - soon[last] < LIKELY:
        return None
    return sum(soon[:last]), 1 - soon[last]
