"""Pure decisions of intake: cleaning what comes from outside, guessing the language, bounding sizes."""

import re
from typing import Any

TEXT_LIMIT = 1_000_000
HTML_LIMIT = 200_000
WORDS = 60
"""Words of a text that the language is guessed from."""

_DANISH = frozenset(
    "og jeg det er ikke en til på har med for den at de vi kan som af der hej kære mvh hilsen tak skal vil kunne fra også men hvad"
    " hvor når min mit jer jeres være været bare så nu hvis eller noget havde blev ved fået".split()
)
_ENGLISH = frozenset(
    "the and i to a is it of you for in my on that have not this with be are was can your me but do if so we what hi hello thanks"
    " would will please has when from about they there".split()
)
_WORD = re.compile(r"[a-zæøå']+")


def clean(value: str, limit: int = TEXT_LIMIT) -> str:
    """Text that PostgreSQL can hold: no NUL, no lone surrogate, at most ``limit`` characters."""
    value = value[:limit]
    if "\x00" in value:
        value = value.replace("\x00", "")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-8", "replace").decode()
    return value


def clean_json(value: Any) -> Any:
    """The same for every text within a JSON value."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(k), 200): clean_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(v) for v in value]
    return value


def language(text: str) -> str:
    """``en`` or ``da``, by which little words the text begins with; ``""`` when neither leads. For the search index and greetings."""
    words = _WORD.findall(text[:1000].lower())[:WORDS]
    letters = sum(map(text[:1000].count, "æøåÆØÅ"))
    danish = sum(map(_DANISH.__contains__, words)) + letters
    english = sum(map(_ENGLISH.__contains__, words))
    if danish == english:
        return ""
    return "da" if danish > english else "en"
