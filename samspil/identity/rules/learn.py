"""Learning the probabilities from people's decisions: a logistic layer over the weight and the levels, held near the plain weights."""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np

from samspil.identity.rules.compare import NULL
from samspil.identity.rules.model import Calibration, Model
from samspil.identity.rules.profile import Profile

PULL_LEVEL = 2.0
"""How strongly a level's addition is pulled to the starting calibration: as a normal prior of deviation 0.7 logits."""
PULL_SLOPE = 50.0
PULL_BIAS = 0.2
MOST_ADDED = 1.0
"""Logits that a level may add at most beyond its weight: what is against may be learned freely, what is for only a little."""
LEAST_DECISIONS = 20
MOST_BITS = 30.0
Decision = tuple[Profile, Profile, bool]


def learn_from(model: Model, decisions: Sequence[Decision], *, share: float | None = None) -> Model:
    """The model with a calibration learned from decisions (left, right, are they one person).

    People decide on doubtful pairs, so the share of matches among decisions is not that among all candidates: ``share``, when known, is the
    latter, and the bias is corrected by it (King and Zeng 2001, prior correction). Fewer than 20 decisions, or of one kind only, change
    nothing.
    """
    truth = np.array([bool(d[2]) for d in decisions])
    if len(truth) < LEAST_DECISIONS or truth.all() or not truth.any():
        return model
    names = [(c.kind, x.label) for c in model.comparisons for x in c.levels]
    place = {name: n for n, name in enumerate(names)}
    rows = np.zeros((len(truth), len(names)))
    weight = np.zeros(len(truth))
    for n, (a, b, _) in enumerate(decisions):
        weight[n] = model.score(a, b).weight_bits
        levels = model.levels(a, b)
        for one in model.comparisons:
            if (number := levels[one.kind]) != NULL:
                rows[n, place[one.kind, one.at(number).label]] = 1.0
    found = fit(weight, rows, truth, names, model.calibration)
    if share is not None:
        seen = float(truth.mean())
        found.bias -= log((1 - share) / share * seen / (1 - seen))
    return model.with_weights({}, calibration=found)


def fit(
    weight: np.ndarray, rows: np.ndarray, truth: np.ndarray, names: Sequence[tuple[str, str]], start: Calibration
) -> Calibration:
    """Bias, slope and levels by penalised maximum likelihood (L-BFGS), the penalty being the distance from ``start``."""
    from scipy.optimize import minimize

    bits = np.clip(weight, -MOST_BITS, MOST_BITS)
    design = np.column_stack([np.ones(len(bits)), bits, rows])
    begin = np.array([start.bias, start.slope, *(start.levels.get(kind, {}).get(label, 0.0) for kind, label in names)])
    pull = np.array([PULL_BIAS, PULL_SLOPE, *(PULL_LEVEL for _ in names)])
    sign = np.where(truth, 1.0, -1.0)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (design @ at)
        off = at - begin
        wrong = 1 / (1 + np.exp(np.clip(margin, -500, 500)))
        value = float(np.logaddexp(0, -margin).sum() + 0.5 * (pull * off**2).sum())
        return value, -(design.T @ (sign * wrong)) + pull * off

    bounds: list[tuple[Any, Any]] = [
        (None, None),
        (0.05, 1.5),
        *((-6.0, MOST_ADDED) for _ in names),
    ]  # more weight is never less likely
    best = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x
    levels: dict[str, dict[str, float]] = {}
    for (kind, label), value in zip(names, best[2:], strict=True):
        if abs(value) > 1e-6:  # noqa: PLR2004 - what was never seen stays 0
            levels.setdefault(kind, {})[label] = round(float(value), 6)
    return Calibration(bias=float(best[0]), slope=float(best[1]), levels=levels)
