"""Folding names to plain letters, so that Søren, Soeren and Aarhus, Århus meet."""

import unicodedata

_LETTERS = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss", "ð": "d", "þ": "th", "ł": "l", "ö": "oe", "ä": "ae", "ü": "ue"}
)


def fold(text: str) -> str:
    """Lower case, æ ø å as ae oe aa, no accents, single spaces."""
    plain = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(bare.split())
