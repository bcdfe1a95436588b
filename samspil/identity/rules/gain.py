"""What knowing an answer is expected to bring: the order of the worklist."""

from dataclasses import dataclass
from math import isfinite, log2

HALF_LIFE = 90.0
"""Days after which what was between us counts half as much: who has not written for a year is seldom being answered now."""
LEAST = 0.1
"""What an answer is worth where almost nothing hangs on it: the model learns from it all the same."""
FLOOR = 0.25
"""What is old keeps this part of its weight: a history stays a history."""
AN_OPEN_CONVERSATION = 2.0
"""Bits; like four times as many interactions. Somebody is waiting now, and a colleague would read both sides."""
HALF = 8.0
"""Bits at which half of the weight is reached: 255 interactions, or 15 with two open conversations."""
MOST = log2(3)
"""The greatest value of p + H(p), at p = 2/3."""


@dataclass(frozen=True, slots=True)
class Hangs:
    """What hangs on the two sides together: interactions, open conversations, and days since the newest of them."""

    interactions: int = 0
    open: int = 0
    days: float = 0.0


def entropy(p: float) -> float:
    """How uncertain a yes or no is, in bits: 1 at one half, 0 at 0 and 1."""
    return -sum(x * log2(x) for x in (p, 1 - p) if x > 0)


def worth(probability: float) -> float:
    """What the answer brings by itself, 0 to 1: (p + H(p)) / log2 3.

    p is how many persons one more question makes whole, on average; H(p) is what the answer teaches, in bits, which is
    uncertainty sampling (Lewis and Gale 1994). A likely yes is worth more than an equally uncertain no; most is a pair at two thirds.
    What is nearly proved (p = 1) keeps 0.63 of it, what is nearly refuted keeps nothing.
    """
    p = min(max(probability, 0.0), 1.0) if isfinite(probability) else 0.0
    return (p + entropy(p)) / MOST


def stake(hangs: Hangs) -> float:
    """How much depends on the answer, LEAST to 1: more with more interactions and open conversations, and the fresher they are."""
    amount = log2(1 + max(hangs.interactions, 0)) + AN_OPEN_CONVERSATION * max(hangs.open, 0)
    fresh = FLOOR + (1 - FLOOR) * 2 ** (-max(hangs.days, 0.0) / HALF_LIFE)
    return LEAST + (1 - LEAST) * amount / (amount + HALF) * fresh


def gain(probability: float, hangs: Hangs) -> float:
    """The expected gain of knowing whether two handles are one person, 0 to 1. Source and reason: see worth and stake."""
    return worth(probability) * stake(hangs)
