"""What can be done about who is who: every step a row with who and why, and every step can be undone."""

from samspil.identity.actions.join import (
    AlreadyUndone,
    LastHandle,
    SamePerson,
    Taken,
    merge,
    merge_by_evidence,
    rename,
    take_apart,
    take_in_consumers,
    undo_merge,
)

__all__ = [
    "AlreadyUndone",
    "LastHandle",
    "SamePerson",
    "Taken",
    "merge",
    "merge_by_evidence",
    "rename",
    "take_apart",
    "take_in_consumers",
    "undo_merge",
]
