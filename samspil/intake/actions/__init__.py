"""What intake does: keep envelopes, understand them, connect accounts."""

from samspil.intake.actions.accounts import configure, connect, disconnect, note_trouble, note_well, pause, resume, signed_in
from samspil.intake.actions.fetch import fetch_due
from samspil.intake.actions.hold import hold
from samspil.intake.actions.hours import count_hours
from samspil.intake.actions.keep import keep, record_outgoing
from samspil.intake.actions.record import know_handles, record
from samspil.intake.actions.reread import Difference, reread
from samspil.intake.actions.understand import replay, understand_waiting

__all__ = [
    "Difference",
    "configure",
    "connect",
    "count_hours",
    "disconnect",
    "fetch_due",
    "hold",
    "keep",
    "know_handles",
    "note_trouble",
    "note_well",
    "pause",
    "record",
    "record_outgoing",
    "replay",
    "reread",
    "resume",
    "signed_in",
    "understand_waiting",
]
