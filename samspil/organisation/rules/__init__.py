"""Pure decisions of the organisation: what evidence says of a level, and what hangs below what."""

from samspil.organisation.rules.tree import above, below, in_a_circle, walk
from samspil.organisation.rules.weigh import HALF_LIFE, Piece, Weighed, fades_below, proposed, weigh

__all__ = [
    "HALF_LIFE",
    "Piece",
    "Weighed",
    "above",
    "below",
    "fades_below",
    "in_a_circle",
    "proposed",
    "walk",
    "weigh",
]
