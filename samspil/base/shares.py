"""How sure a share is that was counted in few cases."""

from math import sqrt

Z95 = 1.959963984540054


def wilson(hits: int, of: int, *, z: float = Z95) -> tuple[float, float]:
    """The interval of a share, 95 % by default, after Wilson (1927, JASA 22:209): within 0 and 1, honest for few; (0, 1) of none."""
    if of <= 0:
        return 0.0, 1.0
    share, z2 = hits / of, z * z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return (0.0 if hits == 0 else max(0.0, middle - half)), (1.0 if hits == of else min(1.0, middle + half))
