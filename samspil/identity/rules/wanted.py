"""What somebody typed to find a person: words of a name, a part of an address, a phone number in any notation."""

import re
from dataclasses import dataclass
from itertools import islice

from samspil.identity.rules.loose import loose

LONGEST = 200
MOST = 6
"""Words that are looked for; more only cost."""
LEAST_DIGITS = 4
MARKS = ".,;:!?()[]\"'«»“”"
"""What may stand around a word and is none of it: an initial is written with a point."""
_PHONE = re.compile(r"\+?[\d\s()./-]{4,}")
_PLACE = re.compile(r"[\s()./-]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for. ``words`` in their loosest form, ``written`` as typed in lower case, ``digits`` of a phone number or ""."""

    words: tuple[str, ...]
    written: str
    parts: tuple[str, ...]
    """What an address has in it: the whole, without the first @."""
    digits: str


def wanted(text: str) -> Wanted:
    """What a typed text asks for; nothing at all when there is no letter or digit in it."""
    plain = " ".join(text.replace("\x00", "").split())[:LONGEST].strip()
    if not any(c.isalnum() for c in plain):
        return Wanted((), "", (), "")
    bare = (word.strip(MARKS) for word in loose(plain).split())
    words = tuple(islice(dict.fromkeys(w for w in bare if any(c.isalnum() for c in w)), MOST))
    written = plain.lower()
    parts = tuple(dict.fromkeys(p for p in (written, written.removeprefix("@"), written.removeprefix("acct:")) if p))
    return Wanted(words, written, parts, digits_of(plain))


def digits_of(text: str) -> str:
    """The digits of what may be a phone number, without the zeros or the plus before the country; "" for what is none."""
    if not _PHONE.fullmatch(text):
        return ""
    plain = _PLACE.sub("", text).removeprefix("+").removeprefix("00")
    return plain if len(plain) >= LEAST_DIGITS else ""
