"""What colleagues do with replies, and what the outbox does by itself."""

from samspil.reply.actions.approve import approve, send_back, take_back_yes
from samspil.reply.actions.automatic import offer_drafts
from samspil.reply.actions.change import cancel_change, change, change_again, tell_read
from samspil.reply.actions.changing import change_due, recover_stale_changes
from samspil.reply.actions.draft import attach, describe, detach, forget_draft, save_draft
from samspil.reply.actions.outbound import sent_again
from samspil.reply.actions.outbox import recover_stale, send_due
from samspil.reply.actions.policy import set_policy
from samspil.reply.actions.ready import bring_back, end_ready, keep_ready, make_canned
from samspil.reply.actions.record import Answered, record_answered
from samspil.reply.actions.template import Filled, fill, forget_templates, templates_for
from samspil.reply.actions.typing import tell_typing
from samspil.reply.actions.waiting import raise_waiting
from samspil.reply.actions.write import cancel, resend, rewrite, send_now, write

__all__ = [
    "Answered",
    "Filled",
    "approve",
    "attach",
    "bring_back",
    "cancel",
    "cancel_change",
    "change",
    "change_again",
    "change_due",
    "describe",
    "detach",
    "end_ready",
    "fill",
    "forget_draft",
    "forget_templates",
    "keep_ready",
    "make_canned",
    "offer_drafts",
    "raise_waiting",
    "record_answered",
    "recover_stale",
    "recover_stale_changes",
    "resend",
    "rewrite",
    "save_draft",
    "send_back",
    "send_due",
    "send_now",
    "sent_again",
    "set_policy",
    "take_back_yes",
    "tell_read",
    "tell_typing",
    "templates_for",
    "write",
]
