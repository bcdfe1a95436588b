"""A text as numbers: TF-IDF of words, word pairs, and letter sequences within words.

The sequences of a word are looked up once and remembered, so that a text costs a few dictionary look-ups a word instead of some
thirty; scikit-learn's vectorisers, which cut every text anew, take 2.9 ms a message for the same features.
"""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from math import sqrt
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from samspil.base.text import fold
from samspil.routing.rules.common import COMMON

LETTERS = 1_500
"""What a message is about stands at its beginning; the rest of a long one is not read."""
SHORTEST, LONGEST = 2, 5
A_SENTENCE = 3
"""Words from which a sentence is asked about by itself: «Hej Samspil» and «Tak!» ask nothing."""
REMEMBERED = 60_000
"""Words whose features are kept in memory; then the memory begins anew."""

_NOISE = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_END = re.compile(r"[.!?;]+\s+|\n+")
_NUMBER = re.compile(r"\d{4,}")

Matrix = Any
"""scipy.sparse.csr_matrix of float32."""


def words(text: str) -> list[str]:
    """The words as they stand, without addresses and links, of the first LETTERS letters."""
    return _WORD.findall(_NOISE.sub(" ", text[:LETTERS]))


def said(text: str) -> str:
    """The text as a person would read it: without addresses and links, the first LETTERS letters."""
    return _NOISE.sub(" ", text[:LETTERS])


def parts(text: str, *, at_most: int = 8) -> list[str]:
    """The sentences and lines of a text that say something of their own (three words or more); none where there is only one."""
    found = [part.strip() for part in _END.split(said(text))]
    longer = [part for part in found if len(_WORD.findall(part)) >= A_SENTENCE]
    return longer[:at_most] if len(longer) > 1 else []


def plain(word: str) -> str:
    """The word as a feature: folded, and any long number the same (an order number says «order number», not which)."""
    return _NUMBER.sub("0000", fold(word))


def sequences(folded: str) -> list[str]:
    """Every sequence of 2 to 5 letters of a word with its borders: «lad» gives « l», «la», «ad», ... « lad », some twice."""
    bordered = f" {folded} "
    length = len(bordered)
    return [bordered[i : i + n] for n in range(SHORTEST, LONGEST + 1) for i in range(length - n + 1)]


@dataclass(frozen=True, slots=True)
class Known:
    """What the vocabulary says of one word: its columns (with repeats), and how many features it does not know."""

    folded: str
    columns: tuple[int, ...]
    word_known: bool
    strange: int
    telling: bool
    """A text may be known by it: no common word, and known as a whole or by five of its letters (gearkassen by « gear»)."""


@dataclass(frozen=True, slots=True)
class Read:
    """One text: its words as they stand, what is known of each, and ``pairs`` as (place of the first word, column).

    ``columns`` are those of all words, in order and with repeats, and then those of the pairs.
    """

    words: Sequence[str]
    known: Sequence[Known]
    pairs: Sequence[tuple[int, int]]
    columns: Sequence[int]

    @property
    def strange_words(self) -> int:
        """How many words and pairs the vocabulary does not know."""
        number = len(self.known)
        return 2 * number - bool(number) - len([k for k in self.known if k.word_known]) - len(self.pairs)

    @property
    def strange_letters(self) -> int:
        """How many sequences of letters it does not know."""
        return sum([k.strange for k in self.known])


@dataclass(slots=True)
class Counts:
    """Raw counts of a batch: ``matrix`` (texts x features), and per text the unknown features of words and of letters."""

    matrix: Matrix
    strange_words: Any
    strange_letters: Any


