"""How good a linkage is: pairwise precision, recall and F1 with bootstrap intervals, and B-cubed of clusters."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

ROUNDS = 300


def true_pairs(truth: Sequence[str]) -> int:
    """How many pairs are one person's."""
    return sum(n * (n - 1) // 2 for n in Counter(truth).values())


def rates(hit: float, said: float, true: float) -> dict[str, float]:
    """Precision, recall and F1 of counts; what is not defined is 1 for precision and 0 for the others."""
    precision = hit / said if said else 1.0
    recall = hit / true if true else 0.0
    both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 5), "recall": round(recall, 5), "f1": round(both, 5)}


def pairwise(left: np.ndarray, right: np.ndarray, truth: Sequence[str], *, seed: int = 1) -> dict[str, Any]:
    """Precision, recall, F1 of the pairs said to be one person's, with 95 % intervals by a bootstrap over persons.

    A resampled person carries its true pairs; a false pair counts half with each of its two persons.
    """
    names, code = np.unique(np.asarray(truth, dtype=object).astype(str), return_inverse=True)
    size = np.bincount(code, minlength=len(names))
    owner_left, owner_right = code[left], code[right]
    hits = owner_left == owner_right
    hit = np.bincount(owner_left[hits], minlength=len(names)).astype(float)
    wrong = (np.bincount(owner_left[~hits], minlength=len(names)) + np.bincount(owner_right[~hits], minlength=len(names))) / 2
    true = size * (size - 1) / 2
    dice = np.random.default_rng(seed)
    sample = np.array(
        [_of(dice.multinomial(len(names), np.full(len(names), 1 / len(names))), hit, wrong, true) for _ in range(ROUNDS)]
    )
    low, high = np.percentile(sample, [2.5, 97.5], axis=0)
    found = rates(float(hit.sum()), float(hit.sum() + wrong.sum()), float(true.sum()))
    spans = {
        f"{name}_95": [round(float(a), 5), round(float(b), 5)]
        for name, a, b in zip(("precision", "recall", "f1"), low, high, strict=True)
    }
    return {**found, **spans, "pairs": len(left), "true_pairs": int(true.sum()), "hits": int(hit.sum())}


def _of(times: np.ndarray, hit: np.ndarray, wrong: np.ndarray, true: np.ndarray) -> tuple[float, float, float]:
    found = rates(float(times @ hit), float(times @ (hit + wrong)), float(times @ true))
    return found["precision"], found["recall"], found["f1"]


def inside(groups: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """All pairs within the groups, as two arrays of places."""
    order = np.argsort(np.asarray(groups), kind="stable")
    ordered = np.asarray(groups)[order]
    cuts = np.flatnonzero(np.diff(ordered)) + 1
    left: list[np.ndarray] = []
    right: list[np.ndarray] = []
    for members in np.split(order, cuts):
        if len(members) > 1:
            a, b = np.triu_indices(len(members), 1)
            left.append(members[a])
            right.append(members[b])
    if not left:
        return np.zeros(0, int), np.zeros(0, int)
    return np.concatenate(left), np.concatenate(right)


def b_cubed(groups: Sequence[int], truth: Sequence[str]) -> dict[str, float]:
    """B-cubed precision, recall and F1 (Bagga and Baldwin 1998): over handles, the share of the group that is the same person, and the reverse."""
    both = Counter(zip(groups, truth, strict=True))
    by_group, by_person = Counter(groups), Counter(truth)
    number = len(truth)
    precision = sum(n * n / by_group[g] for (g, _), n in both.items()) / number
    recall = sum(n * n / by_person[p] for (_, p), n in both.items()) / number
    f1 = 2 * precision * recall / (precision + recall)
    return {"precision": round(precision, 5), "recall": round(recall, 5), "f1": round(f1, 5)}
