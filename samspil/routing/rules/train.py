"""Learning what is asked for, from answered conversations and from the organisation's own descriptions."""

from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from samspil.routing.rules.calibrate import ENOUGH, Quality, choose_temperature, choose_threshold, measure
from samspil.routing.rules.encoder import encoder
from samspil.routing.rules.model import Model, softmax, strangeness
from samspil.routing.rules.text import Counts, inverse_frequency, learn_vocabulary, said, weigh

FOLDS, THREADS = 5, 2
SCALES = (0.0, 1.0, 2.0, 3.0)
"""How much the meaning may weigh beside the words, which are two blocks of length one: chosen by what was held out, for the model of
meaning knows some languages better than others. 0: it is not read."""
TRIED = 2_000
"""Examples that are enough to choose by."""
FEW, FEW_STRENGTH = 2_000, 30.0
"""Up to so many examples, logistic regression (C) tells more than separators do where the meaning is read: .859 instead of .844 with ten a
class on banking77. Beyond that it takes minutes."""
STRENGTH = 1.0
"""LinearSVC's C: .1, .3, 1 and 3 lie within a point of each other on banking77 and on the demo; .1 is worst everywhere."""
BY_HAND, TAUGHT, ANSWERED, DESCRIBED = 2.0, 1.5, 1.25, 1.0
"""How much an example weighs by where its competence is known from."""


class TooLittle(Exception):
    """A classifier tells things apart: it needs examples of two competences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and the competence that it asks for.

    ``voice`` is who wrote it, None for the organisation itself. ``weak`` examples (descriptions, words) teach but are never
    used to measure: they are not what consumers write.
    """

    text: str
    competence: UUID
    weight: float = BY_HAND
    voice: Hashable = None
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A competence as the organisation describes it."""

    id: UUID
    name: str
    name_en: str = ""
    description: str = ""
    words: Sequence[str] = ()


def examples_of(described: Described) -> list[Example]:
    """What a description teaches: itself, its sentences, the names and each word."""
    sentences = [s.strip() for s in described.description.replace("?", ".").replace("!", ".").split(".") if s.strip()]
    whole = " ".join([described.name, described.name_en, described.description, *described.words])
    longer = [whole, *sentences] if len(sentences) > 1 else [whole]
    short = dict.fromkeys(w.strip() for w in (described.name, described.name_en, *described.words) if w.strip())
    return [
        *(Example(text=text, competence=described.id, weight=DESCRIBED, weak=True) for text in longer),
        *(Example(text=text, competence=described.id, weight=DESCRIBED, weak=True) for text in short),
    ]


def train(examples: Iterable[Example], *, meaning: bool = True) -> tuple[Model, Quality]:
    """A model of the examples and its quality on parts that were held out. The same examples give the same model.

    ``meaning``: what a text means is read beside its words. Raises TooLittle when fewer than two competences have an example.
    """
    rows = sorted(examples, key=lambda e: (str(e.competence), e.text, e.weight))
    competences = sorted({e.competence for e in rows}, key=str)
    if len(competences) < 2:  # noqa: PLR2004 - two, as the error says
        raise TooLittle("Examples of two competences are needed")
    places = {c: place for place, c in enumerate(competences)}
    wanted = np.array([places[e.competence] for e in rows])
    weights = np.array([e.weight for e in rows], dtype=np.float64)
    vocabulary = learn_vocabulary([e.text for e in rows], [e.voice for e in rows])
    counts = vocabulary.count([e.text for e in rows])
    fold = folds([None if e.weak else e for e in rows])
    batch = _Batch(counts, None, wanted, weights, vocabulary.boundary)
    if meaning and (fold >= 0).sum() >= ENOUGH:
        batch = _with_meaning(batch, encoder().encode([said(e.text) for e in rows]), fold)
    held = np.flatnonzero(fold >= 0)
    scores = batch.held_out(fold, len(competences))[held]
    temperature = choose_temperature(scores, wanted[held])
    quality = measure(scores, wanted[held], competences)
    threshold = choose_threshold(softmax(scores / temperature), wanted[held]) if len(held) else choose_threshold(None, None)
    idf = inverse_frequency(counts.matrix)
    every = np.arange(len(rows))
    coefficients, intercepts = batch.fit(every, idf, len(competences))
    words = len(vocabulary.names)
    model = Model(
        competences=competences,
        vocabulary=vocabulary,
        idf=idf,
        coefficients=np.ascontiguousarray(coefficients[:words]),
        meaning=None if batch.meant is None else batch.scale * coefficients[words:],
        intercepts=intercepts,
        temperature=temperature,
        threshold=threshold,
    )
    return model, quality.at(threshold)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Examples as numbers: counts of their words and, where it is read, what they mean (times ``scale``)."""

    counts: Counts
    meant: Any
    wanted: Any
    weights: Any
    boundary: int
    scale: float = 0.0
    quick: bool = False
    """Separators alone, also of few: enough to choose a scale by."""

    def some(self, places: Any) -> "_Batch":
        """These examples alone."""
        meant = None if self.meant is None else self.meant[places]
        return replace(
            self, counts=_rows(self.counts, places), meant=meant, wanted=self.wanted[places], weights=self.weights[places]
        )

    def features(self, places: Any, idf: Any) -> Any:
        """Examples x features: words and letters, then meaning."""
        found = weigh(_rows(self.counts, places), idf, strangeness(idf, self.boundary), self.boundary)
        return found if self.meant is None else hstack([found, csr_matrix(self.scale * self.meant[places])], format="csr")

    def fit(self, places: Any, idf: Any, classes: int) -> tuple[Any, Any]:
        """One-against-the-rest separators, or logistic regression where the meaning is read and there are few; features x classes.

        A class without examples in this part never wins.
        """
        wanted, weights = self.wanted[places], self.weights[places]
        present = np.unique(wanted)
        features = self.features(places, idf)
        learner = (
            LogisticRegression(C=FEW_STRENGTH, tol=1e-3, max_iter=200)
            if self.meant is not None and len(self.wanted) <= FEW and not self.quick
            else LinearSVC(C=STRENGTH, tol=1e-3, max_iter=3000, random_state=0)
        )
        learner.fit(features, wanted, sample_weight=weights)
        found, offsets = learner.coef_.astype(np.float32), learner.intercept_
        if len(present) == 2:  # noqa: PLR2004 - scikit-learn keeps one separator for two classes
            found, offsets = np.vstack([-found, found]), np.array([-offsets[0], offsets[0]])
        coefficients = np.zeros((features.shape[1], classes), dtype=np.float32)
        intercepts = np.full(classes, -1.0, dtype=np.float32)
        coefficients[:, present], intercepts[present] = found.T, offsets
        return coefficients, intercepts

    def held_out(self, fold: Any, classes: int) -> Any:
        """The scores of every example that is held out in some part, from models that had not seen it; 0 for the rest."""
        scores = np.zeros((len(self.wanted), classes), dtype=np.float32)

        def fill(part: int) -> None:
            here, rest = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
            if not len(here) or len(np.unique(self.wanted[rest])) < 2:  # noqa: PLR2004
                return
            idf = inverse_frequency(self.counts.matrix[rest])
            coefficients, intercepts = self.fit(rest, idf, classes)
            scores[here] = self.features(here, idf) @ coefficients + intercepts

        with ThreadPoolExecutor(THREADS) as threads:  # the solvers let other threads run
            list(threads.map(fill, sorted(set(fold.tolist()) - {-1})))
        return scores


