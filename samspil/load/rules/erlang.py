"""Queues by Erlang and Palm: how long one waits for a free place. Pure, and stable for thousands of places.

A *place* is what holds one conversation; a colleague who holds three at once is three places. Assumed is what the formulas assume:
who writes comes at random at an even rate (Poisson), conversations hold their place for times that vary as widely as their mean
(exponential), whoever has waited longest is next, and it goes on so for long. With patience, each waits an exponential time at most.

Erlang (1917), «Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges»; Palm (1957),
«Research on telephone traffic carried by full availability groups», Tele 1; Garnett, Mandelbaum, Reiman (2002), «Designing a call
center with impatient customers», MSOM 4:208; Gans, Koole, Mandelbaum (2003), «Telephone call centers», MSOM 5:79; the incomplete gamma
form of Palm's queue after Mandelbaum, Zeltyn (2007), «Service engineering in action: the Palm/Erlang-A queue».
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, expm1, inf, isinf, log, log1p

import numpy as np
from scipy.special import gammainc, gammaln

SMALLEST = 1e-280
"""An incomplete gamma function under this has lost its digits; the series is summed instead."""
CHUNK, LONGEST = 4096, 4_000_000
"""Terms of the series summed at once, and in all."""
MOST = 100_000
"""Colleagues at most that are asked for."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue in its steady state. Times are in the unit of the rates; ``wait`` is inf where it grows without bound.

    ``waits``: the share that waits at all; ``gives_up``: the share whose patience ends first; ``wait``: the mean, of all;
    ``busy``: the share of places that is held; ``later(t)``: the probability that one who does not give up waits longer than t.
    """

    waits: float
    gives_up: float
    wait: float
    busy: float
    later: Callable[[float], float]


def erlang_b(places: int, offered: float) -> float:
    """The share that finds every place held where nobody waits. ``offered``: arrivals times holding time (erlang).

    By the recursion of the inverse, which neither overflows nor cancels.
    """
    if offered <= 0:
        return 0.0 if places > 0 else 1.0
    inverse = 1.0
    for n in range(1, places + 1):
        inverse = 1.0 + inverse * n / offered
        if isinf(inverse):
            return 0.0
    return 1.0 / inverse


def erlang_c(places: int, offered: float) -> float:
    """The share that waits where nobody gives up (Erlang 1917); 1 where more comes than the places can hold."""
    if offered <= 0:
        return 0.0 if places > 0 else 1.0
    if places <= offered:
        return 1.0
    blocked, busy = erlang_b(places, offered), offered / places
    return blocked / (1.0 - busy * (1.0 - blocked))


def queue_c(*, places: int, arrivals: float, holding: float) -> Queue:
    """The queue M/M/places: nobody gives up. ``arrivals`` a unit of time, ``holding`` the mean time a place is held."""
    offered = arrivals * holding
    waits = erlang_c(places, offered)
    if places <= offered and offered > 0:
        return Queue(1.0, 0.0, inf, 1.0, lambda _: 1.0)
    spare = (places - offered) / holding if holding > 0 else inf
    wait = waits / spare if spare else 0.0
    return Queue(waits, 0.0, wait, offered / places if places else 0.0, lambda t: waits * exp(-spare * t) if spare < inf else 0.0)


def _series(x: float, y: float) -> float:
    """The logarithm of sum over j of y^j / ((x+1) ... (x+j)), from j = 0. All terms are positive."""
    total, last, done = 0.0, 0.0, 0
    while done < LONGEST:
        steps = np.log(y) - np.log(x + np.arange(done + 1, done + CHUNK + 1))
        terms = last + np.cumsum(steps)
        most = max(total, float(terms.max()))
        total = most + log(exp(total - most) + float(np.exp(terms - most).sum()))
        last, done = float(terms[-1]), done + CHUNK
        if steps[-1] < 0 and last - log(-expm1(float(steps[-1]))) < total + log(1e-17):
            break
    return total


def _log_a(x: float, y: float) -> float:
    """The logarithm of A(x, y) = x e^y y^-x gamma(x, y) (Mandelbaum, Zeltyn 2007, eq. 4): Palm's sum over those who wait."""
    if y <= 0:
        return 0.0
    part = float(gammainc(x, y))
    if part > SMALLEST:
        return float(log(x) + y - x * log(y) + gammaln(x) + log(part))
    return _series(x, y)


def queue_a(*, places: int, arrivals: float, holding: float, patience: float) -> Queue:
    """The queue M/M/places+M (Palm 1957): each waits ``patience`` on average, then gives up. An endless patience is queue_c."""
    if isinf(patience) or arrivals <= 0 or holding <= 0:
        return queue_c(places=places, arrivals=arrivals, holding=holding)
    if places <= 0:
        return Queue(1.0, 1.0, patience, 0.0, lambda _: 1.0)
    offered = arrivals * holding
    x, y = places * patience / holding, arrivals * patience
    log_a = _log_a(x, y)
    blocked = erlang_b(places, offered)
    # P(W > 0) = A B / (1 + (A - 1) B), by logarithms: A grows beyond a float where patience is long and the load above the places.
    waits = 1.0 if blocked >= 1 else 1.0 / (1.0 + exp(min(700.0, log1p(-blocked) - log(blocked) - log_a))) if blocked > 0 else 0.0
    ratio = places / offered
    # Of those who wait: 1/(rho A) + 1 - 1/rho give up; where both nearly cancel, A is large and the rest is rounding.
    given_up = min(1.0, max(0.0, ratio * exp(-log_a) + 1.0 - ratio)) if log_a < 700 else max(0.0, 1.0 - ratio)  # noqa: PLR2004
    gives_up = waits * given_up

    def later(t: float) -> float:
        if t <= 0:
            return waits
        left = exp(-t / patience)
        shift = -x * t / patience - y * expm1(-t / patience)
        return float(waits * exp(min(0.0, _log_a(x, y * left) + shift - log_a)))

    return Queue(waits, gives_up, gives_up * patience, min(1.0, offered * (1.0 - gives_up) / places), later)


def colleagues_needed(
    *, arrivals: float, holding: float, each: int, within: float, share: float, patience: float = inf, most: int = MOST
) -> int:
    """The fewest colleagues, ``each`` holding so many at once, with whom ``share`` of those who stay wait at most ``within``.

    ``most`` where even they are too few. Doubling, then halving: more places never make one wait longer.
    """
    if arrivals <= 0 or holding <= 0:
        return 0

    def enough(n: int) -> bool:
        found = queue_a(places=n * each, arrivals=arrivals, holding=holding, patience=patience)
        return 1.0 - found.later(within) >= share

    high = 1
    while not enough(high):
        if high >= most:
            return most
        high = min(2 * high, most)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
