"""What colleagues do with a question to each other."""

from samspil.aside.actions.ask import (
    AnsweredAlready,
    NobodyAsked,
    NobodyCan,
    NothingAsked,
    Share,
    TooMuch,
    ask,
    withdraw,
)
from samspil.aside.actions.close import Closed, NotClosed, OutOfRange, close, reopen, set_manner
from samspil.aside.actions.escalate import ask_next
from samspil.aside.actions.follow import follow_into, follow_shared
from samspil.aside.actions.say import TooOld, edit, say, see, see_those_of
from samspil.aside.actions.turn import NotAsked, NothingToUndo, NotToThem, decline, pass_on, take_over, undo

__all__ = [
    "AnsweredAlready",
    "Closed",
    "NobodyAsked",
    "NobodyCan",
    "NotAsked",
    "NotClosed",
    "NotToThem",
    "NothingAsked",
    "NothingToUndo",
    "OutOfRange",
    "Share",
    "TooMuch",
    "TooOld",
    "ask",
    "ask_next",
    "close",
    "decline",
    "edit",
    "follow_into",
    "follow_shared",
    "pass_on",
    "reopen",
    "say",
    "see",
    "see_those_of",
    "set_manner",
    "take_over",
    "undo",
    "withdraw",
]
