"""What colleagues do with checklists."""

from samspil.checklist.actions.arrange import LeadsNowhere, NoName, NoSteps, Wanted, bring_back, end, keep
from samspil.checklist.actions.begin import Begin, NothingWritten, TooMany, add, begin, begin_many
from samspil.checklist.actions.follow import follow_about, follow_into
from samspil.checklist.actions.go import (
    CannotSee,
    NotFree,
    NotOpen,
    NoWord,
    give,
    move,
    remove,
    restore,
    skip,
    tick,
    untick,
)

__all__ = [
    "Begin",
    "CannotSee",
    "LeadsNowhere",
    "NoName",
    "NoSteps",
    "NoWord",
    "NotFree",
    "NotOpen",
    "NothingWritten",
    "TooMany",
    "Wanted",
    "add",
    "begin",
    "begin_many",
    "bring_back",
    "end",
    "follow_about",
    "follow_into",
    "give",
    "keep",
    "move",
    "remove",
    "restore",
    "skip",
    "tick",
    "untick",
]
