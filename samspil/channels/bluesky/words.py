"""All that a post says, in words: its text with whole links, and what it shows beside."""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.bluesky.pictures import id_of
from samspil.channels.bluesky.settings import NETWORK, POST, did_of, uri_parts
from samspil.channels.bluesky.values import line, obj, rows, text, type_of
from samspil.kit import Handle

EMBED = "app.bsky.embed."
FACET = "app.bsky.richtext.facet#"
ADDRESS = "https://cdn.bsky.app/img/feed_fullsize/plain"
LINK = 2000


def said(record: Mapping[str, Any], author: str) -> str:
    """The text of a post or direct message, links spelled out, and below it what is embedded."""
    parts = [spelled(record).strip(), *(words for words, _ in shown(record.get("embed"), author))]
    return "\n\n".join(part for part in parts if part)


def spelled(record: Mapping[str, Any]) -> str:
    """The text; where a link stands under other words, its address follows them in brackets."""
    raw = record.get("text")
    whole = raw[:100_000].encode("utf-8", "replace") if isinstance(raw, str) else b""
    done, pieces = 0, []
    for start, end, features in facets(record, whole):
        link = next((text(row.get("uri"), LINK) for row in features if type_of(row, FACET) == "link"), "")
        shown_as = whole[start:end].decode("utf-8", "replace")
        if start < done or not link.startswith(("https://", "http://")) or shown_as.strip() == link:
            continue
        pieces += [whole[done:end], f" ({link})".encode()]
        done = end
    return text(b"".join([*pieces, whole[done:]]).decode("utf-8", "replace"))


def facets(record: Mapping[str, Any], whole: bytes) -> list[tuple[int, int, list[dict[str, Any]]]]:
    """The marked stretches of the text, in bytes, from the front; those that lie outside it or cut a sign are left out."""
    found = []
    for row in rows(record.get("facets")):
        index = obj(row.get("index"))
        start, end = index.get("byteStart"), index.get("byteEnd")
        if type(start) is int and type(end) is int and 0 <= start < end <= len(whole) and _is_whole(whole, start, end):
            found.append((start, end, rows(row.get("features"))))
    return sorted(found, key=lambda one: one[:2])


def _is_whole(whole: bytes, start: int, end: int) -> bool:
    """Whether no sign is cut at either place: the bytes after the first of a sign begin with 10."""
    return whole[start] & 0xC0 != 0x80 and (end == len(whole) or whole[end] & 0xC0 != 0x80)  # noqa: PLR2004


def named(record: Mapping[str, Any]) -> list[Handle]:
    """Those whom the text names, once each."""
    raw = record.get("text")
    whole = raw[:100_000].encode("utf-8", "replace") if isinstance(raw, str) else b""
    found: dict[str, Handle] = {}
    for start, end, features in facets(record, whole):
        for row in features:
            did = did_of(row.get("did")) if type_of(row, FACET) == "mention" else ""
            name = line(whole[start:end].decode("utf-8", "replace")).lower()
            if did:
                found.setdefault(did, Handle(network=NETWORK, address=did, name=name if name.startswith("@") else ""))
    return list(found.values())


def shown(embed: object, author: str, depth: int = 0) -> list[tuple[str, dict[str, str]]]:
    """What is embedded: in words, and as values to keep."""
    value = obj(embed)
    kind = type_of(value, EMBED).partition("#")[0]
    if kind == "images":
        return [_picture(row, author) for row in rows(value.get("images"))]
    if kind == "video":
        alt = line(value.get("alt"), 2000)
        return [(f"[video: {alt}]" if alt else "[video]", {"type": "video", "alt": alt})]
    if kind == "external":
        return _card(obj(value.get("external")))
    if kind == "record":
        return _quoted(obj(value.get("record")))
    if kind == "recordWithMedia" and depth == 0:
        return shown(value.get("media"), author, 1) + _quoted(obj(obj(value.get("record")).get("record")))
    return [(f"[{kind[:60]}]", {"type": kind[:60]})] if kind else []


def _picture(row: Mapping[str, Any], author: str) -> tuple[str, dict[str, str]]:
    alt = line(row.get("alt"), 2000)
    cid = id_of(row)
    values = {"type": "image", "alt": alt}
    if cid and did_of(author):
        values["url"] = f"{ADDRESS}/{author}/{cid}@jpeg"
    return f"[image: {alt}]" if alt else "[image]", {key: value for key, value in values.items() if value}


def _card(row: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    link, title = text(row.get("uri"), LINK), line(row.get("title"), 300)
    if not link.startswith(("https://", "http://")):
        return []
    return [(f"[{title}]({link})" if title else link, {"type": "link", "url": link, "title": title})]


def _quoted(row: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    did, collection, key = uri_parts(row.get("uri"))
    if not did:
        return []
    uri = f"at://{did}/{collection}/{key}"
    where = f"https://bsky.app/profile/{did}/post/{key}" if collection == POST else uri
    return [(f"[quote: {where}]", {"type": "quote", "uri": uri})]


def media(record: Mapping[str, Any], author: str) -> Sequence[dict[str, str]]:
    """What is embedded, as values to keep."""
    return [values for _, values in shown(record.get("embed"), author)]
