"""Learning what is asked for, from answered conversations and from the organisation's own descriptions."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from threadpoolctl import threadpool_limits

from samspil.base.encoder import encoder
from samspil.routing.rules.calibrate import ENOUGH, Quality, choose_temperature, choose_threshold, measure
from samspil.routing.rules.familiar import Familiar, held_out_near, learn_familiar, make_landmarks
from samspil.routing.rules.fit import FEW, FOLDS, MEASURED, Batch, parts_of, with_meaning
from samspil.routing.rules.model import Model, softmax
from samspil.routing.rules.text import learn_vocabulary, said

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

    ``meaning``: what a text means is read beside its words, where enough is held out to weigh it and it helps. Raises TooLittle when
    fewer than two competences have an example, and WrongModel where meaning is to be read and its model is not here.
    """
    with threadpool_limits(1):  # our two threads do the work: those of linear algebra beside them only wait for each other
        return _train(examples, meaning=meaning)


def _train(examples: Iterable[Example], *, meaning: bool) -> tuple[Model, Quality]:
    rows = sorted(examples, key=lambda e: (str(e.competence), e.text, e.weight))
    competences = sorted({e.competence for e in rows}, key=str)
    if len(competences) < 2:  # noqa: PLR2004 - two, as the error says
        raise TooLittle("Examples of two competences are needed")
    places = {c: place for place, c in enumerate(competences)}
    vocabulary = learn_vocabulary([e.text for e in rows], [e.voice for e in rows])
    fold = folds([None if e.weak else e for e in rows])
    read = meaning and (fold >= 0).sum() >= ENOUGH
    batch = Batch(
        counts=vocabulary.count([e.text for e in rows]),
        meant=encoder().encode([said(e.text) for e in rows]) if read else None,
        wanted=np.array([places[e.competence] for e in rows]),
        weights=np.array([e.weight for e in rows], dtype=np.float64),
        boundary=vocabulary.boundary,
        classes=len(competences),
        few=len(rows) <= FEW,
    )
    if read:
        batch = with_meaning(batch, fold)
    held, scores = batch.held_out(fold, parts_of(fold, MEASURED))
    learned = batch.fit(np.arange(len(rows)))
    wanted = batch.wanted[held]
    temperature = choose_temperature(scores, wanted, batch.typical)
    quality = measure(scores, wanted, competences, batch.typical)
    threshold = choose_threshold(softmax(scores / temperature), wanted) if len(held) else choose_threshold(None, None)
    words = len(vocabulary.names)
    model = Model(
        competences=competences,
        vocabulary=vocabulary,
        idf=learned.idf,
        coefficients=np.ascontiguousarray(learned.coefficients[:words]),
        meaning=batch.scale * learned.coefficients[words:] if batch.scale else None,
        familiar=_familiar(batch, fold, held, scores) if batch.scale else None,
        intercepts=learned.intercepts,
        temperature=temperature,
        threshold=threshold,
    )
    return model, quality.at(threshold)


def _familiar(batch: Batch, fold: Any, held: Any, scores: Any) -> Familiar:
    return learn_familiar(
        scores=scores,
        near=held_out_near(batch.meant, batch.wanted, fold, held),
        landmarks=make_landmarks(batch.meant, batch.wanted),
    )


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
