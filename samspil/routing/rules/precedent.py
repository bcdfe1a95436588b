"""What colleagues have set by hand of late is a precedent for a message that says nearly the same. Pure.

The classifier keeps no word that only one consumer has used, so one conversation teaches it little; and it is not trained anew for each. A
precedent holds at once, is read from the conversation itself, and goes with it when the person is forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from uuid import UUID

from samspil.routing.rules.common import COMMON
from samspil.routing.rules.text import plain, words

LEAST = 0.6
"""Cosine of the two sets of stems (Ochiai 1957) from which one is a precedent for the other."""
SHARED = 3
"""Stems that they share at least: «Hej, hvad koster det» is no precedent for anything."""
STEM = 5
"""Letters of a word that are compared: «trompet» and «trompeten» are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A conversation of which somebody has said what it was about: its first words, the competence, who said it."""

    conversation: UUID
    competence: UUID
    text: str
    by: str = ""


def stems(text: str) -> frozenset[str]:
    """The beginnings of the words that say something."""
    folded = (plain(word) for word in words(text))
    return frozenset(word[:STEM] for word in folded if len(word) > 2 and word not in COMMON)  # noqa: PLR2004 - de, at, og


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How alike two texts are by their stems, 0 to 1; 0 where they share too few to say."""
    shared = len(one & other)
    return shared / sqrt(len(one) * len(other)) if shared >= SHARED else 0.0


def precedent(text: str, known: Sequence[Precedent]) -> tuple[Precedent, float] | None:
    """The likest of them, the newest of equals (they come newest first); None where none is like enough, or two likest disagree."""
    own = stems(text)
    if len(own) < SHARED:
        return None
    like = [(likeness(own, stems(one.text)), -place, one) for place, one in enumerate(known)]
    close = sorted((row for row in like if row[0] >= LEAST), key=lambda row: (-row[0], -row[1]))
    if not close or any(row[2].competence != close[0][2].competence for row in close[1:] if row[0] >= close[0][0]):
        return None
    return close[0][2], close[0][0]
