"""What became of a text that was put in: sent as it was, edited, or thrown away. Pure."""

from collections.abc import Sequence
from statistics import median

from rapidfuzz.distance import Levenshtein

AS_IT_IS = 0.02
"""Up to so much changed, it was sent as it was: a comma, a space."""
THROWN = 0.75
"""From so much changed on nothing of it is left: two unrelated texts of one language lie about so far apart."""
LONGEST = 4_000


def distance(put_in: str, sent: str) -> float:
    """How much was changed, 0-1: Levenshtein's distance through the longer one's length, spaces folded."""
    one, other = (" ".join(text.split())[:LONGEST] for text in (put_in, sent))
    return float(Levenshtein.normalized_distance(one, other))


def outcome(changed: float) -> str:
    """«sent», «edited» or «thrown»."""
    if changed <= AS_IT_IS:
        return "sent"
    return "edited" if changed < THROWN else "thrown"


def middle(values: Sequence[float]) -> float | None:
    """The median; None of none."""
    return median(values) if values else None
