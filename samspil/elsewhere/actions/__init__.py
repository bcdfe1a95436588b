"""What elsewhere does: plan and send notices, take what comes back, and let people decide what is uncertain."""

from samspil.elsewhere.actions.decide import drop, it_was_me, use_as_note
from samspil.elsewhere.actions.link import prove, send_code
from samspil.elsewhere.actions.plan import Wanted, plan, tell_trouble
from samspil.elsewhere.actions.prefer import prefer, prefer_account
from samspil.elsewhere.actions.remark import recover_remarks, remark_failed, say_remark
from samspil.elsewhere.actions.room import leave_room, mark_post, note_taken, plan_posts, recover_posts, send_post, set_room
from samspil.elsewhere.actions.seat import leave_seat, seat_of
from samspil.elsewhere.actions.send import recover_notices, send_notice
from samspil.elsewhere.actions.take import Came, fetch_answer, keep_arrivals, take_arrivals

__all__ = [
    "Came",
    "Wanted",
    "drop",
    "fetch_answer",
    "it_was_me",
    "keep_arrivals",
    "leave_room",
    "leave_seat",
    "mark_post",
    "note_taken",
    "plan",
    "plan_posts",
    "prefer",
    "prefer_account",
    "prove",
    "recover_notices",
    "recover_posts",
    "recover_remarks",
    "remark_failed",
    "say_remark",
    "seat_of",
    "send_code",
    "send_notice",
    "send_post",
    "set_room",
    "take_arrivals",
    "tell_trouble",
    "use_as_note",
]
