"""What pulse does: ask, hear, and set when one asks."""

from samspil.pulse.actions.arrange import WrongTime, arrange
from samspil.pulse.actions.ask import ask_due
from samspil.pulse.actions.say import Closed, say

__all__ = ["Closed", "WrongTime", "arrange", "ask_due", "say"]
