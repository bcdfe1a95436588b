"""How likely an approved answer is the right one, told from what the house has answered before. Pure.

For each answer the past questions that were answered so are its examples. Four numbers speak for it: how near the nearest example lies by
meaning and by letters, how near the nearest question that was answered otherwise lies, and how near the answer's own words. A logistic
regression over them is Platt's calibration (1999) with more than one score. It learns from the earlier part of the history alone; what it
is worth is counted on the later part, which it has not seen.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from samspil.assist.rules.auto import THRESHOLDS
from samspil.assist.rules.rank import likeness
from samspil.base.shares import calibration_error, exact

LEAST = 200
"""Past first messages with an answer of a colleague; below so few nothing is believed."""
EARLIER = 0.6
"""The share of them, the oldest first, that is learned from."""
ALIKE, CONTAINED = 0.6, 0.85
"""From such a share of words in common, or of the answer's words in what a colleague wrote, on the two say the same."""
FEATURES = 4
_PLACES = re.compile(r"\{[^{}\n]{1,80}\}|•••|[^\w\s]")


def plain(text: str) -> str:
    """The words that count when two answers are compared: no places, no punctuation."""
    return " ".join(_PLACES.sub(" ", text).lower().split())


def resembles(answer: str, truly: str) -> bool:
    """Whether a colleague's answer says what the approved one says: nearly the same words, or all of them and more."""
    one, other = plain(answer), plain(truly)
    mine, theirs = set(one.split()), set(other.split())
    if not mine or not theirs:
        return False
    return likeness(one, other) >= ALIKE or len(mine & theirs) / len(mine) >= CONTAINED


@dataclass(frozen=True, slots=True)
class Book:
    """Past questions of a unit, the oldest first: ``meant`` (questions x 384) and ``letters`` (sparse) are rows of length one.

    ``answers`` is (questions x answers): whether the question was answered so. ``own`` (answers x 384) is what the answers' own words mean,
    rows of zeros where nobody read them.
    """

    meant: Any
    letters: Any
    answers: Any
    own: Any


def letters_of(texts: Sequence[str]) -> Any:
    """Rows of letter sequences within words, of length one. Needs nothing learned, so a stored book and a new message agree."""
    from sklearn.feature_extraction.text import HashingVectorizer

    made = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), n_features=2**18, alternate_sign=False, norm="l2", lowercase=True
    )
    return made.transform(list(texts))


def evidence(book: Book, meaning: Any, letters: Any, before: int | None = None) -> Any:
    """Of one message: (answers x FEATURES), what speaks for each. ``before``: only so many of the oldest questions are known yet."""
    known = slice(0, before)
    answered = book.answers[known]
    count = answered.shape[1]
    found = np.zeros((count, FEATURES), dtype=np.float64)
    if len(answered):
        near = book.meant[known] @ meaning
        shared = np.asarray((book.letters[known] @ letters.T).todense()).ravel()
        for place in range(count):
            mine = answered[:, place]
            found[place, 0] = near[mine].max(initial=0.0)
            found[place, 1] = shared[mine].max(initial=0.0)
            found[place, 2] = near[~mine].max(initial=0.0)
    found[:, 3] = book.own @ meaning
    return found


def best(found: Any, among: Collection[int]) -> int | None:
    """The answer for which most speaks, of those that come into question; the first of equals."""
    order = sorted(among, key=lambda place: (-(found[place, 0] + found[place, 1] + 0.5 * found[place, 3]), place))
    return order[0] if order else None


@dataclass(frozen=True, slots=True)
class Curve:
    """The logistic curve: a constant and a weight for each of FEATURES."""

    constant: float
    weights: tuple[float, ...]

    def likely(self, features: Any) -> float:
        """The probability, 0-1."""
        score = self.constant + float(np.dot(self.weights, features))
        return float(1.0 / (1.0 + np.exp(-np.clip(score, -30, 30))))


def learn(features: Any, right: Sequence[bool]) -> Curve | None:
    """The curve of the earlier part; None where it saw only right or only wrong ones, of which nothing can be learned."""
    from sklearn.linear_model import LogisticRegression

    if len(set(map(bool, right))) < 2:  # noqa: PLR2004 - both kinds
        return None
    fit = LogisticRegression(C=10.0, max_iter=1_000).fit(features, list(right))
    return Curve(float(fit.intercept_[0]), tuple(float(w) for w in fit.coef_[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a threshold is worth on the later part: ``answered`` of ``of`` messages, ``right`` of those, with the 95 % interval."""

    threshold: float
    of: int
    answered: int
    right: int
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether one can be sure that at least so many are right as the threshold says."""
        return self.answered > 0 and self.low >= self.threshold

    @property
    def missing(self) -> int:
        """About how many more answered messages, as good as those so far, would make one sure; -1 where no number would."""
        return 0 if self.holds else _missing(self)

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {name: getattr(self, name) for name in ("threshold", "of", "answered", "right", "low", "high")}


MOST_MISSING = 20_000


def _missing(step: Step) -> int:
    share = step.right / step.answered if step.answered else 1.0
    if share <= step.threshold:
        return -1
    more = 1
    while more <= MOST_MISSING:
        of = step.answered + more
        if exact(round(share * of), of)[0] >= step.threshold:
            return more
        more = more + max(1, more // 10)
    return -1


def steps(likely: Sequence[float], right: Sequence[bool], *, of: int | None = None) -> list[Step]:
    """The table of all thresholds, over the messages of the later part. ``of``: how many there were with those that are never answered."""
    made = []
    for threshold in THRESHOLDS:
        chosen = [ok for one, ok in zip(likely, right, strict=True) if one >= threshold]
        low, high = exact(sum(chosen), len(chosen))
        made.append(
            Step(
                threshold=threshold,
                of=len(right) if of is None else of,
                answered=len(chosen),
                right=sum(chosen),
                low=low,
                high=high,
            )
        )
    return made


def error_of(likely: Sequence[float], right: Sequence[bool]) -> float:
    """The expected calibration error on the later part, ten bins."""
    return calibration_error(np.array(likely, dtype=float), np.array(right, dtype=bool))


def earlier(count: int) -> int:
    """How many of so many are learned from."""
    return int(count * EARLIER)


def step_at(table: Sequence[Mapping[str, Any]], threshold: float) -> Step | None:
    """The row of a kept table at a threshold."""
    row = next((one for one in table if abs(float(one["threshold"]) - threshold) < 1e-9), None)  # noqa: PLR2004 - the same number
    return Step(**row) if row is not None else None


CANNOT = ("no_answers", "no_trial", "old_trial", "other_answers", "few", "below", "no_line", "no_person")


def cannot(*, answers: int, finished: bool, old: bool, same: bool, pairs: int, step: Step | None) -> str:
    """Why it cannot be switched on: the first of CANNOT; "" where it can."""
    checks = (
        ("no_answers", answers == 0),
        ("no_trial", not finished),
        ("old_trial", old),
        ("other_answers", not same),
        ("few", pairs < LEAST),
        ("below", step is None or not step.holds),
    )
    return next((code for code, holds in checks if holds), "")
