"""Quantiles of waiting times, with how sure one can be of them. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.stats import binom, gamma

ENOUGH = 10
"""Under so many values a quantile is said to rest on few."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of ``n`` values, and where that of all such values lies with at least 95 %; None where n is too few to say."""

    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def few(self) -> bool:
        """Whether it rests on too few values to lean on."""
        return self.n < ENOUGH


@lru_cache(maxsize=4096)
def ranks(n: int, share: float, sure: float = 0.95) -> tuple[int, int]:
    """Which of n sorted values (from 1) enclose the quantile with at least ``sure``; 0 or n + 1 where none does.

    Whether a value lies under the quantile is a coin of ``share``, whatever the values' distribution: the order statistics of a binomial.
    Hahn, Meeker (1991), *Statistical Intervals*, 5.2; David, Nagaraja (2003), *Order Statistics*, 7.1.
    """
    half = (1.0 - sure) / 2
    low = int(binom.ppf(half, n, share))
    while low > 0 and binom.cdf(low - 1, n, share) > half:
        low -= 1
    high = int(binom.isf(half, n, share)) + 1
    while high <= n and binom.sf(high - 1, n, share) > half:
        high += 1
    return low, high


def quantile(values: Any, share: float) -> Quantile | None:
    """The quantile of a sequence or an array (linear between values, as Hyndman, Fan 1996 type 7) with its interval; None of no values."""
    n = len(values)
    if not n:
        return None
    ordered = np.sort(np.asarray(values, dtype=float))
    low, high = ranks(n, share)
    return Quantile(
        float(np.quantile(ordered, share)),
        float(ordered[low - 1]) if low >= 1 else None,
        float(ordered[high - 1]) if high <= n else None,
        n,
    )


def queue_wait(ahead: int, per_second: float, share: float) -> float | None:
    """Within how many seconds ``share`` of those are answered who find so many ahead; None where nothing is answered.

    The answers ahead come one after another at a rate, so the wait is a sum of ahead + 1 exponential times, a gamma distribution:
    Whitt (1999), «Predicting queueing delays», Management Science 45:870.
    """
    return float(gamma.ppf(share, ahead + 1, scale=1.0 / per_second)) if per_second > 0 else None
