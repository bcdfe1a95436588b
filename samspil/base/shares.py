"""How sure a share is that was counted in few cases."""

from math import sqrt
from typing import Any

Z95 = 1.959963984540054


def wilson(hits: int, of: int, *, z: float = Z95) -> tuple[float, float]:
    """The interval of a share, 95 % by default, after Wilson (1927, JASA 22:209): within 0 and 1, honest for few; (0, 1) of none."""
    if of <= 0:
        return 0.0, 1.0
    share, z2 = hits / of, z * z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return (0.0 if hits == 0 else max(0.0, middle - half)), (1.0 if hits == of else min(1.0, middle + half))


def exact(hits: int, of: int, *, sure: float = 0.95) -> tuple[float, float]:
    """The interval of a share after Clopper and Pearson (1934, Biometrika 26:404): (0, 1) of none.

    However few were counted, it holds the true share at least as often as it says.
    """
    if of <= 0:
        return 0.0, 1.0
    from scipy.special import betaincinv  # pages that only need the other interval are spared its memory

    tail = (1 - sure) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, of - hits + 1, tail))
    high = 1.0 if hits == of else float(betaincinv(hits + 1, of - hits, 1 - tail))
    return low, high


def calibration_error(probabilities: Any, right: Any, *, bins: int = 10) -> float:
    """The expected calibration error: how far the stated probability lies from the share that was right, in bins of equal width. Arrays."""
    if not len(right):
        return 0.0
    places = (probabilities * bins).astype(int).clip(0, bins - 1)
    error = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            error += inside.mean() * abs(float(right[inside].mean()) - float(probabilities[inside].mean()))
    return float(error)
