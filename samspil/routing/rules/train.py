"""Learning what is asked for, from answered conversations and from the organisation's own descriptions."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from sklearn.svm import LinearSVC

from samspil.routing.rules.calibrate import Quality, choose_temperature, choose_threshold, measure
from samspil.routing.rules.model import Model, softmax, strangeness
from samspil.routing.rules.text import Counts, inverse_frequency, learn_vocabulary, weigh

FOLDS = 5
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


def train(examples: Iterable[Example]) -> tuple[Model, Quality]:
    """A model of the examples and its quality on parts that were held out. The same examples give the same model.

    Raises TooLittle when fewer than two competences have an example.
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
    held, scores = _held_out(rows, counts, wanted, weights, vocabulary.boundary)
    temperature = choose_temperature(scores, wanted[held])
    quality = measure(scores, wanted[held], competences)
    threshold = choose_threshold(softmax(scores / temperature), wanted[held]) if len(held) else choose_threshold(None, None)
    idf = inverse_frequency(counts.matrix)
    features = weigh(counts, idf, strangeness(idf, vocabulary.boundary), vocabulary.boundary)
    coefficients, intercepts = _fit(features, wanted, weights, len(competences))
    model = Model(
        competences=competences,
        vocabulary=vocabulary,
        idf=idf,
        coefficients=coefficients,
        intercepts=intercepts,
        temperature=temperature,
        threshold=threshold,
    )
    return model, quality.at(threshold)


def _fit(features: Any, wanted: Any, weights: Any, classes: int) -> tuple[Any, Any]:
    """One-against-the-rest linear separators; a class without examples in this part never wins."""
    present = np.unique(wanted)
    coefficients = np.zeros((features.shape[1], classes), dtype=np.float32)
    intercepts = np.full(classes, -1.0, dtype=np.float32)
    svc = LinearSVC(C=STRENGTH, tol=1e-3, max_iter=3000, random_state=0).fit(features, wanted, sample_weight=weights)
    found = svc.coef_.astype(np.float32)
    if len(present) == 2:  # noqa: PLR2004 - scikit-learn keeps one separator for two classes
        found, offsets = np.vstack([-found, found]), np.array([-svc.intercept_[0], svc.intercept_[0]])
    else:
        offsets = svc.intercept_
    coefficients[:, present] = found.T
    intercepts[present] = offsets
    return coefficients, intercepts


def _held_out(rows: Sequence[Example], counts: Counts, wanted: Any, weights: Any, boundary: int) -> tuple[Any, Any]:
    """The places of what consumers wrote, and its scores from models that had not seen it."""
    fold = folds([None if e.weak else e for e in rows])
    held = np.flatnonzero(fold >= 0)
    scores = np.zeros((len(rows), int(wanted.max()) + 1), dtype=np.float32)
    for part in range(FOLDS):
        here, rest = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
        if not len(here) or len(np.unique(wanted[rest])) < 2:  # noqa: PLR2004
            continue
        idf = inverse_frequency(counts.matrix[rest])
        strange = strangeness(idf, boundary)
        learned = _fit(weigh(_rows(counts, rest), idf, strange, boundary), wanted[rest], weights[rest], scores.shape[1])
        scores[here] = weigh(_rows(counts, here), idf, strange, boundary) @ learned[0] + learned[1]
    return held, scores[held]


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
