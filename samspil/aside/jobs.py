"""What asides do by the clock; thin."""

from samspil.aside.actions import ask_next
from samspil.base.clock import now


def ask_on() -> int:
    """Ask the next ones wherever it is time; how many times. What is asked now is due again only later, so this ends."""
    at, times = now(), 0
    while ask_next(at=at):
        times += 1
    return times
