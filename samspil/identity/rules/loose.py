"""The loosest form of a name, in which Søren, Soeren and Soren, Åse, Aase and Ase, Müller and Mueller are one.

``base.text.fold`` writes æ ø å as ae oe aa; here a vowel that was written with two letters is one. The database has the same as
the function ``identity_loose``, over which its indexes are made, so that rows of any age are covered; a test compares the two.
What is folded already gives the same as what was written. What lies in the database has single spaces.
"""

from samspil.base.text import fold

_LETTERS = str.maketrans(
    {"æ": "a", "ø": "o", "å": "a", "œ": "oe", "ı": "i", "đ": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "ς": "σ", "ð": "d", "ł": "l"}
)
PAIRS = (("aa", "a"), ("ee", "e"), ("ae", "a"), ("oe", "o"), ("ue", "u"))

_ONE = "replace(replace(replace(replace(replace({}, 'aa', 'a'), 'ee', 'e'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u')"
_FOLD = (
    "regexp_replace(normalize(replace(replace(replace(replace(replace(replace(replace(replace("
    "translate(lower(normalize($1, NFC)), 'ðł', 'dl'),"
    " 'æ', 'ae'), 'ø', 'oe'), 'å', 'aa'), 'ß', 'ss'), 'þ', 'th'), 'ö', 'oe'), 'ä', 'ae'), 'ü', 'ue'), NFKD),"
    " U&'[\\0300-\\036F\\0591-\\05BD\\05BF\\05C1\\05C2\\05C4\\05C5\\05C7\\064B-\\065F\\0670]', '', 'g')"
)
SQL = (
    "SELECT CASE WHEN octet_length($1) = length($1) THEN "
    + _ONE.format("lower($1)")
    + " ELSE "
    + _ONE.format(f"replace(translate(lower({_FOLD}), 'æøåıđħŧŋςðł', 'aoaidhtnσdl'), 'œ', 'oe')")
    + " END"
)
"""The body of ``identity_loose(text)``, as a migration made it; changing it takes a new one. Most texts are plain letters: a short way."""


def loose(text: str) -> str:
    """The loosest form of a text."""
    plain = fold(text).lower().translate(_LETTERS)
    for pair, one in PAIRS:
        plain = plain.replace(pair, one)
    return plain
