"""Whether a text is like what was asked before at all: what no competence speaks for, and nothing learned lies near, is strange.

Two signs, each compared with what held-out examples have: the highest score, and the likeness of meaning to the nearest landmark.
Neither alone is enough; their sum finds some seven in ten of clinc150's texts out of scope where one in a hundred others is
held back (bench/routing.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

A_LANDMARK = 10
"""About so many examples of one competence that lie together make a landmark, their mean: no example is kept by itself."""
HELD_BACK = 0.03
"""The share of what does belong here that is held back as strange, at most: it goes to triage, and not astray."""
ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Familiar:
    """``landmarks``: means of meaning, each of length one; the mean and spread of the two signs; ``least`` sum that is no stranger."""

    landmarks: Any
    score: tuple[float, float]
    near: tuple[float, float]
    least: float

    def of(self, scores: Any, meant: Any) -> Any:
        """How familiar texts are: 0 as what was held out on average, lower is stranger. ``scores`` by competence, ``meant``."""
        return _sum(scores.max(axis=-1), nearest(meant, self.landmarks), self.score, self.near)


def learn_familiar(*, scores: Any, near: Any, landmarks: Any) -> Familiar:
    """From the signs of held-out examples: scores (examples x competences), and the likeness to landmarks without them."""
    best = scores.max(axis=1)
    of_score, of_near = _spread(best), _spread(near)
    least = float(np.quantile(_sum(best, near, of_score, of_near), HELD_BACK))
    return Familiar(landmarks=landmarks, score=of_score, near=of_near, least=least)


def make_landmarks(meant: Any, wanted: Any) -> Any:
    """Means of meaning of examples of one competence that lie together (k-means, begun from evenly spread examples)."""
    found = []
    for column in np.unique(wanted):
        own = meant[wanted == column]
        number = max(1, len(own) // A_LANDMARK)
        means = _unit(own[np.linspace(0, len(own) - 1, number).astype(int)]) if number > 1 else _unit(own.mean(axis=0)[None])
        for _ in range(ROUNDS if number > 1 else 0):
            owner = (own @ means.T).argmax(axis=1)
            sums = np.zeros_like(means)
            np.add.at(sums, owner, own)
            means = _unit(sums[np.bincount(owner, minlength=len(means)) > 0])
        found.append(means)
    return np.vstack(found).astype(np.float32)


def nearest(meant: Any, landmarks: Any) -> Any:
    """The likeness (cosine) to the nearest landmark."""
    return (meant @ landmarks.T).max(axis=-1)


def held_out_near(meant: Any, wanted: Any, fold: Any, places: Any) -> Any:
    """The likeness of these examples to landmarks that were made without their part."""
    near = np.zeros(len(wanted), dtype=np.float32)
    for part in np.unique(fold[places]):
        here, rest = places[fold[places] == part], np.flatnonzero(fold != part)
        near[here] = nearest(meant[here], make_landmarks(meant[rest], wanted[rest]))
    return near[places]


def recall_at(precision: float, inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """The largest share of texts out of scope that can be named while ``precision`` of the named are; None without any.

    ``inside`` and ``outside``: how familiar the texts in scope and out of it are.
    """
    if not len(outside) or not len(inside):
        return None
    every = np.concatenate([np.asarray(inside, dtype=float), np.asarray(outside, dtype=float)])
    strange = np.repeat([False, True], [len(inside), len(outside)])
    order = np.argsort(every, kind="stable")
    found = np.cumsum(strange[order])
    last = np.append(np.diff(every[order]) > 0, True)  # a threshold lies between two different values
    good = last & (found / np.arange(1, len(every) + 1) >= precision)
    return round(float(found[good].max(initial=0) / len(outside)), 4)


def _sum(best: Any, near: Any, of_score: tuple[float, float], of_near: tuple[float, float]) -> Any:
    return (best - of_score[0]) / of_score[1] + (near - of_near[0]) / of_near[1]


def _spread(values: Any) -> tuple[float, float]:
    return float(values.mean()), max(float(values.std()), 1e-6)


def _unit(rows: Any) -> Any:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
