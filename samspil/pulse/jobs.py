"""What pulse does by the clock; thin."""

from samspil.base.clock import now
from samspil.pulse.actions import ask_due


def ask() -> int:
    """Ask who is due; the number asked."""
    return ask_due(at=now())
