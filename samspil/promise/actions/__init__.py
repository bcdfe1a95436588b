"""What one promises, when it is due, and what happens when it is not kept."""

from samspil.promise.actions.arrange import BadPromise, promise, take_promise_back
from samspil.promise.actions.escalate import escalate, let_pass
from samspil.promise.actions.prioritise import UnknownPriority, prioritise
from samspil.promise.actions.reckon import reckon, reckon_open

__all__ = [
    "BadPromise",
    "UnknownPriority",
    "escalate",
    "let_pass",
    "prioritise",
    "promise",
    "reckon",
    "reckon_open",
    "take_promise_back",
]
