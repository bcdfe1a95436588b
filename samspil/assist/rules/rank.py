"""Which of the found come first, and how likely each helps. Pure.

Two lists, by words and by meaning, are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). How likely the best of
them helps is told by a logistic curve over how near it lies and how much of what was asked it shares, measured on held-out questions
(``bench/assist.py``), and then drawn towards what colleagues have done with it: a Beta prior of that mean, and their uses.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import TypeVar

K = 60
"""Of reciprocal rank fusion, as in the paper."""
LENGTH, SATURATION = 0.75, 1.2
"""BM25's b and k1 (Robertson and Zaragoza, 2009)."""
FEW = 500
CURVES = {"en": (-6.8, 9.3, 0.0), "": (-6.5, 8.0, 2.5)}
"""Of the logistic curve, by language ("" for all others): constant, weight of the cosine, weight of the share of words.

Where a third of what is asked has no answer in the house; the words add nothing to a meaning that is understood. Of other languages the
model makes less: xSID's short Danish orders fit (-2.8, 4.0, 1.75), by which unrelated letters of several lines, that lie at .5 to .66, would be
offered. So it is steeper: fewer are offered, and those are right more often."""
WORDS_CURVES = {"en": (-1.75, 3.1), "": (-0.85, 3.6)}
"""The same where no meaning is read: constant, weight of the share of words."""
ANSWERS = 0.8
"""So much less (in logits) a ready text is believed: it says what is answered, not what was asked. By hand, not measured."""
SHOWN, SURE = 0.35, 0.75
"""From which probability on one is offered when asked for, and shown without being asked for."""
PRIOR = 8.0
"""As many uses as the curve is worth: what colleagues do with a text counts more only after about so many."""
MOST = 3
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for one candidate: cosine to the message (None: not read), share of its words (0-1), how it fared: shown, used.

    ``language`` is the message's: the model of meaning knows English, and finds everything alike in what it does not know.
    """

    cosine: float | None
    share: float
    language: str = "en"
    shown: int = 0
    used: int = 0
    ready: bool = False
    """It is a ready text."""


def fused(*lists: Sequence[T]) -> dict[T, float]:
    """The score of each by its places in the lists: the sum of 1 / (60 + place), the first place being 1."""
    scores: dict[T, float] = {}
    for found in lists:
        for place, one in enumerate(dict.fromkeys(found), start=1):
            scores[one] = scores.get(one, 0.0) + 1.0 / (K + place)
    return scores


def weight(df: int, total: int) -> float:
    """How much a word tells that ``df`` of ``total`` hold: BM25's idf, never negative. A small log is taken for FEW: it tells little of words."""
    return log(1.0 + (max(total, df, FEW) - df + 0.5) / (df + 0.5))


def rare(frequencies: Mapping[str, int], total: int, *, visits: int = 20_000, most: int = 16) -> dict[str, float]:
    """The words to look for with their weights: the rarest first, until so many rows would be visited. One at least.

    So the time is bounded however large the log grows and however common the words are.
    """
    chosen: dict[str, float] = {}
    seen = 0
    for word, df in sorted(frequencies.items(), key=lambda item: (item[1], item[0])):
        if chosen and (seen + df > visits or len(chosen) >= most):
            break
        chosen[word] = weight(df, total)
        seen += df
    return chosen


def probability(evidence: Evidence) -> float:
    """How likely it helps, 0-1: the curve, and what colleagues have done with it."""
    language = evidence.language if evidence.language in CURVES else ""
    if evidence.cosine is None:
        constant, shared = WORDS_CURVES[language]
        score = constant + shared * evidence.share
    else:
        constant, near, shared = CURVES[language]
        score = constant + near * evidence.cosine + shared * evidence.share
    score -= ANSWERS * evidence.ready
    return learned(1.0 / (1.0 + exp(-score)), evidence.shown, evidence.used)


def learned(prior: float, shown: int, used: int) -> float:
    """The mean of Beta(PRIOR * prior, PRIOR * (1 - prior)) after ``used`` of ``shown`` helped. Modest: it never reaches 0 or 1."""
    return (PRIOR * prior + min(used, shown)) / (PRIOR + max(shown, 0))


def likeness(one: str, other: str) -> float:
    """The share of words that two texts have in common (Jaccard): near 1, they say the same."""
    left, right = set(one.lower().split()), set(other.lower().split())
    return len(left & right) / len(left | right) if left | right else 1.0


SAME = 0.7


def apart(texts: Sequence[str], most: int = MOST) -> list[int]:
    """The places of the first ones that do not say what an earlier one says."""
    kept: list[int] = []
    for place, text in enumerate(texts):
        if len(kept) < most and all(likeness(text, texts[other]) < SAME for other in kept):
            kept.append(place)
    return kept
