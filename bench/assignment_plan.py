"""A plan of the whole day by somebody who knows it beforehand: what can be had, below the bound that nobody can pass."""

from collections.abc import Sequence
from typing import Any

import numpy as np

AHEAD = 150
"""Minutes after its arrival that a beginning is looked for."""


class Plan:
    """Who begins what at which minute, in the simulation's own terms: a place is held for whole minutes, a beginning lies within the shift.

    Improved by large-neighbourhood search: some conversations of one time or one colleague are taken out and put back at their best
    (Shaw, Principles and Practice of Constraint Programming, 1998), a change kept by simulated annealing (Kirkpatrick et al., Science 220,
    1983). A heuristic: the optimum lies between its value and the bound.
    """

    def __init__(self, values: Any, cases: Sequence[Any], workers: Sequence[Any], span: tuple[int, int]) -> None:
        self.values, self.first = np.asarray(values, dtype=float), span[0] * 60
        self.minutes = span[1] * 60 - self.first
        self.arrives = np.array([c.arrives - self.first for c in cases])
        self.opens = np.ceil(self.arrives).astype(int)
        self.work = np.array([max(int(np.ceil(c.takes)), 1) for c in cases])
        self.who, self.when = np.full(len(cases), -1), np.zeros(len(cases), dtype=int)
        size = self.minutes + AHEAD + 2
        self.left = np.repeat(np.array([w.person.capacity for w in workers])[:, None], size + 1000, axis=1)
        self.open = np.zeros((len(workers), size), dtype=bool)
        for n, w in enumerate(workers):
            self.open[n, max(w.shift[0] - self.first, 0) : max(w.shift[1] - self.first, 0)] = True
        self.open[:, self.minutes :] = False
        self.able = [np.flatnonzero(np.isfinite(self.values[n])) for n in range(len(cases))]

    def gain(self, case: int) -> float:
        """What a conversation brings as it is planned."""
        if self.who[case] < 0:
            return -float(self.minutes - self.arrives[case]) / 10
        return float(self.values[case, self.who[case]] - (self.when[case] - self.arrives[case]) / 10)

    def total(self) -> float:
        """The mean of all."""
        return sum(map(self.gain, range(len(self.who)))) / len(self.who)

    def put(self, case: int, who: int, when: int) -> None:
        """Let a colleague begin it then."""
        self.left[who, when : when + min(self.work[case], 1000)] -= 1
        self.who[case], self.when[case] = who, when

    def take(self, case: int) -> None:
        """Take it out."""
        if self.who[case] >= 0:
            self.left[self.who[case], self.when[case] : self.when[case] + min(self.work[case], 1000)] += 1
            self.who[case] = -1

    def best(self, case: int, noise: Any = None) -> None:
        """Put it where it brings most, among what is free."""
        able, opens, length = self.able[case], int(self.opens[case]), int(min(self.work[case], 1000))
        until = min(opens + AHEAD, self.minutes)
        if not len(able) or opens >= until:
            return
        full = np.zeros((len(able), until - opens + length), dtype=np.int32)
        np.cumsum(self.left[able, opens : until + length - 1] <= 0, axis=1, out=full[:, 1:])
        fits = (full[:, length:] == full[:, : until - opens]) & self.open[able, opens:until]
        some = fits.any(axis=1)
        start = fits.argmax(axis=1)
        worth = np.where(some, self.values[case, able] - (start + opens - self.arrives[case]) / 10, -np.inf)
        if noise is not None:
            worth = worth + noise.normal(0, 0.3, len(worth))
        top = int(worth.argmax())
        if some[top]:
            self.put(case, int(able[top]), opens + int(start[top]))

    def improve(self, turns: int, seed: int, *, warm: float = 1.5) -> float:
        """So many times: take some out, put them back; the value of the best plan found, which stands."""
        kept = self._search(turns, np.random.default_rng(seed), warm)
        for c in range(len(self.who)):
            self.take(c)
        for c, (who, when) in enumerate(zip(*kept, strict=True)):
            if who >= 0:
                self.put(c, int(who), int(when))
        return self.total()

    def _search(self, turns: int, r: Any, warm: float) -> tuple[Any, Any]:
        number = len(self.who)
        best, kept = self.total(), (self.who.copy(), self.when.copy())
        now = best
        for turn in range(turns):
            heat = warm * (1 - turn / turns) / number
            those = self._some(r)
            before = [(int(c), int(self.who[c]), int(self.when[c])) for c in those]
            had = sum(self.gain(int(c)) for c in those)
            for c in those:
                self.take(int(c))
            for c in self._order(those, r):
                self.best(int(c), r)
            change = (sum(self.gain(int(c)) for c in those) - had) / number
            if change >= 0 or r.random() < np.exp(change / max(heat, 1e-12)):
                now += change
                if now > best + 1e-9:
                    best, kept = now, (self.who.copy(), self.when.copy())
                continue
            for c in those:
                self.take(int(c))
            for c, who, when in before:
                if who >= 0:
                    self.put(c, who, when)
        return kept

    def _some(self, r: Any) -> Any:
        """A few conversations that compete: of one time, half of them of the colleagues whom a few of them would rather have."""
        one = int(r.integers(len(self.who)))
        reach = self.work[one] + 60
        near = np.flatnonzero((self.opens > self.opens[one] - reach) & (self.opens < self.opens[one] + reach))
        liked = int(self.values[one].argmax())
        rivals = near[self.who[near] == liked]
        more = r.choice(near, size=min(len(near), int(r.integers(1, 6))), replace=False)
        chosen = r.choice(rivals, size=min(len(rivals), int(r.integers(1, 6))), replace=False) if len(rivals) else rivals
        return np.unique(np.concatenate([[one], chosen, more]))

    def _order(self, those: Any, r: Any) -> Any:
        """Mostly who has most to lose first, otherwise as it comes."""
        if r.random() < 0.5:
            return r.permutation(those)
        two = np.partition(np.where(np.isfinite(self.values[those]), self.values[those], -10), -2, axis=1)
        return those[np.argsort(-(two[:, -1] - two[:, -2]) + r.normal(0, 1, len(those)))]