def _with_meaning(batch: _Batch, meant: Any, fold: Any) -> _Batch:
    """The batch with what its texts mean, weighed as the held-out examples say; as it was where the words alone do as well."""
    own = np.flatnonzero(fold >= 0)
    tried = np.sort(np.concatenate([own[:: len(own) // TRIED + 1], np.flatnonzero(fold < 0)]))
    classes = int(batch.wanted.max()) + 1
    told = fold[tried] >= 0

    def right(scale: float) -> float:
        some = replace(batch, meant=meant if scale else None, scale=scale, quick=True).some(tried)
        found = some.held_out(fold[tried], classes)[told].argmax(axis=1)
        return float((found == some.wanted[told]).mean())

    best = max(SCALES, key=lambda scale: (right(scale), -scale))
    return replace(batch, meant=meant, scale=best) if best else batch


def _rows(counts: Counts, places: Any) -> Counts:
    return Counts(counts.matrix[places], counts.strange_words[places], counts.strange_letters[places])


def folds(rows: Sequence[Example | None]) -> Any:
    """Which part each example is held out with, -1 for never; all of one voice together, each competence spread evenly."""
    parts = np.full(len(rows), -1)
    place_of: dict[Hashable, int] = {}
    turn: dict[UUID, int] = {}
    keyed = sorted((_key(e), place) for place, e in enumerate(rows) if e is not None)
    for _, place in keyed:
        example = rows[place]
        if example is None:
            continue
        voice = example.voice if example.voice is not None else ("text", example.text)
        if voice not in place_of:
            place_of[voice] = turn[example.competence] = (turn.get(example.competence, -1) + 1) % FOLDS
        parts[place] = place_of[voice]
    return parts


def _key(example: Example) -> str:
    return sha256(f"{example.voice}\x1f{example.text}".encode("utf-8", "surrogatepass")).hexdigest()
