"""Questions about promises: what is promised, when conversations are due and why, what follows."""

from samspil.promise.queries.dues import courses, dues, is_reckoning, levels, next_due, promised, promises_of, reckoned
from samspil.promise.queries.explain import Explained, explained
from samspil.promise.queries.history import Change, course_that_holds, escalation_of, history
from samspil.promise.queries.listing import FIRST, due_term, priority_term

__all__ = [
    "FIRST",
    "Change",
    "Explained",
    "course_that_holds",
    "courses",
    "due_term",
    "dues",
    "escalation_of",
    "explained",
    "history",
    "is_reckoning",
    "levels",
    "next_due",
    "priority_term",
    "promised",
    "promises_of",
    "reckoned",
]
