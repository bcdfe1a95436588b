"""How much will come in each hour of the next days: the week's profile times a level, both smoothed exponentially. Pure.

An hour's mean is that of its hour of the week, drawn towards what its day and its hour of the day say where it was seen seldom
(Poisson with a gamma prior, Gelman et al., *Bayesian Data Analysis*, 2.6), times how much more came of late than the profile says. How fast
each forgets is chosen by what would have foretold the last weeks best (deviance of Poisson). Holidays have a factor of their own.
Counts scatter more than Poisson: the intervals are those of a negative binomial whose spread is that of the errors of those weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import isfinite, nan
from typing import Any

import numpy as np
from scipy.stats import nbinom, poisson

WEEK, DAY = 168, 24
AHEAD = 2 * WEEK
"""Hours that are foretold."""
LEAST_WEEKS, LEAST = 3, 30
"""Weeks of history, and arrivals in them, without which nothing is foretold."""
PROFILE_WEEKS = (3.0, 8.0, 26.0)
LEVEL_WEEKS = (1.0, 3.0, 1000.0)
"""Weeks in which the profile, and the level, forget half."""
TRIED = 4
"""The last weeks by which is chosen."""
PRIOR_WEEKS, PRIOR_LEVEL, PRIOR_CLOSED = 1.5, 20.0, 10.0
ORIGINS = 6
"""Times from which a backtest foretells."""
SUNDAY = 6
TIGHT = 1e-6
"""Spread under which a negative binomial is a Poisson."""


@dataclass(frozen=True, slots=True)
class Past:
    """Counts of hours that follow each other, and of each and of those to come its hour of the week (0 Monday midnight), closed or not."""

    counts: tuple[int, ...]
    hours: tuple[int, ...]
    closed: tuple[bool, ...]

    def __post_init__(self) -> None:
        if len(self.hours) != len(self.closed) or len(self.hours) < len(self.counts):
            raise ValueError("an hour of the week for every hour, past and to come")


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is foretold of each hour to come: the mean and its spread (variance = mean + spread x mean squared); ``daily`` that of whole days."""

    mean: tuple[float, ...]
    spread: float
    daily: float
    profile_weeks: float
    level_weeks: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """How well it would have foretold. ``mase``: its mean absolute error by that of the week before, of hours and of whole days.

    Under 1 is better than «as last week». ``naive`` is the same of «as last week» itself, two weeks ahead. ``inside80``, ``inside95``:
    the shares of hours, and of days, that lay in their intervals. Hyndman, Koehler (2006), IJF 22:679.
    """

    origins: int
    hours: int
    mase: float
    naive: float
    mase_daily: float
    naive_daily: float
    inside80: float
    inside95: float
    inside80_daily: float
    inside95_daily: float


def bounds(mean: Any, spread: float, sure: float) -> tuple[Any, Any]:
    """Between which counts each lies with at least this probability."""
    mean = np.maximum(np.asarray(mean, dtype=float), 1e-9)
    low, high = (1 - sure) / 2, (1 + sure) / 2
    if spread <= TIGHT:
        return poisson.ppf(low, mean), poisson.ppf(high, mean)
    r = 1.0 / spread
    p = r / (r + mean)
    return nbinom.ppf(low, r, p), nbinom.ppf(high, r, p)


def _means(counts: Any, hours: Any, closed: Any, to: Any, to_closed: Any, profile: float, level: float) -> Any:
    """The means of the hours to come."""
    n = len(counts)
    age = (n - np.arange(n)) / WEEK
    weight = np.where(closed[:n], 0.0, 0.5 ** (age / profile))
    seen = np.bincount(hours[:n], weight, WEEK)
    came = np.bincount(hours[:n], weight * counts, WEEK)
    grid_seen, grid_came = seen.reshape(7, DAY), came.reshape(7, DAY)
    overall = came.sum() / max(seen.sum(), 1e-9)
    by_day = (grid_came.sum(1) + overall) / (grid_seen.sum(1) + 1.0)
    by_hour = (grid_came.sum(0) + overall) / (grid_seen.sum(0) + 1.0)
    prior = np.outer(by_day, by_hour).ravel() / max(overall, 1e-9)
    rate = (came + PRIOR_WEEKS * prior) / (seen + PRIOR_WEEKS)
    expected = rate[hours[:n]]
    fresh = np.where(closed[:n], 0.0, 0.5 ** (age / level))
    lifted = (float((fresh * counts).sum()) + PRIOR_LEVEL) / (float((fresh * expected).sum()) + PRIOR_LEVEL)
    usual = rate.reshape(7, DAY).sum(1)
    sunday = float(usual[SUNDAY] / max(usual[:5].mean(), 1e-9))
    shut = closed[:n]
    factor = (float(counts[shut].sum()) + PRIOR_CLOSED * min(1.0, sunday)) / (float(expected[shut].sum()) + PRIOR_CLOSED)
    return rate[to] * lifted * np.where(to_closed, min(1.0, factor), 1.0)


