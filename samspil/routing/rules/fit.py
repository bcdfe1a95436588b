"""Separators between competences, from examples as numbers: which learner, how much meaning counts, and what was held out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from samspil.routing.rules.calibrate import TYPICAL, TYPICAL_SMOOTH, choose_temperature, likelihood
from samspil.routing.rules.model import strangeness
from samspil.routing.rules.text import Counts, inverse_frequency, weigh

FOLDS, THREADS = 5, 2
SCALES = (0.0, 1.0, 1.5, 2.0, 3.0)
"""How much the meaning may weigh beside the words, which are two blocks of length one: chosen by what was held out, for the model of
meaning knows some languages better than others. 0: it is not read."""
TRIED, TOLD = 2_000, 600
"""Examples that a scale is chosen on, and how many of them are held out for it."""
MEASURED = 2_000
"""Held-out examples that are enough to measure by: with more, fewer of the five parts are held out, and learning is faster."""
FEW, FEW_STRENGTH = 2_000, 30.0
"""Up to so many examples, logistic regression (C) tells more than separators do where the meaning is read: .859 instead of .844 with ten a
class on banking77. Beyond that it takes minutes."""
ALIKE = 1e-8
"""As much as two examples that say the same are held to differ (squared): else their products have no root."""
STRENGTH = 1.0
"""LinearSVC's C: .1, .3, 1 and 3 lie within a point of each other on banking77 and on the demo; .1 is worst everywhere."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """``coefficients``: features (words, then meaning) x competences; ``idf`` of the examples that were learned from."""

    idf: Any
    coefficients: Any
    intercepts: Any


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples as numbers: counts of their words and, where it is read, what they mean (times ``scale``). ``wanted``: right columns."""

    counts: Counts
    meant: Any
    wanted: Any
    weights: Any
    boundary: int
    classes: int
    scale: float = 0.0
    few: bool = False

    @property
    def smooth(self) -> bool:
        """Whether it is learned by logistic regression."""
        return bool(self.scale) and self.few

    @property
    def typical(self) -> float:
        """The temperature to expect of the learner."""
        return TYPICAL_SMOOTH if self.smooth else TYPICAL

    def some(self, places: Any) -> "Batch":
        """These examples alone."""
        return replace(
            self,
            counts=_rows(self.counts, places),
            meant=None if self.meant is None else self.meant[places],
            wanted=self.wanted[places],
            weights=self.weights[places],
        )

    def features(self, places: Any, idf: Any) -> Any:
        """Examples x features: words and letters, then meaning."""
        found = weigh(_rows(self.counts, places), idf, strangeness(idf, self.boundary), self.boundary)
        return hstack([found, csr_matrix(self.scale * self.meant[places])], format="csr") if self.scale else found

    def fit(self, places: Any) -> Fitted:
        """Learn from these examples. A class without examples among them never wins."""
        idf = inverse_frequency(self.counts.matrix[places])
        features, wanted = self.features(places, idf), self.wanted[places]
        learn = _smooth if self.smooth else _separate
        found, offsets = learn(features, wanted, self.weights[places])
        present = np.unique(wanted)
        if len(present) == 2:  # noqa: PLR2004 - scikit-learn keeps one separator for two classes
            found, offsets = np.hstack([-found, found]), np.array([-offsets[0], offsets[0]])
        coefficients = np.zeros((features.shape[1], self.classes), dtype=np.float32)
        lowest = float(offsets.min()) - 1.0
        intercepts = np.full(self.classes, lowest, dtype=np.float32)
        coefficients[:, present], intercepts[present] = found, offsets
        return Fitted(idf, coefficients, intercepts)

    def held_out(self, fold: Any, parts: int = FOLDS) -> tuple[Any, Any]:
        """(places, scores) of the examples of the first ``parts`` parts, in order, by models that had not seen them.

        An example whose part cannot be told apart without it has zeros.
        """
        places = np.flatnonzero((fold >= 0) & (fold < parts))
        scores = np.zeros((len(self.wanted), self.classes), dtype=np.float32)

        def fill(part: int) -> None:
            here, rest = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
            if not len(here) or len(np.unique(self.wanted[rest])) < 2:  # noqa: PLR2004
                return
            model = self.fit(rest)
            scores[here] = self.features(here, model.idf) @ model.coefficients + model.intercepts

        with ThreadPoolExecutor(THREADS if self.smooth else 1) as threads:  # liblinear's threads share one source of chance
            list(threads.map(fill, range(parts)))
        return places, scores[places]


def with_meaning(batch: Batch, fold: Any) -> Batch:
    """The batch with the scale of meaning that makes held-out examples likeliest; 0 where the words alone do as well.

    By the same learner that is then used, and by likelihood: how often it is right jumps about with so few.
    """
    own = np.flatnonzero(fold >= 0)
    tried = np.sort(np.concatenate([own[:: len(own) // TRIED + 1], np.flatnonzero(fold < 0)]))
    some = batch.some(tried)
    parts = parts_of(fold[tried], TOLD)

    def likely(scale: float) -> float:
        tested = replace(some, scale=scale)
        places, scores = tested.held_out(fold[tried], parts)
        return likelihood(scores / choose_temperature(scores, some.wanted[places], tested.typical), some.wanted[places])

    return replace(batch, scale=max(SCALES, key=lambda scale: (likely(scale), -scale)))


def parts_of(fold: Any, enough: int) -> int:
    """How many of the five parts hold ``enough`` examples; all of them where there are fewer."""
    sizes = np.cumsum(np.bincount(fold[fold >= 0], minlength=FOLDS)[:FOLDS])
    return min(int(np.searchsorted(sizes, enough)) + 1, FOLDS)


def _separate(features: Any, wanted: Any, weights: Any) -> tuple[Any, Any]:
    """One against the rest."""
    learner = LinearSVC(C=STRENGTH, tol=1e-3, max_iter=3000, random_state=0).fit(features, wanted, sample_weight=weights)
    return learner.coef_.T, learner.intercept_


def _smooth(features: Any, wanted: Any, weights: Any) -> tuple[Any, Any]:
    """Logistic regression, on as many columns as there are examples: a rotation of the features, of which the penalty knows nothing.

    With F F' = L L', what is learned of L is that of F: some thirty thousand columns become a thousand, and it takes a tenth of the time.
    """
    exact = features.astype(np.float64)
    products = (exact @ exact.T).toarray()
    products[np.diag_indices_from(products)] += ALIKE
    lower = cholesky(products, lower=True)
    learner = LogisticRegression(C=FEW_STRENGTH, tol=1e-5, max_iter=1000).fit(lower, wanted, sample_weight=weights)
    return features.T @ solve_triangular(lower, learner.coef_.T, lower=True, trans="T"), learner.intercept_


def _rows(counts: Counts, places: Any) -> Counts:
    return Counts(counts.matrix[places], counts.strange_words[places], counts.strange_letters[places])
