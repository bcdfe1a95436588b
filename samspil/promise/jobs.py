"""What promise does by the clock; thin."""

from collections.abc import Callable

from samspil.base.clock import now
from samspil.promise.actions import escalate as take_steps
from samspil.promise.actions import reckon_on


def escalate() -> int:
    """Take all steps whose time has come; their number."""
    at, taken = now(), 0
    while some := take_steps(at=at):
        taken += some
    return taken


def carry_on(stop: Callable[[], bool] = lambda: False) -> int:
    """Reckon what was asked to be reckoned anew, batch by batch, until it is done or ``stop`` says so; the number of batches."""
    batches = 0
    while not stop() and reckon_on(at=now()):
        batches += 1
    return batches
