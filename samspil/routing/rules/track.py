"""What earlier conversations say of a colleague: a share that went well, drawn towards the usual one as far as it is uncertain."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

Who = TypeVar("Who", bound=Hashable)
What = TypeVar("What", bound=Hashable)

STRENGTH = 10.0
"""The usual share weighs as much as so many conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """``well`` of ``ended``; ``rate`` the drawn share, ``spread`` its standard deviation, ``shift`` how far it lies from the usual."""

    well: int
    ended: int
    rate: float
    spread: float
    shift: float


def estimates(outcomes: Iterable[tuple[Who, What, bool]]) -> dict[tuple[Who, What], Estimate]:
    """Of each colleague and competence, from (colleague, competence, went well).

    The mean and standard deviation of a beta distribution that began at the competence's usual share with the weight of STRENGTH
    conversations (beta-binomial; Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4); the competence's own share is drawn
    towards that of all in the same way. So one bad day of a new colleague changes next to nothing, and fifty do.
    """
    counts: dict[tuple[Who, What], tuple[int, int]] = {}
    for who, what, good in outcomes:
        well, ended = counts.get((who, what), (0, 0))
        counts[who, what] = (well + good, ended + 1)
    usual = _usual(counts)
    found = {}
    for (who, what), (well, ended) in counts.items():
        rate = (well + STRENGTH * usual[what]) / (ended + STRENGTH)
        spread = sqrt(rate * (1 - rate) / (ended + STRENGTH + 1))
        found[who, what] = Estimate(well=well, ended=ended, rate=rate, spread=spread, shift=rate - usual[what])
    return found


def _usual(counts: Mapping[tuple[Who, What], tuple[int, int]]) -> dict[What, float]:
    sums: dict[What, tuple[int, int]] = {}
    for (_, what), (well, ended) in counts.items():
        before = sums.get(what, (0, 0))
        sums[what] = (before[0] + well, before[1] + ended)
    everything = sum(ended for _, ended in sums.values())
    share = sum(well for well, _ in sums.values()) / everything if everything else 0.0
    return {what: (well + STRENGTH * share) / (ended + STRENGTH) for what, (well, ended) in sums.items()}
