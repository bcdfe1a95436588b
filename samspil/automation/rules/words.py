"""Words and phrases in a text, compared in their folded form and in linear time.

No regular expressions: who writes rules thinks in words, and a pattern of somebody's must never be able to hold up the messages of
all. A star at an end of a phrase lets the word go on there, which Danish compounds need: ``batteri*``, ``*garanti``.
"""

import re

from samspil.base.text import fold

LONGEST_TEXT = 20_000
"""Characters of a message that are looked at."""
_WORDS = re.compile(r"\w+")


def spaced(text: str) -> str:
    """The folded words of a text with one space around each, for :func:`has`."""
    return f" {' '.join(_WORDS.findall(fold(text[:LONGEST_TEXT])))} "


def needle(phrase: str) -> str:
    """What is looked for in a spaced text; "" where the phrase has no letters."""
    plain = phrase.strip()
    core = " ".join(_WORDS.findall(fold(plain)))
    if not core:
        return ""
    return f"{'' if plain.startswith('*') else ' '}{core}{'' if plain.endswith('*') else ' '}"


def has(spaced_text: str, phrase: str) -> bool:
    """Whether the phrase stands in a text that :func:`spaced` gave."""
    wanted = needle(phrase)
    return bool(wanted) and wanted in spaced_text
