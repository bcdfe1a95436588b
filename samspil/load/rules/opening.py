"""How much of a time was open. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np


class Opening:
    """Open time between moments, many at once. ``spans`` in order, none touching the next; None: it is always open."""

    def __init__(self, spans: Sequence[tuple[datetime, datetime]] | None) -> None:
        self.always = spans is None
        edges, total = [0.0], [0.0]
        for start, end in spans or ():
            a, b = start.timestamp(), end.timestamp()
            edges += [a, b]
            total += [total[-1], total[-1] + b - a]
        self._edges, self._total = np.array(edges), np.array(total)

    def seconds(self, since: Sequence[float], until: Sequence[float]) -> Any:
        """Open seconds from each time to the other, by timestamps; never under 0."""
        a, b = np.asarray(since, dtype=float), np.asarray(until, dtype=float)
        if self.always:
            return np.maximum(b - a, 0.0)
        return np.maximum(np.interp(b, self._edges, self._total) - np.interp(a, self._edges, self._total), 0.0)
