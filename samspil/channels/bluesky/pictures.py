"""The pictures of the posts that were written to us: fetched while the network still has them, and kept with the notification."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from samspil.channels.bluesky.session import Net, Refused
from samspil.channels.bluesky.settings import POST, uri_parts
from samspil.channels.bluesky.values import line, obj, rows, text, type_of
from samspil.kit import Attachment, Envelope, NotUnderstood, TryLater
from samspil.kit.web import NotAllowed, fetch

KEPT = "files"
"""Where the bytes stand in an envelope, by the picture's id."""
LARGEST = 2 * 1024 * 1024
MOST = 40
"""Pictures that are fetched for one piece of notifications; the rest is only described."""
AT_ONCE = 25
SECONDS = 10.0
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "image/avif": "avif"}


def shown_in(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ids of a post's pictures with what they show, in order."""
    embed = obj(record.get("embed"))
    inner = obj(embed.get("media")) if type_of(embed) == "app.bsky.embed.recordWithMedia" else embed
    found = [(id_of(row), line(row.get("alt"), 2000)) for row in rows(inner.get("images"))]
    return [(cid, alt) for cid, alt in found if cid]


def id_of(row: Mapping[str, Any]) -> str:
    """The id of a picture, made from its bytes; "" for what is none."""
    cid = text(obj(obj(row.get("image")).get("ref")).get("$link"), 101)
    return cid if cid.isalnum() and cid.isascii() and len(cid) <= 100 else ""  # noqa: PLR2004 - the core's length of a part


def attachments(payload: Mapping[str, Any], record: Mapping[str, Any]) -> list[Attachment]:
    """The pictures whose bytes are in the envelope."""
    kept = obj(payload.get(KEPT))
    found: list[Attachment] = []
    for number, (cid, alt) in enumerate(shown_in(record), 1):
        about = obj(kept.get(cid))
        kind, size = text(about.get("type"), 60), about.get("size")
        if kind in ENDINGS and type(size) is int and size > 0 and cid not in {one.part for one in found}:
            found.append(Attachment(part=cid, name=f"image-{number}.{ENDINGS[kind]}", content_type=kind, size=size, alt=alt))
    return found


def attachment(envelope: Envelope, part: str) -> bytes:
    """The bytes of one. Raises NotUnderstood."""
    try:
        return base64.b64decode(json.loads(envelope.payload)[KEPT][part]["bytes"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotUnderstood("There is no such picture in it") from error


def load(net: Net, notes: Sequence[dict[str, Any]]) -> None:
    """Put the bytes of their pictures into the notifications. A picture that is not to be had is only described."""
    wanted = [row for row in notes if uri_parts(row.get("uri"))[1] == POST and shown_in(obj(row.get("record")))]
    own = urlsplit(net.settings.server).hostname or ""
    left = MOST
    for row, addresses in _views(net, wanted):
        for (cid, _), address in zip(shown_in(obj(row.get("record"))), addresses, strict=False):
            if left and (about := _fetched(address, own)):
                left -= 1
                row.setdefault(KEPT, {})[cid] = about


def _views(net: Net, notes: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The notifications, each with the addresses of its pictures in order: the record has their ids alone."""
    for start in range(0, len(notes), AT_ONCE):
        piece = notes[start : start + AT_ONCE]
        try:
            answer = net.ask("app.bsky.feed.getPosts", uris=[row["uri"] for row in piece])
        except (Refused, TryLater):
            continue
        found = {str(row.get("uri")): row for row in rows(answer.get("posts"))}
        for row in piece:
            embed = obj(obj(found.get(str(row["uri"]))).get("embed"))
            shown = rows(embed.get("images")) or rows(obj(embed.get("media")).get("images"))
            yield row, [str(one.get("fullsize") or "") for one in shown]


def _fetched(address: str, own: str) -> dict[str, Any] | None:
    try:
        answer = fetch(address, kinds=tuple(ENDINGS), largest=LARGEST, seconds=SECONDS, inside=(own,))
    except (NotAllowed, TryLater, ValueError):
        return None
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if not (answer.ok and answer.body):
        return None
    return {"type": kind, "size": len(answer.body), "bytes": base64.b64encode(answer.body).decode()}
