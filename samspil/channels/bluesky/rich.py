"""A text of ours as the network wants it: in pieces that fit into posts, with links, names and tags marked by their place in bytes."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

LENGTH, BYTES = 300, 3000
"""Graphemes (signs as people count them) and bytes of one post."""
TAG = 64
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w@./-])@([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*[a-z0-9])(?![\w@-])", re.IGNORECASE)
_TAG = re.compile(r"(?<![^\s(])[#＃]([^\s#＃\u00ad\u2060\u200a-\u200d\u20e2]+)")
_SKIN = range(0x1F3FB, 0x1F400)
_JOINER = 0x200D


class TooLong(Exception):
    """The text, or a link in it, does not fit."""


def graphemes(text: str) -> int:
    """How many signs the network counts at most: a sign made of several counts as its parts where that is not sure."""
    count, before = 0, ""
    for char in text:
        joins = unicodedata.category(char) in {"Mn", "Me"} or ord(char) in _SKIN or ord(char) == _JOINER
        if not joins or before in {"", "\n"}:
            count += 1
        before = char
    return count


def fits(text: str, length: int = LENGTH, size: int = BYTES) -> bool:
    """Whether a text can be one post, or one direct message."""
    return graphemes(text) <= length and len(text.encode("utf-8", "replace")) <= size


def pieces(text: str, most: int) -> list[str]:
    """The text in as few posts as it needs, broken where a reader pauses. Raises TooLong when it needs more than ``most``."""
    left = text.strip()
    found: list[str] = []
    while not fits(left):
        if len(found) == most - 1:
            raise TooLong
        place = _break(left)
        found.append(left[:place].rstrip())
        left = left[place:].lstrip()
    return [*found, left]


def _break(text: str) -> int:
    """Where a text that does not fit is broken: after a paragraph, a sentence, a word, else where it must be."""
    end = _room(text)
    head = text[: end + 1]
    for sign, least in (("\n\n", 0.4), ("\n", 0.5), (r"[.!?…](?=\s)", 0.4), (r"\s", 0.1)):
        places = [found.end() for found in re.finditer(sign, head) if found.end() <= end + 1]
        if places and places[-1] >= end * least:
            return places[-1]
    if "://" in head:
        raise TooLong
    return end


def _room(text: str) -> int:
    """How many characters from the front fit: the longest such piece that does not end within a sign."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle - 1)
    while low > 1 and low < len(text) and graphemes("x" + text[low]) == 1:
        low -= 1
    return low


def facets(text: str, resolve: Callable[[str], str]) -> list[dict[str, Any]]:
    """The marks of a text; ``resolve`` gives a name's DID, "" for a name that nobody has: it stays plain text."""
    found: list[dict[str, Any]] = []
    taken: list[tuple[int, int]] = []
    for start, end, feature in _marks(text, resolve):
        if any(start < there[1] and end > there[0] for there in taken):
            continue
        taken.append((start, end))
        begin = len(text[:start].encode("utf-8", "replace"))
        index = {"byteStart": begin, "byteEnd": begin + len(text[start:end].encode("utf-8", "replace"))}
        found.append({"index": index, "features": [feature]})
    return sorted(found, key=lambda one: one["index"]["byteStart"])


def _marks(text: str, resolve: Callable[[str], str]) -> Iterator[tuple[int, int, dict[str, str]]]:
    kind = "app.bsky.richtext.facet#"
    for match in _URL.finditer(text):
        link = _ended(match[0])
        if len(link) > len("https://"):
            yield match.start(), match.start() + len(link), {"$type": f"{kind}link", "uri": link}
    for match in _NAME.finditer(text):
        did = resolve(match[1].lower())
        if did:
            yield match.start(), match.end(), {"$type": f"{kind}mention", "did": did}
    for match in _TAG.finditer(text):
        word = match[1]
        while word and unicodedata.category(word[-1]).startswith("P"):
            word = word[:-1]
        if word and not word.isdecimal() and graphemes(word) <= TAG:
            yield match.start(), match.start() + 1 + len(word), {"$type": f"{kind}tag", "tag": word}


def _ended(link: str) -> str:
    """The link without the signs that end the sentence it stands in."""
    while link and (link[-1] in ".,;:!?'\"*" or (link[-1] == ")" and link.count(")") > link.count("("))):
        link = link[:-1]
    return link
