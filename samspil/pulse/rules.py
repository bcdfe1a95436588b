"""What counts as an answer to «how does it feel now», who may be asked, and how sure a share is. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from samspil.base.shares import wilson

SIGNS = {1: "😞", 2: "🙁", 3: "😐", 4: "🙂", 5: "😀"}
"""The five that are offered, by score: 1 is bad, 5 is good."""
_OTHERS = {
    1: "😢😭😠😡🤬💔☹😤",
    2: "👎😕😟😒🙄😔",
    3: "😑🤷😶",
    4: "👍🙏👌☺😊",
    5: "❤😍🥰😄😁🤩🎉😃💯💚💛💙🧡💜♥",
}
_SCORES = {sign: score for score, signs in _OTHERS.items() for sign in signs} | {sign: score for score, sign in SIGNS.items()}
GOOD = 4
"""A score from which the relation feels good."""
LONGEST = 400
"""Letters of a message that is read as an answer; a longer one is a message like any other."""
NIGHT = (8, 20)
"""Hours of the organisation's day in which somebody is asked."""
_NUMBER = re.compile(r"([1-5])(?:\s*(?:/|af|of|ud af|out of)\s*5)?(?![\d:.,]*\d)[.!]?(?:[\s,;:–-]+|$)", re.IGNORECASE)
_DRESS = "\ufe0f\ufe0e\u200d\u2640\u2642"
"""What changes how an emoji looks and not what it says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A score from 1 to 5, and what was written beside it."""

    score: int
    words: str = ""


def answer_of(text: str) -> Answer | None:
    """The answer that a message is: a number from 1 to 5 or a sign, alone or before words; None for any other message."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        return None
    first = said[0]
    if first in _SCORES:
        return Answer(_SCORES[first], _after_signs(said))
    keycap = re.match(r"([1-5])\ufe0f?\u20e3\s*", said)
    if keycap:
        return Answer(int(keycap[1]), said[keycap.end() :].strip())
    found = _NUMBER.match(said)
    if found is None:
        return None
    words = said[found.end() :].strip()
    # «2 cykler er kommet» counts bicycles: a number before words is an answer only where something parts the two.
    parted = said[found.end(1) : found.end()].strip(" \t") != ""
    return Answer(int(found[1]), words) if not words or parted else None


def score_of_sign(sign: str) -> int | None:
    """The score of an emoji given to the question; None where it says nothing of how one feels."""
    bare = "".join(c for c in sign if c not in _DRESS and unicodedata.category(c) != "Sk")
    return _SCORES.get(bare[:1]) if bare else None


def _after_signs(text: str) -> str:
    place = 0
    while place < len(text) and (text[place] in _SCORES or text[place] in _DRESS or unicodedata.category(text[place]) == "Sk"):
        place += 1
    return text[place:].lstrip(" \t\n.,!;:–-").strip()


def may_ask_at(local_hour: int) -> bool:
    """Whether one asks at this hour of the organisation's day: nobody's phone rings at night for it."""
    return NIGHT[0] <= local_hour < NIGHT[1]


def is_asked_again(last: datetime | None, at: datetime, days: int) -> bool:
    """Whether a person who was asked at ``last`` may be asked again."""
    return last is None or at - last >= timedelta(days=days)


def interval(good: int, of: int, z: float = 1.645) -> tuple[float, float]:
    """The interval of the share that feels good, 90 % by default."""
    return wilson(good, of, z=z)
