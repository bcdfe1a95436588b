"""What assist does: gathers and reads past answers, offers them, sends approved ones by itself, keeps what became of them."""

from samspil.assist.actions.arrange import NoAddress, arrange
from samspil.assist.actions.ask import Asking, Failed, NotForThis, ask, prepare, try_it
from samspil.assist.actions.auto_judge import TooLate, correct, hear_back, note_replies, refuse_for, settle_silence, stop
from samspil.assist.actions.auto_send import answer_due, consider
from samspil.assist.actions.auto_set import NotApprovable, NotReady, WrongSetting, approve, arrange_auto, go_back, withdraw
from samspil.assist.actions.auto_try import ask_trial, carry_trials, label_case
from samspil.assist.actions.gather import count_words, gather, review
from samspil.assist.actions.offer import Offered, let_go, note_shown, of_no_use, offer, put_in, settle, unsettle
from samspil.assist.actions.read import read_messages, read_pairs, read_ready

__all__ = [
    "Asking",
    "Failed",
    "NoAddress",
    "NotApprovable",
    "NotForThis",
    "NotReady",
    "Offered",
    "TooLate",
    "WrongSetting",
    "answer_due",
    "approve",
    "arrange",
    "arrange_auto",
    "ask",
    "ask_trial",
    "carry_trials",
    "consider",
    "correct",
    "count_words",
    "gather",
    "go_back",
    "hear_back",
    "label_case",
    "let_go",
    "note_replies",
    "note_shown",
    "of_no_use",
    "offer",
    "prepare",
    "put_in",
    "read_messages",
    "read_pairs",
    "read_ready",
    "refuse_for",
    "review",
    "settle",
    "settle_silence",
    "stop",
    "try_it",
    "unsettle",
    "withdraw",
]
