"""A limit of rate: a bucket of tokens each. Pure; the time is passed in."""

from dataclasses import dataclass, field

MOST = 20_000
"""Buckets kept. Those that are full again are thrown away first; a stranger with many addresses cannot fill the memory."""


@dataclass(slots=True)
class Buckets:
    """``burst`` requests at once, and ``rate`` a second after that, for each key."""

    rate: float
    burst: float
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, key: str, now: float, amount: float = 1) -> float:
        """0 when the request may pass, else the seconds to wait. ``amount``: tokens that it takes, at most ``burst``."""
        left, at = self._left.get(key, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.rate)
        if left < amount:
            self._left[key] = (left, now)
            return (amount - left) / self.rate
        if len(self._left) >= MOST and key not in self._left:
            self._sweep(now)
        self._left[key] = (left - amount, now)
        return 0

    def _sweep(self, now: float) -> None:
        full = [key for key, (left, at) in self._left.items() if left + (now - at) * self.rate >= self.burst]
        for key in full or list(self._left)[: MOST // 10]:
            del self._left[key]
