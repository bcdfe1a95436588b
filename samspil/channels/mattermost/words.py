"""Words on their way to Mattermost and back: what we post mentions nobody and links nowhere, and what a colleague wrote becomes plain text. Pure.

Mattermost reads markdown, and calls people wherever a name stands after "@". A sign that is not seen is put where markup or a call would begin,
and where an address would be made a link: Mattermost's server would fetch it for a picture.
"""

import re

LONGEST = 16_000
"""Characters of one post, of the 16383 that the server takes."""
_SEEN_NOT = "\u200b"
_MARKUP = re.compile(r"([\\`*_\[\]#>])")
_LISTS = re.compile(r"(?m)^([ \t]*)([-+=])")
_CALLS = re.compile(r"(?<!\w)@(?=\w)")
_SIGNS = re.compile(r":(?=[\w+-]+:)")
_OTHER = re.compile(r"([~|$!])(?=\S)")
_LINKS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}):(?=//)|\bwww(?=\.)|\b(mailto|tel):(?=\S)")

_FENCE = re.compile(r"(?m)^[ \t]*(?:```|~~~)[^\n]*\n?")
_LINK = re.compile(r"!?\[([^\]\n]{0,1000})\]\(<?([^)\s>]{1,2000})>?(?:[ \t]+\"[^\"\n]{0,300}\")?\)")
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)([^\n]{1,4000}?)(?<=\S)\1")
_SOFT = re.compile(r"(?<![\w*_])([*_])(?=\S)([^\n*_]{1,4000}?)(?<=\S)\1(?![\w*_])")
_CODE = re.compile(r"(`+)([^`\n]{1,4000})\1")
_HEAD = re.compile(r"(?m)^[ ]{0,3}#{1,6}[ \t]+")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|])")


def escaped(words: str) -> str:
    """Words that Mattermost shows as they are."""
    found = _LINKS.sub(lambda seen: f"{seen[0]}{_SEEN_NOT}", words.replace("\r", "").replace("\x00", ""))
    found = _CALLS.sub(f"@{_SEEN_NOT}", found)
    found = _SIGNS.sub(f":{_SEEN_NOT}", found)
    found = _OTHER.sub(rf"\1{_SEEN_NOT}", found)
    found = _MARKUP.sub(r"\\\1", found)
    return _LISTS.sub(rf"\1{_SEEN_NOT}\2", found)


def quoted(words: str) -> str:
    """Words as a quote, each line of it."""
    return "\n".join(f"> {line}" for line in escaped(words).split("\n"))


def plain(said: str) -> str:
    """Markdown as a person reads it."""
    found = _FENCE.sub("", said.replace("\r", "")[:LONGEST])
    found = _LINK.sub(lambda seen: seen[2] if seen[1] in {"", seen[2]} else f"{seen[1]} ({seen[2]})", found)
    found = _CODE.sub(r"\2", _HEAD.sub("", found))
    for _ in range(2):  # bold within italic and the other way round
        found = _SOFT.sub(r"\2", _STRONG.sub(r"\2", found))
    return _ESCAPED.sub(r"\1", found).strip()
