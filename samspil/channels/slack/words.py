"""Words on their way to Slack and back: what we post is never markup, and what a colleague wrote becomes plain text. Pure.

Sources: docs.slack.dev/messaging/formatting-message-text (escaping, mentions, links) and /reference/block-kit/blocks/rich-text-block.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.kit.reading import part, text

LONGEST = 40_000
"""Characters of one message, as Slack cuts them."""
DEPTH = 8
_ENTITY = re.compile(r"<([^<>\n]{1,3000})>")
_MARKS = re.compile(r"(?<![\w*~`])([*_~])(?=\S)([^\n]{1,2000}?)(?<=\S)\1(?![\w*~`])")
_HEX = re.compile(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,9}", re.ASCII)


def escaped(words: str) -> str:
    """Words that Slack shows as they are in a field of markup: no mention, no link, no call of everybody."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(said: str) -> str:
    """Slack's markup as a person reads it."""
    found = _ENTITY.sub(lambda seen: _named(seen[1]), said)
    found = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _MARKS.sub(r"\2", found).replace("```", "").strip()


def _named(inside: str) -> str:
    """A mention, a channel, a link or a date in words."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].split('^')[0]}"
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in {bare, target} or target in {f"http://{label}", f"https://{label}"}:
        return bare
    return f"{label} ({bare})"


def said_of(message: Mapping[str, Any]) -> str:
    """What a message says: by its blocks where the editor made them, for they hold words without markup; else by its text."""
    blocks = message.get("blocks")
    rich = [b for b in blocks if isinstance(b, Mapping) and b.get("type") == "rich_text"] if isinstance(blocks, list) else []
    if rich and isinstance(blocks, list) and len(rich) == len(blocks):
        found = "\n".join(_lines(block.get("elements"), 0) for block in rich)
        return found.strip()[:LONGEST]
    return plain(text(message.get("text"), LONGEST))


def _lines(elements: object, depth: int) -> str:
    """Sections, quotes, lists and code below each other."""
    if not isinstance(elements, list) or depth > DEPTH:
        return ""
    found = []
    for number, element in enumerate(elements):
        kind = element.get("type") if isinstance(element, Mapping) else None
        inner = element.get("elements") if isinstance(element, Mapping) else None
        if kind == "rich_text_list":
            found += _list(element, inner, depth)
        elif kind == "rich_text_quote":
            found += [f"> {line}" for line in _inline(inner).strip("\n").split("\n")]
        elif kind in {"rich_text_section", "rich_text_preformatted"}:
            # A section that ends with a line feed has it already.
            found.append(_inline(inner).removesuffix("\n") if number < len(elements) - 1 else _inline(inner))
    return "\n".join(found)


def _list(element: Mapping[str, Any], inner: object, depth: int) -> list[str]:
    ordered, indent = element.get("style") == "ordered", element.get("indent")
    pad = "  " * indent if isinstance(indent, int) and not isinstance(indent, bool) and 0 <= indent <= DEPTH else ""
    rows = inner if isinstance(inner, list) else []
    return [f"{pad}{f'{n}.' if ordered else '-'} {_lines([row], depth + 1)}" for n, row in enumerate(rows, 1)]


def _inline(elements: object) -> str:
    rows: Sequence[Any] = elements if isinstance(elements, list) else []
    return "".join(_piece(row) for row in rows if isinstance(row, Mapping))


def _piece(row: Mapping[str, Any]) -> str:
    kind = row.get("type")
    if kind == "text":
        return text(row.get("text"), LONGEST)
    if kind == "link":
        url, label = text(row.get("url"), 3000), text(row.get("text"), 3000)
        return _named(f"{url}|{label}") if label else _named(url)
    if kind == "emoji":
        return _emoji(row)
    if kind in {"user", "usergroup", "channel", "broadcast"}:
        ident = text(row.get("user_id") or row.get("usergroup_id") or row.get("channel_id") or row.get("range"), 60)
        return f"{'#' if kind == 'channel' else '@'}{ident}"
    return text(row.get("fallback") or part(row, "value").get("text"), 300)


def _emoji(row: Mapping[str, Any]) -> str:
    signs = text(row.get("unicode"), 80).lower()
    if _HEX.fullmatch(signs):
        points = [int(one, 16) for one in signs.split("-")]
        if all(0x20 <= one <= 0x10FFFF and not 0xD800 <= one <= 0xDFFF for one in points):  # noqa: PLR2004 - the ends of Unicode
            return "".join(chr(one) for one in points)
    return f":{text(row.get('name'), 60)}:"
