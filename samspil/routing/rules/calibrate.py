"""Probabilities that mean what they say, and the probability from which to route by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from scipy.optimize import minimize_scalar

from samspil.base.shares import calibration_error
from samspil.routing.rules.model import softmax

TYPICAL = 0.11
"""The temperature before anything was measured: of a model that has only read descriptions (bench/routing.py)."""
TYPICAL_SMOOTH = 0.5
"""The same of logistic regression, which gives probabilities of its own."""
BELIEF = 20.0
"""As many held-out examples as the typical temperature is worth."""
DEFAULT, HIGHEST = 0.55, 0.9
"""The threshold is never below the default: what was held out asks for something known, and not everything that arrives does."""
RIGHT = 0.9
"""What is routed should be right this often, by more than one standard error of the held-out share."""
ENOUGH = 60
"""Held-out examples from which a threshold of one's own is chosen."""


def choose_temperature(scores: Any, wanted: Any, typical: float = TYPICAL) -> float:
    """The divisor that makes the probabilities of held-out examples likeliest (Guo et al. 2017), drawn to the ``typical`` one.

    ``scores`` is examples x competences, ``wanted`` the right columns; without examples the typical one.
    """
    if not len(wanted):
        return typical

    def cost(log_temperature: float) -> float:
        likely = likelihood(scores / np.exp(log_temperature), wanted)
        return -len(wanted) * likely + BELIEF * float(log_temperature - np.log(typical)) ** 2

    return round(float(np.exp(minimize_scalar(cost, bounds=(np.log(0.02), np.log(5.0)), method="bounded").x)), 6)


def likelihood(logits: Any, wanted: Any) -> float:
    """The mean log-likelihood of the right columns; 0 is best."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    likely = shifted[np.arange(len(wanted)), wanted] - np.log(np.exp(shifted).sum(axis=1))
    return float(likely.mean())


def choose_threshold(probabilities: Any | None, wanted: Any | None) -> float:
    """The lowest probability from which what is routed was right in 90 of 100 held-out cases, within bounds.

    The default while fewer than ENOUGH examples were held out, and never less; the highest bound when 90 is never reached.
    """
    if probabilities is None or wanted is None or len(wanted) < ENOUGH:
        return DEFAULT
    best, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == wanted
    for threshold in np.arange(DEFAULT, HIGHEST + 1e-9, 0.05):
        routed = best >= threshold
        share, number = float(right[routed].mean()) if routed.any() else 0.0, int(routed.sum())
        if number >= ENOUGH / 4 and share - float(np.sqrt(share * (1 - share) / number)) >= RIGHT:
            return round(float(threshold), 2)
    return HIGHEST


@dataclass(slots=True, kw_only=True)
class Quality:
    """How well a model did on what it had not seen. ``by_competence`` is examples, found and right of what was found."""

    held_out: int
    accuracy: float = 0.0
    calibration_error: float = 0.0
    threshold: float = DEFAULT
    coverage: float = 0.0
    right_of_routed: float = 0.0
    by_competence: dict[str, dict[str, float]] = field(default_factory=dict)
    probabilities: Any = field(default=None, repr=False)
    right: Any = field(default=None, repr=False)

    def at(self, threshold: float) -> "Quality":
        """The same with coverage, and the share that was right of what was routed, at a threshold."""
        self.threshold = threshold
        if self.held_out:
            routed = self.probabilities >= threshold
            self.coverage = round(float(routed.mean()), 4)
            self.right_of_routed = round(float(self.right[routed].mean()), 4) if routed.any() else 0.0
        return self

    def as_json(self) -> dict[str, Any]:
        """The report as it is stored."""
        return {
            "held_out": self.held_out,
            "accuracy": self.accuracy,
            "calibration_error": self.calibration_error,
            "threshold": self.threshold,
            "coverage": self.coverage,
            "right_of_routed": self.right_of_routed,
            "by_competence": self.by_competence,
        }


def measure(scores: Any, wanted: Any, competences: Sequence[UUID], typical: float = TYPICAL) -> Quality:
    """The quality on held-out scores. The temperature of each half is found on the other, so that the error is not flattered."""
    if not len(wanted):
        return Quality(held_out=0)
    probabilities = np.zeros_like(scores)
    half = np.arange(len(wanted)) % 2 == 0
    for part in (half, ~half):
        probabilities[part] = softmax(scores[part] / choose_temperature(scores[~part], wanted[~part], typical))
    chosen, best = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = chosen == wanted
    by_competence = {}
    for place, competence in enumerate(competences):
        mine, found = wanted == place, chosen == place
        by_competence[str(competence)] = {
            "examples": int(mine.sum()),
            "found": round(float(right[mine].mean()), 4) if mine.any() else 0.0,
            "right": round(float(right[found].mean()), 4) if found.any() else 0.0,
        }
    return Quality(
        held_out=len(wanted),
        accuracy=round(float(right.mean()), 4),
        calibration_error=round(calibration_error(best, right), 4),
        by_competence=by_competence,
        probabilities=best,
        right=right,
    )