@dataclass(slots=True)
class Vocabulary:
    """Which feature is which column. Words («=lader») and pairs («lader ikke»), ``boundary`` of them, then letters (« lade»)."""

    names: Sequence[str]
    boundary: int
    columns: dict[str, int] = field(init=False, repr=False)
    _memory: dict[str, Known] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {name: place for place, name in enumerate(self.names)}

    def look(self, word: str) -> Known:
        """The features of one word, remembered."""
        known = self._memory.get(word)
        if known is None:
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()
            known = self._memory[word] = self._look(word)
        return known

    def _look(self, word: str) -> Known:
        folded, find = plain(word), self.columns.get
        common = folded in COMMON
        cut = [] if common else sequences(folded)
        found = [find(name, -1) for name in cut]
        columns = [column for column in found if column >= 0]
        strange = len(found) - len(columns)
        whole = find(f"={folded}", -1)
        if whole >= 0:
            columns.append(whole)
        by_letters = any(column >= 0 and len(name) == LONGEST for name, column in zip(cut, found, strict=True))
        return Known(folded, tuple(columns), whole >= 0, strange, not common and (whole >= 0 or by_letters))

    def read(self, text: str) -> Read:
        """What is known of one text."""
        remembered, find = self._memory.get, self.columns.get
        found = words(text)
        known = [remembered(word) or self.look(word) for word in found]
        folded = [k.folded for k in known]
        pairs = [(n, c) for n, (a, b) in enumerate(pairwise(folded)) if (c := find(f"{a} {b}")) is not None]
        return Read(found, known, pairs, [*chain.from_iterable([k.columns for k in known]), *[column for _, column in pairs]])

    def count(self, texts: Sequence[str]) -> Counts:
        """The counts of every feature in every text."""
        read = [self.read(text) for text in texts]
        indices = list(chain.from_iterable([r.columns for r in read]))
        ends = [0, *accumulate([len(r.columns) for r in read])]
        matrix = csr_matrix(
            (np.ones(len(indices), dtype=np.float32), np.array(indices, dtype=np.int32), np.array(ends, dtype=np.int32)),
            shape=(len(texts), len(self.names)),
        )
        matrix.sum_duplicates()
        return Counts(matrix, np.array([r.strange_words for r in read]), np.array([r.strange_letters for r in read]))


def features_of(text: str) -> tuple[set[str], set[str]]:
    """The names of the features of a text: (words and pairs, letters)."""
    folded = [plain(word) for word in words(text)]
    of_words = {f"={word}" for word in folded} | {f"{a} {b}" for a, b in pairwise(folded)}
    return of_words, {name for word in set(folded) - COMMON for name in sequences(word)}


def learn_vocabulary(texts: Sequence[str], voices: Sequence[Hashable], *, at_most: int = 60_000) -> Vocabulary:
    """The features worth keeping, the most frequent first within each of the two blocks.

    ``voices`` says who wrote each text; None is the organisation itself, whose every feature counts. A feature that only one
    consumer has used is left out: it would be that person's name or address as likely as a word of the trade.
    """
    seen: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    shared: tuple[set[str], set[str]] = (set(), set())
    first: dict[str, Hashable] = {}
    for text, voice in zip(texts, voices, strict=True):
        for count, kept, names in zip(seen, shared, features_of(text), strict=True):
            count.update(names)
            if voice is None:
                kept.update(names)
            else:
                kept.update(name for name in names if first.setdefault(name, voice) != voice)
    blocks = [_most(count, kept, at_most // 2) for count, kept in zip(seen, shared, strict=True)]
    return Vocabulary([*blocks[0], *blocks[1]], len(blocks[0]))


def _most(count: Mapping[str, int], kept: set[str], at_most: int) -> list[str]:
    ranked = sorted(kept, key=lambda name: (-count[name], name))
    return sorted(ranked[:at_most])


def weigh(counts: Counts, idf: Any, strange: tuple[float, float], boundary: int) -> Matrix:
    """TF-IDF with a dampened count, each block of a text of length one; unknown features count towards the length only.

    So a text of which little is known scores little, and «I do not know» follows from the probability itself.
    """
    matrix = counts.matrix.copy()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    values = (1 + np.log(matrix.data)) * idf[matrix.indices]
    slots = rows * 2 + (matrix.indices >= boundary)
    squares = np.bincount(slots, weights=values * values, minlength=2 * matrix.shape[0]).astype(np.float64)
    squares[0::2] += counts.strange_words * strange[0] ** 2
    squares[1::2] += counts.strange_letters * strange[1] ** 2
    lengths = np.sqrt(np.maximum(squares, 1e-12))
    matrix.data = (values / lengths[slots]).astype(np.float32)
    return matrix


def weigh_one(read: Read, idf: Any, strange: tuple[float, float], boundary: int) -> tuple[Any, Any]:
    """The same of one text: (columns, weights). A sparse matrix of one row costs more than all else that a lone message needs."""
    columns, number = np.unique(np.array(read.columns, dtype=np.int32), return_counts=True)
    values = (1 + np.log(number)) * idf[columns]
    middle = int(np.searchsorted(columns, boundary))
    for block, unknown, weight in (
        (slice(None, middle), read.strange_words, strange[0]),
        (slice(middle, None), read.strange_letters, strange[1]),
    ):
        values[block] /= sqrt(max(float(values[block] @ values[block]) + unknown * weight**2, 1e-12))
    return columns, values


def inverse_frequency(matrix: Matrix) -> Any:
    """How rare each feature is among the texts: ln((1 + n) / (1 + with it)) + 1 (Spärck Jones 1972, smoothed)."""
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return (np.log((1 + matrix.shape[0]) / (1 + frequency)) + 1).astype(np.float32)