def _deviance(counts: Any, mean: Any) -> float:
    mean = np.maximum(mean, 1e-6)
    return float((mean - counts * np.log(mean)).sum())


def _spread(counts: Any, mean: Any) -> float:
    """How much the counts scatter beyond Poisson, by moments; none where they scatter less."""
    return max(0.0, float(((counts - mean) ** 2 - mean).sum()) / max(float((mean**2).sum()), 1e-9))


def _days(values: Any) -> Any:
    whole = len(values) // DAY * DAY
    return values[:whole].reshape(-1, DAY).sum(1)


def _fitted(counts: Any, hours: Any, closed: Any, ahead: int) -> tuple[Any, float, float, float, float]:
    """Means of the hours to come, spreads of hours and days, and how fast is forgotten, chosen by the last weeks."""
    n = len(counts)
    cuts = [n - WEEK * k for k in range(1, TRIED + 1) if n - WEEK * k >= 2 * WEEK]
    tried: list[tuple[float, float, float, Any, Any]] = []
    for profile, level in product(PROFILE_WEEKS, LEVEL_WEEKS):
        told = [_means(counts[:c], hours, closed, hours[c : c + WEEK], closed[c : c + WEEK], profile, level) for c in cuts]
        mean, real = np.concatenate(told), np.concatenate([counts[c : c + WEEK] for c in cuts])
        tried.append((_deviance(real, mean), profile, level, mean, real))
    _, profile, level, mean, real = min(tried, key=lambda t: t[:3])
    to = slice(n, n + ahead)
    means = _means(counts, hours, closed, hours[to], closed[to], profile, level)
    return means, _spread(real, mean), _spread(_days(real), _days(mean)), profile, level


def _arrays(past: Past) -> tuple[Any, Any, Any]:
    return np.array(past.counts, dtype=float), np.array(past.hours, dtype=int), np.array(past.closed, dtype=bool)


def enough(past: Past) -> bool:
    """Whether there is history enough to foretell anything."""
    return len(past.counts) >= LEAST_WEEKS * WEEK and sum(past.counts) >= LEAST


@lru_cache(maxsize=64)
def forecast(past: Past) -> Ahead | None:
    """The hours to come; None where the history is too short or too thin."""
    if not enough(past):
        return None
    ahead = len(past.hours) - len(past.counts)
    means, spread, daily, profile, level = _fitted(*_arrays(past), ahead)
    return Ahead(tuple(float(m) for m in means), spread, daily, profile, level)


def _mase(errors: Any, scale: float) -> float:
    return float(np.abs(errors).mean() / scale) if scale > 0 else nan


@lru_cache(maxsize=64)
def backtest(past: Past, ahead: int = AHEAD) -> Backtest | None:
    """What it would have foretold from up to ORIGINS times, each by what was known then; None where the history is too short.

    Every choice, the spread too, is made on what lies before the origin.
    """
    counts, hours, closed = _arrays(past)
    n = len(counts)
    origins = [n - ahead * k for k in range(ORIGINS, 0, -1) if n - ahead * k >= (LEAST_WEEKS + 1) * WEEK]
    origins = [o for o in origins if counts[:o].sum() >= LEAST]
    if not origins:
        return None
    rows: list[dict[str, float]] = [_one(counts, hours, closed, o, ahead) for o in origins]
    return Backtest(origins=len(origins), hours=len(origins) * ahead, **{key: _average(rows, key) for key in rows[0]})


def _average(rows: Sequence[dict[str, float]], key: str) -> float:
    """Over the origins that have one: where every week was the same, there is no error to measure by."""
    told = [row[key] for row in rows if isfinite(row[key])]
    return sum(told) / len(told) if told else nan


def _one(counts: Any, hours: Any, closed: Any, origin: int, ahead: int) -> dict[str, float]:
    """The errors of one origin."""
    known, real = counts[:origin], counts[origin : origin + ahead]
    means, spread, daily, _, _ = _fitted(known, hours[: origin + ahead], closed[: origin + ahead], ahead)
    naive = np.resize(known[-WEEK:], ahead)
    scale = float(np.abs(known[WEEK:] - known[:-WEEK]).mean())
    days, told, same = _days(real), _days(means), _days(naive)
    known_days = _days(known[len(known) % DAY :])
    scale_days = float(np.abs(known_days[7:] - known_days[:-7]).mean())

    def inside(values: Any, mean: Any, spread: float, sure: float) -> float:
        low, high = bounds(mean, spread, sure)
        return float(((values >= low) & (values <= high)).mean())

    return {
        "mase": _mase(real - means, scale),
        "naive": _mase(real - naive, scale),
        "mase_daily": _mase(days - told, scale_days),
        "naive_daily": _mase(days - same, scale_days),
        "inside80": inside(real, means, spread, 0.8),
        "inside95": inside(real, means, spread, 0.95),
        "inside80_daily": inside(days, told, daily, 0.8),
        "inside95_daily": inside(days, told, daily, 0.95),
    }
