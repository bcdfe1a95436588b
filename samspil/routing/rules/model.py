"""The trained classifier: from texts to a competence, a probability and the words that decided; and its stored form.

Stored as arrays without pickle (numpy's own format with ``allow_pickle`` off) and JSON, so that even a body whose signature was
somehow right could run nothing.
"""

import io
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zipfile import BadZipFile

import numpy as np

from samspil.base.encoder import NAME, WIDTH, encoder
from samspil.routing.rules.common import COMMON
from samspil.routing.rules.familiar import Familiar
from samspil.routing.rules.text import Read, Vocabulary, parts, said, weigh_one

FORMAT, FORMATS = 2, (1, 2)
"""1 had no meaning; it is still read."""
WORDS_SHOWN = 4
LEAST_SHARE = 0.12
"""A word is named as a reason when it carries at least this share of what speaks for the competence."""


class WrongFormat(Exception):
    """A stored classifier is of another version, or is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a text is about. ``competence`` is the likeliest, whether or not it is ``sure``; ``why_not`` says what is missing.

    ``why_not``: "" (sure), "unknown" (no word of the text is known), "strange" (it is like nothing that was learned from), "unsure" (the
    probability is below the threshold). ``familiar``: 0 as what was held out on average, lower is stranger; None where meaning is
    not read.
    """

    competence: UUID
    probability: float
    why_not: str = ""
    words: tuple[str, ...] = ()
    familiar: float | None = None

    @property
    def sure(self) -> bool:
        """Whether to route by it."""
        return not self.why_not


@dataclass(slots=True, kw_only=True)
class Model:
    """A linear model over TF-IDF. ``coefficients``: features x competences, float32; scores by ``temperature`` are logits."""

    competences: Sequence[UUID]
    vocabulary: Vocabulary
    idf: Any
    coefficients: Any
    intercepts: Any
    temperature: float
    threshold: float
    meaning: Any = None
    """Coefficients of what a text means (WIDTH x competences), where that is read beside its words."""
    familiar: Familiar | None = None
    """What tells a strange text, where meaning is read."""
    _strange: tuple[float, float] = field(init=False, repr=False)
    _means: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        boundary = self.vocabulary.boundary
        self._strange = strangeness(self.idf, boundary)
        self._means = self.coefficients.mean(axis=1)

    def scores(self, read: Read, meant: Any = None) -> Any:
        """The raw scores of one text, by competence; ``meant`` is what it means."""
        columns, weights = weigh_one(read, self.idf, self._strange, self.vocabulary.boundary)
        found = weights @ self.coefficients[columns] + self.intercepts
        return found if meant is None else found + meant @ self.meaning

    def meant(self, texts: Sequence[str]) -> Sequence[Any]:
        """What each text means; None each where that is not read."""
        return [None] * len(texts) if self.meaning is None else list(encoder().encode([said(text) for text in texts]))

    def predict(self, texts: Sequence[str], *, among: Collection[UUID] | None = None) -> list[Prediction]:
        """What each text is about, calibrated. ``among`` leaves out competences that are no longer asked for.

        Empty if fewer than one competence is left. Raises WrongModel where meaning is read and its model is not here.
        """
        columns = [place for place, c in enumerate(self.competences) if among is None or c in among]
        if not texts or not columns:
            return []
        return [self._predict(self.vocabulary.read(t), m, columns) for t, m in zip(texts, self.meant(texts), strict=True)]

    def _predict(self, read: Read, meant: Any, columns: Sequence[int]) -> Prediction:
        scores = self.scores(read, meant)
        probabilities = softmax(scores[columns] / self.temperature)
        best = int(probabilities.argmax())
        column, probability = columns[best], float(probabilities[best])
        familiar = round(float(self.familiar.of(scores, meant)), 4) if self.familiar else None
        why_not = "unsure" if probability < self.threshold else ""
        if self.familiar and familiar is not None and familiar < self.familiar.least:
            why_not = "strange"
        if not any(known.telling for known in read.known):
            why_not = "unknown"
        return Prediction(
            competence=self.competences[column],
            probability=round(probability, 4),
            why_not=why_not,
            words=() if why_not == "unknown" else self.deciding(read, column),
            familiar=familiar,
        )

    def wanted(self, text: str, *, among: Collection[UUID] | None = None) -> list[tuple[UUID, float]]:
        """Every competence that a message asks for, likeliest first, with the probability of its surest part.

        A message may ask two things, and the probabilities of one text sum up to one: so each sentence is asked about by itself, beside
        the whole. What no sentence and not the whole is sure of is left out, so it may be empty. Raises WrongModel.
        """
        found: dict[UUID, float] = {}
        for one in self.predict([text, *parts(text)], among=among):
            if one.sure:
                found[one.competence] = max(found.get(one.competence, 0.0), one.probability)
        return sorted(found.items(), key=lambda pair: (-pair[1], str(pair[0])))

    def ranked(self, text: str, *, at_most: int = 3) -> list[tuple[UUID, float]]:
        """The likeliest competences of one text, best first, with their calibrated probabilities; none if no word is known.

        Raises WrongModel.
        """
        read = self.vocabulary.read(text)
        if not any(known.telling for known in read.known):
            return []
        row = softmax(self.scores(read, *self.meant([text])) / self.temperature)
        order = sorted(range(len(row)), key=lambda i: (-row[i], str(self.competences[i])))[:at_most]
        return [(self.competences[i], float(row[i])) for i in order]

    def deciding(self, read: Read, column: int) -> tuple[str, ...]:
        """The words of the text that spoke most for a competence, strongest first, as the consumer wrote them.

        A word's part is that of its own feature, of its letters, and half of each pair it stands in, each against the mean of
        all competences; a repeated word counts as often as it stands.
        """
        if not read.columns:
            return ()
        slots: dict[str, int] = {}
        of_word = [slots.setdefault(known.folded, len(slots)) for known in read.known]
        owners = np.repeat(of_word, [len(known.columns) for known in read.known])
        at = np.array(read.columns, dtype=np.int64)
        parts = (self.coefficients[at, column] - self._means[at]) * self.idf[at]
        whole = len(owners)
        sums = np.bincount(owners, weights=parts[:whole], minlength=len(slots))
        for (place, _), part in zip(read.pairs, parts[whole:].tolist(), strict=True):
            sums[of_word[place]] += part / 2
            sums[of_word[place + 1]] += part / 2
        least = max(LEAST_SHARE * float(sums[sums > 0].sum()), 1e-9)
        chosen = sorted((-sums[slot], name) for name, slot in slots.items() if sums[slot] >= least and name not in COMMON)
        shown = {known.folded: word for word, known in zip(reversed(read.words), reversed(read.known), strict=True)}
        return tuple(shown[name] for _, name in chosen[:WORDS_SHOWN])


