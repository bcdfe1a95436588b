"""What colleagues, and Samspil itself, do with conversations."""

from samspil.conversation.actions.assign import Assignment, assign, assign_many
from samspil.conversation.actions.automatic import RuleDeed, Where, carry_out
from samspil.conversation.actions.furnish import Past, furnish
from samspil.conversation.actions.hand import Place, hand
from samspil.conversation.actions.join import absorb_by_reference, merge, place_beside, place_outgoing, split, take_new
from samspil.conversation.actions.keep import forget_filter, label, make_label, save_filter, see_notifications, unlabel
from samspil.conversation.actions.note import edit_note, note
from samspil.conversation.actions.notify import notify
from samspil.conversation.actions.state import (
    Hindered,
    finish,
    keep_deed,
    mark_read,
    mark_unread,
    reopen,
    settle,
    snooze,
    tell,
    undo,
    wait_since,
    wake_due,
)

__all__ = [
    "Assignment",
    "Hindered",
    "Past",
    "Place",
    "RuleDeed",
    "Where",
    "absorb_by_reference",
    "assign",
    "assign_many",
    "carry_out",
    "edit_note",
    "finish",
    "forget_filter",
    "furnish",
    "hand",
    "keep_deed",
    "label",
    "make_label",
    "mark_read",
    "mark_unread",
    "merge",
    "note",
    "notify",
    "place_beside",
    "place_outgoing",
    "reopen",
    "save_filter",
    "see_notifications",
    "settle",
    "snooze",
    "split",
    "take_new",
    "tell",
    "undo",
    "unlabel",
    "wait_since",
    "wake_due",
]
