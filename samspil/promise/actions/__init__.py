"""What one promises, when it is due, and what happens when it is not kept."""

from samspil.promise.actions.arrange import BadPromise, promise, promise_again, take_promise_back
from samspil.promise.actions.course import BadCourse, escalate_so, take_course_back
from samspil.promise.actions.escalate import escalate, let_pass
from samspil.promise.actions.prioritise import Prioritised, UnknownPriority, prioritise, put_priority_back
from samspil.promise.actions.reckon import ask_to_reckon, reckon, reckon_on, reckon_open

__all__ = [
    "BadCourse",
    "BadPromise",
    "Prioritised",
    "UnknownPriority",
    "ask_to_reckon",
    "escalate",
    "escalate_so",
    "let_pass",
    "prioritise",
    "promise",
    "promise_again",
    "put_priority_back",
    "reckon",
    "reckon_on",
    "reckon_open",
    "take_course_back",
    "take_promise_back",
]