def strangeness(idf: Any, boundary: int) -> tuple[float, float]:
    """What an unknown word, and an unknown sequence of letters, weighs: as much as the rarest known one."""
    return (float(idf[:boundary].max(initial=1.0)), float(idf[boundary:].max(initial=1.0)))


def softmax(logits: Any) -> Any:
    """Probabilities, along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def dump(model: Model) -> bytes:
    """The model as bytes. Coefficients are kept in half precision: a thousandth of a score, which no decision notices."""
    meta: dict[str, Any] = {
        "format": FORMAT,
        "competences": [str(c) for c in model.competences],
        "boundary": model.vocabulary.boundary,
        "temperature": model.temperature,
        "threshold": model.threshold,
    }
    arrays = {
        "names": _bytes("\n".join(model.vocabulary.names)),
        "idf": model.idf,
        "coefficients": model.coefficients.astype(np.float16),
        "intercepts": model.intercepts,
    }
    if model.familiar is not None:
        meta["encoder"] = NAME
        meta["familiar"] = {name: getattr(model.familiar, name) for name in _FAMILIAR}
        arrays |= {"meaning": model.meaning.astype(np.float16), "landmarks": model.familiar.landmarks.astype(np.float16)}
    out = io.BytesIO()
    np.savez_compressed(out, meta=_bytes(json.dumps(meta)), **arrays)
    return out.getvalue()


def load(body: bytes) -> Model:
    """The model of :func:`dump`. Raises WrongFormat. Verify the signature first: this checks shapes, not origin."""
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            meta = json.loads(stored["meta"].tobytes())
            if meta.get("format") not in FORMATS:
                raise WrongFormat(f"format {meta.get('format')}, expected one of {FORMATS}")
            meaning, familiar = _meaning(stored, meta) if meta.get("encoder") else (None, None)
            model = Model(
                competences=[UUID(c) for c in meta["competences"]],
                vocabulary=Vocabulary(stored["names"].tobytes().decode().split("\n"), int(meta["boundary"])),
                idf=stored["idf"].astype(np.float32),
                coefficients=np.ascontiguousarray(stored["coefficients"].astype(np.float32)),
                intercepts=stored["intercepts"].astype(np.float32),
                temperature=float(meta["temperature"]),
                threshold=float(meta["threshold"]),
                meaning=meaning,
                familiar=familiar,
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise WrongFormat(str(error)) from error
    if model.coefficients.shape != (len(model.vocabulary.names), len(model.competences)):
        raise WrongFormat(f"coefficients of shape {model.coefficients.shape}")
    return model


_FAMILIAR = ("score", "near", "least")


def _meaning(stored: Any, meta: Mapping[str, Any]) -> tuple[Any, Familiar]:
    if meta["encoder"] != NAME:
        raise WrongFormat(f"encoder {meta['encoder']}, expected {NAME}")
    meaning, landmarks = (np.ascontiguousarray(stored[name].astype(np.float32)) for name in ("meaning", "landmarks"))
    if meaning.shape != (WIDTH, len(meta["competences"])) or landmarks.ndim != 2 or landmarks.shape[1] != WIDTH:  # noqa: PLR2004
        raise WrongFormat(f"meaning of shape {meaning.shape}, landmarks of shape {landmarks.shape}")
    (a, b), (c, d), least = (meta["familiar"][name] for name in _FAMILIAR)
    return meaning, Familiar(landmarks=landmarks, score=(float(a), float(b)), near=(float(c), float(d)), least=float(least))


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode(), dtype=np.uint8)
