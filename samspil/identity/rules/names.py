"""Cleaning of names, user names, companies and the small facts of a person, before anything is compared.

All results are ASCII: a letter of another script is transliterated or written as its code, so that every engine counts the same
characters. Nothing here raises on any text; input is cut at ``LONG`` characters.
"""

import re
import unicodedata

from samspil.base.text import fold
from samspil.identity.rules.words import (
    BOTS,
    COMPANY_FORMS,
    FREE_MAIL,
    LOOKS_LATIN,
    PLAIN,
    ROLE,
    ROOT,
    SECOND_LEVEL,
    SKELETON,
    SOFT_ROLE,
    TITLES,
)

LONG = 400
"""Characters of any one field that are looked at."""

LONGEST_WORD = 60
"""Characters of one word of a name that are kept."""

_BRACKETS = re.compile(r"[(\[{<].*?[)\]}>]|[(\[{<].*$")
_VIA = re.compile(r"\s(?:via|from|fra|at|hos|@|\||/|-{1,2}|–|—)\s.*$", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_SQUEEZE = (("oe", "o"), ("ae", "a"), ("aa", "a"), ("ue", "u"))
_NOREPLY = re.compile(r"^(?:\d+\+)?([^@+]+)@users\.noreply\.github(?:\.com)?$")
_CONJOINED = 2
_NO_DOMAIN = (
    "(none)",
    ".local",
    ".localdomain",
    ".localnet",
    ".lan",
    "example.com",
    "example.org",
    "example.net",
    ".invalid",
    ".test",
)
"""Ends of what a machine called itself: many are called so, and an address there proves nothing."""


def cut(value: object) -> str:
    """Any value as text of at most LONG characters; None and not-a-number are empty."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is what does not equal itself
        return ""
    return str(value)[:LONG].strip()


def ascii_of(text: str) -> str:
    """Folded to lower ASCII: Cyrillic and Greek transliterated, other scripts as ``u`` and the letter's code."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = fold(fold(text).translate(PLAIN))
    return "".join(c if c.isascii() else _code(c) for c in plain)


def _code(letter: str) -> str:
    return f"u{ord(letter):x}" if letter.isalnum() else " "


def squeeze(word: str) -> str:
    """The further form on which Søren, Soeren and Soren meet."""
    for old, new in _SQUEEZE:
        word = word.replace(old, new)
    return word


def looks_alike(text: str) -> bool:
    """Whether the text mixes scripts within a word, or is made of foreign letters only that look like Latin ones."""
    foreign = latin_like = 0
    for word in text.lower().split():
        letters = [c for c in word if c.isalpha()]
        latin = any(c.isascii() for c in letters)
        other = [c for c in letters if not c.isascii() and _script(c) in {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}]
        if latin and other:
            return True
        if other:
            foreign += 1
            latin_like += all(c in LOOKS_LATIN for c in other)
    return 0 < foreign == latin_like


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def name_words(display: str, user: str = "") -> list[str]:
    """The words of a display name in the order given-name surname, squeezed ASCII, titles and company taken off.

    A name that is a mail address, or the user name itself, is no name: the list is empty then.
    """
    text = display.strip().strip("\"'")
    if user and not any(c.isspace() for c in text) and plain_user(text) == plain_user(user):
        return []
    if "@" in text:
        text = "" if re.fullmatch(r"\S+@\S+", text) else re.sub(r"\S*@\S*", " ", text)
    bare = _VIA.sub("", _BRACKETS.sub(" ", text)).strip() or text
    parts = [p.strip() for p in bare.split(",")]
    if len(parts) == _CONJOINED and parts[0] and parts[1] and len(parts[0].split()) <= _CONJOINED:
        tail = set(_NOT_WORD.split(ascii_of(parts[1])))
        bare = parts[0] if tail <= TITLES | COMPANY_FORMS | {""} else f"{parts[1]} {parts[0]}"
    bare = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", bare)  # JohnSmith
    bare = re.sub(r"['’`´.](?=\w)", lambda m: " " if m.group() == "." else "", bare)
    words = [squeeze(w)[:LONGEST_WORD] for w in _NOT_WORD.split(ascii_of(bare)) if w]
    kept = [w for w in words if w not in TITLES] or words
    if len(kept) == 1 and kept[0] == plain_user(user):
        return []
    return kept[:8]


def root(given: str) -> str:
    """The name that a given name is short for."""
    return ROOT.get(given, given)


def plain_user(user: str) -> str:
    """A user name or local part as squeezed letters and digits, without what follows a plus."""
    return squeeze(_NOT_WORD.sub("", ascii_of(user.split("+", maxsplit=1)[0])))[:40]


def is_role(user: str, display: str) -> bool:
    """Whether an address or account is a role's or a machine's, told by its user name or its display name."""
    bare = re.sub(r"\d+$", "", user)
    if bare in SOFT_ROLE and len([w for w in name_words(display) if len(w) > 1]) >= _CONJOINED:
        return bool(set(_NOT_WORD.split(ascii_of(display))) & set(BOTS))
    if bare in ROLE or any(bare.endswith(b) and len(bare) > len(b) for b in ("bot", "noreply")):
        return True
    words = set(_NOT_WORD.split(ascii_of(display)))
    return bool(words & set(BOTS))


def skeleton(user: str) -> str:
    """What a user name looks like at a glance: digits as the letters that they resemble."""
    return user.translate(SKELETON).replace("rn", "m").replace("vv", "w")


def mail_parts(address: str) -> tuple[str, str, str]:
    """(user, domain, address) of a mail address, lower case; plus tags off, Gmail's dots off, GitHub's noreply is ("login", "", …)."""
    text = unicodedata.normalize("NFKC", address).strip().strip("<>").lower()
    text = text.removeprefix("mailto:")
    github = _NOREPLY.match(text)
    if github:
        return github[1], "", f"github:{github[1]}"
    local, _, domain = text.rpartition("@")
    local, domain = local.split("+")[0], domain.rstrip(".")
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    proper = len(domain.split(".")) >= _CONJOINED and not domain.endswith(_NO_DOMAIN)
    return local, domain if proper else "", f"mail:{local}@{domain}" if proper else ""


def organisation(domain: str) -> str:
    """The label of a domain that names its owner (uk.ibm.com is ibm), "" for free mail and for no domain."""
    labels = [x for x in domain.split(".") if x]
    if len(labels) < _CONJOINED:
        return ""
    labels.pop()
    while len(labels) > 1 and (labels[-1] in SECOND_LEVEL):
        labels.pop()
    label = _NOT_WORD.sub("", ascii_of(labels[-1]))
    return "" if labels[-1] in FREE_MAIL or label in FREE_MAIL else label[:40]


def company(text: str) -> str:
    """A company's name as one word without its legal form; a domain gives its owner's label."""
    text = text.strip().lstrip("@")
    if re.fullmatch(r"[\w-]+(\.[\w-]+)+", text):
        return organisation(text.lower())
    words = [w for w in _NOT_WORD.split(ascii_of(text)) if w and w not in COMPANY_FORMS]
    joined = "".join(words)[:40]
    return "" if joined in {"none", "na", "independent", "freelance", "self", "selfemployed", "unknown", "notfound"} else joined


def phone(text: str) -> str:
    """The last eight digits of a telephone number, "" below seven: country codes are written in too many ways."""
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", _digits(text)))
    return digits[-8:] if len(digits) >= 7 else ""  # noqa: PLR2004 - shorter ones are extensions


def born(text: str) -> str:
    """A date of birth as eight digits YYYYMMDD where it can be told, else its digits."""
    text = _digits(text)
    digits = re.sub(r"\D", "", text.split("T", maxsplit=1)[0].split(" ", maxsplit=1)[0] if re.match(r"\d{4}-", text) else text)
    day_first = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)
    if day_first:
        return f"{day_first[3]}{int(day_first[2]):02}{int(day_first[1]):02}"
    return digits[:8]


def _digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9."""
    return "".join(c if c.isascii() or not c.isdecimal() else str(unicodedata.decimal(c)) for c in text)


def words_of(text: str) -> str:
    """Any text as single-spaced lower ASCII words, squeezed."""
    return squeeze(" ".join(w for w in _NOT_WORD.split(ascii_of(text)) if w))[:120]
