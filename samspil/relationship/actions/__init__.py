"""What can be done with relationships."""

from samspil.relationship.actions.arrange import NotAHalfLife, rescale, set_half_life
from samspil.relationship.actions.count import count, feel, mark, rebuild, recount
from samspil.relationship.actions.walk import walk_on

__all__ = ["NotAHalfLife", "count", "feel", "mark", "rebuild", "recount", "rescale", "set_half_life", "walk_on"]
