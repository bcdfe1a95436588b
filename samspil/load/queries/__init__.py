"""Questions about waiting: now, as it was, and ahead."""

from samspil.load.queries.ahead import Asked, Picture, picture
from samspil.load.queries.now import Expected, Line, Now, Pressing, expected, load_now
from samspil.load.queries.scope import Scope, scope
from samspil.load.queries.was import DIMENSIONS, Group, Was, waits_of

__all__ = [
    "DIMENSIONS",
    "Asked",
    "Expected",
    "Group",
    "Line",
    "Now",
    "Picture",
    "Pressing",
    "Scope",
    "Was",
    "expected",
    "load_now",
    "picture",
    "scope",
    "waits_of",
]
