"""What assist does: gathers and reads past answers, offers them, keeps what became of them."""

from samspil.assist.actions.arrange import NoAddress, arrange
from samspil.assist.actions.ask import Asking, Failed, NotForThis, ask, prepare, try_it
from samspil.assist.actions.gather import count_words, gather, review
from samspil.assist.actions.offer import Offered, let_go, note_shown, of_no_use, offer, put_in, settle, unsettle
from samspil.assist.actions.read import read_messages, read_pairs, read_ready

__all__ = [
    "Asking",
    "Failed",
    "NoAddress",
    "NotForThis",
    "Offered",
    "arrange",
    "ask",
    "count_words",
    "gather",
    "let_go",
    "note_shown",
    "of_no_use",
    "offer",
    "prepare",
    "put_in",
    "read_messages",
    "read_pairs",
    "read_ready",
    "review",
    "settle",
    "try_it",
    "unsettle",
]
