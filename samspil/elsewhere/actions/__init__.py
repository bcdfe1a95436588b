"""What elsewhere does: plan and send notices, take what comes back, and let people decide what is uncertain."""

from samspil.elsewhere.actions.decide import drop, it_was_me, use_as_note
from samspil.elsewhere.actions.link import prove, send_code
from samspil.elsewhere.actions.plan import Wanted, plan, tell_trouble
from samspil.elsewhere.actions.prefer import prefer, prefer_account
from samspil.elsewhere.actions.seat import leave_seat, seat_of
from samspil.elsewhere.actions.send import recover_notices, send_notice
from samspil.elsewhere.actions.take import Came, keep_arrivals, take_arrivals

__all__ = [
    "Came",
    "Wanted",
    "drop",
    "it_was_me",
    "keep_arrivals",
    "leave_seat",
    "plan",
    "prefer",
    "prefer_account",
    "prove",
    "recover_notices",
    "seat_of",
    "send_code",
    "send_notice",
    "take_arrivals",
    "tell_trouble",
    "use_as_note",
]
