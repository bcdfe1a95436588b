"""What relationship does by the clock; thin."""

from samspil.base.clock import now
from samspil.relationship.actions import rebuild, rescale, walk_on
from samspil.relationship.queries.log import built


def keep_up() -> int:
    """Count all once, where that was never done, and look at the stages of those to whom something happened or nothing did; how many."""
    at = now()
    if not built():
        rebuild(at=at)
    rescale(at=at)
    number = 0
    while some := walk_on(at=at):
        number += some
    return number
