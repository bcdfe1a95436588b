"""What can be done about who is who: every step a row with who and why, and every step can be undone."""

from samspil.identity.actions.decide import (
    AlreadyUndone,
    LastHandle,
    NotTheirs,
    SamePerson,
    merge,
    merge_by_evidence,
    merge_by_match,
    move,
    set_free,
    split,
    take_apart,
    undo,
)
from samspil.identity.actions.take_in import Taken, rename, take_in_consumers
from samspil.identity.actions.veto import keep_apart, lift

__all__ = [
    "AlreadyUndone",
    "LastHandle",
    "NotTheirs",
    "SamePerson",
    "Taken",
    "keep_apart",
    "lift",
    "merge",
    "merge_by_evidence",
    "merge_by_match",
    "move",
    "rename",
    "set_free",
    "split",
    "take_apart",
    "take_in_consumers",
    "undo",
]
