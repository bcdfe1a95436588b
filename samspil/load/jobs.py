"""What load does by the clock; thin."""

from datetime import timedelta

from samspil.base.clock import now
from samspil.load.actions import count_all, count_since

LATELY = timedelta(days=14)
"""Conversations older than this are counted anew at night only."""


def count() -> int:
    """Count the last days anew."""
    at = now()
    return count_since(since=at - LATELY, at=at)


def count_everything() -> int:
    """Count all that is kept anew."""
    return count_all(at=now())
