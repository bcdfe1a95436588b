"""What colleagues do with replies, and what the outbox does by itself."""

from samspil.reply.actions.change import cancel_change, change, change_again, tell_read
from samspil.reply.actions.changing import change_due, recover_stale_changes
from samspil.reply.actions.draft import attach, describe, detach, forget_draft, save_draft
from samspil.reply.actions.outbound import sent_again
from samspil.reply.actions.outbox import recover_stale, send_due
from samspil.reply.actions.record import Answered, record_answered
from samspil.reply.actions.template import Filled, fill, forget_templates, templates_for
from samspil.reply.actions.typing import tell_typing
from samspil.reply.actions.write import cancel, make_canned, resend, send_now, write

__all__ = [
    "Answered",
    "Filled",
    "attach",
    "cancel",
    "cancel_change",
    "change",
    "change_again",
    "change_due",
    "describe",
    "detach",
    "fill",
    "forget_draft",
    "forget_templates",
    "make_canned",
    "record_answered",
    "recover_stale",
    "recover_stale_changes",
    "resend",
    "save_draft",
    "send_due",
    "send_now",
    "sent_again",
    "tell_read",
    "tell_typing",
    "templates_for",
    "write",
]
