"""What handing over does: keeps up with who has what, gives away with a word, and notes what was read."""

from samspil.handover.actions.give import NothingChosen, give, hand_over, read
from samspil.handover.actions.record import follow_into, record

__all__ = ["NothingChosen", "follow_into", "give", "hand_over", "read", "record"]
