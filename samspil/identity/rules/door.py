"""Who stands at the door: handles that look like others, hide letters, or are called what a colleague is called. Warnings, never joins.

Letters that look alike are those of UTS 39 that meet Latin ones in the alphabets with which that is tried (Cyrillic, Greek, Armenian).
A name in one alphabet is never suspicious, whichever it is. Rejected: a whole table of confusables, which warns of honest names
(every Polish ł "looks like" l), and a library of it that has not been kept up with Unicode.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

from samspil.identity.rules.loose import loose

LONGEST = 500
MIXED = "Letters of several alphabets in one word"
FOREIGN = "Letters of another alphabet that look like ours"
HIDDEN = "Hidden characters"
LONG = "Longer than any address"
EMPTY = "No address"
TWIN = "Looks like another address"
COLLEAGUE = "Has the name of a colleague and another address"
WORDS = (MIXED, FOREIGN, HIDDEN, LONG, EMPTY, TWIN, COLLEAGUE)
"""Why a mark was put; a name or an address may follow after a colon."""

_ALIKE = {
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "ғ": "f", "һ": "h", "н": "h", "і": "i", "ї": "i", "ј": "j", "к": "k",
    "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "и": "u", "ѵ": "v", "ԝ": "w", "х": "x",
    "у": "y", "ь": "b", "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o", "τ": "t",
    "υ": "u", "χ": "x", "γ": "y", "ω": "w", "μ": "m", "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "զ": "q", "յ": "j", "ɑ": "a",
    "ɡ": "g", "ı": "i", "ǀ": "l",
}  # fmt: skip
_MAP = str.maketrans(_ALIKE)
_TRIED = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Alphabets whose letters are put in place of each other. Japanese and Chinese are written with Latin letters among them."""
_WORD = re.compile(r"\w+")
_INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff\u180e\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = frozenset("\u200c\u200d\u200e\u200f")
"""Persian and Indian names, emoji and the direction of a line need these; an address does not."""
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"))
_MOST_SWAPS = 4
_LEAST_LOCAL = 5
_OFFICES = frozenset("admin contact hello info kontakt mail office order ordre post salg sales service support".split())

Kind = Literal["shared", "lookalike", "impostor"]


@dataclass(frozen=True, slots=True)
class Found:
    """A reason to warn of a handle: ``kind`` of the mark and ``why`` in words."""

    kind: Kind
    why: str


def examine(address: str, display: str = "") -> Found | None:
    """What is wrong with a handle as it stands, most serious first; None for an honest one."""
    if address.isascii() and display.isascii() and address.isprintable() and display.isprintable() and "xn--" not in address:
        return _of_length(address)  # nearly all
    if any(_hidden(c) or c in _JOINERS for c in address) or _hides(display):
        return Found("lookalike", HIDDEN)
    parts = list(_parts(address))
    if any(map(_mixed, (*parts, display))):
        return Found("lookalike", MIXED)
    if len(parts) > 1 and parts[-1].isascii() and any(_foreign(label) for label in parts[:-1]):
        return Found("lookalike", FOREIGN)
    return _of_length(address)


def _of_length(address: str) -> Found | None:
    if not address.strip():
        return Found("shared", EMPTY)
    return Found("lookalike", LONG) if len(address) >= LONGEST else None


def _hidden(char: str) -> bool:
    return char in _INVISIBLE or (unicodedata.category(char) == "Cc" and char not in "\t\n\r")


def _hides(display: str) -> bool:
    """A soft hyphen or a zero width space at an end is carelessness; a control, or one within, is not."""
    return any(map(_hidden, display.strip("".join(_INVISIBLE) + " ")))


def _parts(address: str) -> Iterator[str]:
    """The words of an address, those of international names written out."""
    for label in re.split(r"[@.:/\s]+", address):
        if label.startswith("xn--"):
            try:
                yield label.removeprefix("xn--").encode("ascii").decode("punycode")
            except (UnicodeError, OverflowError, ValueError):
                yield label
        elif label:
            yield label


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0] if unicodedata.category(char)[0] == "L" else ""


def _mixed(text: str) -> bool:
    """Whether a word has letters of two alphabets, one of which stands for the other's."""
    return not text.isascii() and any(
        len(_TRIED & {_script(c) for c in word}) > 1 and any(c in _ALIKE for c in word.lower()) for word in _WORD.findall(text)
    )


def _foreign(label: str) -> bool:
    """Whether a label is of another alphabet and can be read as Latin from end to end."""
    letters = [c for c in label.lower() if c.isalpha()]
    return bool(letters) and all(c in _ALIKE and _script(c) != "LATIN" for c in letters)


def skeleton(text: str) -> str:
    """The text as it looks: other alphabets' letters as the Latin ones that they look like, without what is not seen."""
    plain = unicodedata.normalize("NFKC", "".join(c for c in text if c not in _INVISIBLE and c not in _JOINERS))
    return plain.lower().translate(_MAP)


@lru_cache(maxsize=4096)
def called(display: str) -> str:
    """The name that a display claims, in its loosest form; "" for one word, which many share."""
    name = loose(skeleton(display[:200]))
    words = [w for w in re.split(r"[^\w]+", name) if w]
    return " ".join(words) if len(words) > 1 else ""


def twins(address: str) -> list[str]:
    """Addresses that this one could be taken for, never itself; empty for nearly every address."""
    if len(address) >= LONGEST or any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in address):
        return []  # no address that we could have
    plain = address.lower()
    seen = skeleton("@".join(_decoded(plain)))
    found = {seen} if not plain.isascii() or "xn--" in plain else set()
    local, at, domain = seen.rpartition("@")
    if at and len(local) >= _LEAST_LOCAL and local not in _OFFICES:
        found |= {f"{local}@{other}" for other in _swapped(domain)}
    return sorted(found - {plain})


def _decoded(address: str) -> list[str]:
    return [".".join(_parts(part)) if "xn--" in part else part for part in address.split("@")]


def _swapped(domain: str) -> set[str]:
    """The domain with "rn" read as m, "0" as o and so on: every choice of up to four places."""
    places = [(m.start(), pair, one) for pair, one in _PAIRS for m in re.finditer(pair, domain)][:_MOST_SWAPS]
    found = set()
    for size in range(1, len(places) + 1):
        for chosen in combinations(sorted(places, reverse=True), size):
            text = domain
            for start, pair, one in chosen:
                if text[start : start + len(pair)] == pair:
                    text = text[:start] + one + text[start + len(pair) :]
            found.add(text)
    return found


def impostor(address: str, display: str, colleagues: Mapping[str, tuple[str, frozenset[str]]]) -> Found | None:
    """Whether a handle is called what a colleague is. ``colleagues`` is {called: (name, their own addresses)}."""
    name = called(display)
    if not name or name not in colleagues:
        return None
    full, own = colleagues[name]
    return None if address.lower() in own else Found("impostor", f"{COLLEAGUE}: {full}"[:300])


def said(why: str) -> tuple[str, str]:
    """The words of a mark and the name or address that follows, "" for none."""
    words, _, about = why.partition(": ")
    return (words, about) if words in WORDS else (why, "")
