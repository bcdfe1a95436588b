"""Pure decisions of reply: which state may follow which, when to try again, what the subject is."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta

ORDER = {"queued": 0, "sending": 1, "uncertain": 2, "accepted": 3, "delivered": 4, "read": 5}
"""A report never takes a reply back: what was read was delivered."""
STALE = timedelta(minutes=3)
"""A reply that has been sending for so long was taken by a process that died; sending itself gives up after a minute."""

BY_ITSELF = "by-itself"
"""The log's mark of an answer of ours that nobody wrote."""

_MARK = re.compile(r"^\s*(re|sv|vs|aw)\s*:", re.IGNORECASE)


def follows(state: str, reported: str) -> bool:
    """Whether a report moves a reply on. A failure counts until the reply was delivered; everything else only forwards.

    Nothing is reported of what has not left: of what waits for a yes no report is believed.
    """
    if state in ("cancelled", "failed", "awaits_yes"):
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


VARIABLES: Mapping[str, tuple[str, str]] = {
    "first_name": ("fornavn", "first name"),
    "name": ("navn", "name"),
    "my_first_name": ("mit fornavn", "my first name"),
    "my_name": ("mit navn", "my name"),
    "my_title": ("min titel", "my title"),
    "unit": ("enhed", "unit"),
    "organisation": ("organisation", "organisation"),
    "subject": ("emne", "subject"),
    "date": ("dato", "date"),
}
"""What can be filled into a ready text: of each its Danish and its English name, as they are written in braces."""
_KEYS = {name: key for key, names in VARIABLES.items() for name in names}
_PLACE = re.compile(r"( ?)\{ *([^{}|\n]{1,40}?) *(?:\| *([^{}\n]{0,80}?) *)?\}")


def unknown_variables(text: str) -> list[str]:
    """Names in braces that nothing is known under, in the order in which they stand."""
    return [found[2] for found in _PLACE.finditer(text) if found[2].lower() not in _KEYS]


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """The text with ``{first name}`` and its like filled in; ``{first name|you}`` says what stands there when it is not known.

    Where nothing is to stand, the space before it goes too: «Hej {fornavn},» becomes «Hej,». What is filled in is never read for
    braces again, so a person's name can ask for nothing.
    """

    def put(found: re.Match[str]) -> str:
        key = _KEYS.get(found[2].lower())
        if key is None:
            return found[0]
        said = values.get(key, "") or found[3] or ""
        return f"{found[1]}{said}" if said else ""

    return _PLACE.sub(put, text)
