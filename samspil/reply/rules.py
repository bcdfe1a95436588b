"""Pure decisions of reply: which state may follow which, when to try again, what the subject is."""

import re
import unicodedata
from datetime import timedelta

ORDER = {"queued": 0, "sending": 1, "uncertain": 2, "accepted": 3, "delivered": 4, "read": 5}
"""A report never takes a reply back: what was read was delivered."""
STALE = timedelta(minutes=3)
"""A reply that has been sending for so long was taken by a process that died; sending itself gives up after a minute."""

_MARK = re.compile(r"^\s*(re|sv|vs|aw)\s*:", re.IGNORECASE)


def follows(state: str, reported: str) -> bool:
    """Whether a report moves a reply on. A failure counts until the reply was delivered; everything else only forwards."""
    if state in ("cancelled", "failed"):
        return False
    if reported == "failed":
        return ORDER[state] < ORDER["delivered"]
    return ORDER[reported] > ORDER[state]


def answer_subject(subject: str, language: str = "da") -> str:
    """The subject of an answer: marked once, in the conversation's language."""
    if not subject or _MARK.match(subject):
        return subject
    return f"{'Re' if language == 'en' else 'Sv'}: {subject}"


_TAGS = range(0xE0020, 0xE0080)
"""Of which the flags of Scotland, England and Wales are made."""
LONGEST_SIGN = 16
"""Characters of one emoji: families and flags are made of many."""


def is_sign(text: str) -> bool:
    """Whether it can be given as a reaction: a sign, and no words, control or space."""
    return (
        0 < len(text) <= LONGEST_SIGN
        and all(unicodedata.category(c)[0] in "SM" or c in "\u200d#*" or c.isdigit() or ord(c) in _TAGS for c in text)
        and any(unicodedata.category(c)[0] == "S" or c == "\u20e3" for c in text)
    )
