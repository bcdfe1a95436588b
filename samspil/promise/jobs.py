"""What promise does by the clock; thin."""

from samspil.base.clock import now
from samspil.promise.actions import escalate as take_steps


def escalate() -> int:
    """Take all steps whose time has come; their number."""
    at, taken = now(), 0
    while some := take_steps(at=at):
        taken += some
    return taken
