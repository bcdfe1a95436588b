"""A bound for the offline optimum: what no way of sharing out can pass, even one that knows the whole day beforehand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

SLOT = 5.0
"""Minutes of a slot of time."""
LATEST = 24
"""Slots after its arrival that a beginning is looked for; later ones are bounded without prices."""


def bound(values: Any, cases: Sequence[Any], workers: Sequence[Any], span: tuple[int, int], *, rounds: int = 200) -> float:
    """The least upper bound found of the mean objective. ``values``: cases x workers, what it counts that one answers the other.

    Lagrange's: every colleague's every slot gets a price of a place; each case then chooses the colleague and the beginning that
    leave it most after waiting and prices, and the prices of all places are added. Whatever the prices (not below nothing), the sum
    is no smaller than what the best plan reaches (weak duality; Fisher, The Lagrangian Relaxation Method, Management Science 27, 1981);
    a subgradient lowers it. Work is rounded down to whole slots and waiting counts from the slot's beginning, both in the plan's favour.
    """
    slots = int((span[1] - span[0]) * 60 / SLOT)
    tail = 120
    number, people = values.shape
    arrive = np.array([int((c.arrives - span[0] * 60) // SLOT) for c in cases])
    work = np.array([min(int(c.takes // SLOT), tail - LATEST - 1) for c in cases])
    begin = np.array([(w.shift[0] - span[0] * 60) / SLOT for w in workers])
    end = np.array([(w.shift[1] - span[0] * 60) / SLOT for w in workers])
    capacity = np.array([w.person.capacity for w in workers], dtype=float)
    time = np.arange(slots + tail)
    prices = np.zeros((people, slots + tail))
    starts = arrive[:, None] + np.arange(LATEST + 1)[None, :]
    waited = np.maximum(np.arange(LATEST + 1) - 1, 0) * SLOT / 10  # at least so long: from the end of the slot of arrival
    late = values.max(axis=1) - LATEST * SLOT / 10
    best = np.inf
    for turn in range(rounds):
        summed = np.concatenate([np.zeros((people, 1)), np.cumsum(prices, axis=1)], axis=1)
        chosen, who, when = np.maximum(late, 0.0 - waited[-1]), np.full(number, -1), np.zeros(number, dtype=int)
        for n in range(LATEST + 1):
            start = starts[:, n]
            cost = (summed[:, np.minimum(start + work, slots + tail)] - summed[:, np.minimum(start, slots + tail)]).T
            open_then = (start[:, None] + 1 > begin[None, :]) & (start[:, None] < end[None, :])
            left = np.where(open_then, values - cost - waited[n], -np.inf)
            top = left.argmax(axis=1)
            gain = left[np.arange(number), top]
            better = gain > chosen
            chosen, who, when = np.where(better, gain, chosen), np.where(better, top, who), np.where(better, start, when)
        reach = (chosen.sum() + (prices * capacity[:, None]).sum()) / number
        if reach < best - 1e-6:
            best = float(reach)
        use = np.zeros_like(prices)
        for worker, start, length in zip(who[who >= 0], when[who >= 0], work[who >= 0], strict=True):
            use[worker, start : start + length] += 1
        over = use - capacity[:, None]
        step = 0.4 / (1 + turn / 10)
        prices = np.maximum(prices + step * over / capacity[:, None], 0.0)
        prices[:, time >= slots + tail - 1] = 0.0
    return best
