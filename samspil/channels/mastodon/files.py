"""Pictures, films and sounds of a status: described in it, and fetched from wherever its author's server keeps them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.mastodon.settings import settings_of
from samspil.kit import Account, Attachment, Envelope, Unreachable
from samspil.kit.files import load
from samspil.kit.reading import text

MOST = 16
KINDS: Mapping[str, tuple[str, str]] = {
    "image": ("image/jpeg", "jpg"),
    "gifv": ("video/mp4", "mp4"),
    "video": ("video/mp4", "mp4"),
    "audio": ("audio/mpeg", "mp3"),
}
UNKNOWN = ("application/octet-stream", "bin")


def files_of(status: Mapping[str, Any]) -> Sequence[tuple[Attachment, str]]:
    """Each file with its address, in order. ``part`` is its id at the server of the account."""
    found: list[tuple[Attachment, str]] = []
    media = status.get("media_attachments")
    for row in media[:MOST] if isinstance(media, list) else []:
        if not isinstance(row, dict):
            continue
        part, url = text(row.get("id"), 100), text(row.get("url"), 2000)
        kind, ending = KINDS.get(text(row.get("type"), 20), UNKNOWN)
        if not part or not url or part in {one.part for one, _ in found}:
            continue
        name = f"{len(found) + 1}.{ending}"
        alt = " ".join(text(row.get("description"), 5000).split())[:2000]
        made = Attachment(part=part, name=name, content_type=kind, size=0, alt=alt, remote=True)
        found.append((made, url))
    return found


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one file. Raises TryLater, Unreachable."""
    try:
        status = json.loads(envelope.payload).get("status")
    except (ValueError, AttributeError, RecursionError):
        status = None
    for made, url in files_of(status) if isinstance(status, dict) else ():
        if made.part == part:
            wide = made.content_type.partition("/")[0] + "/*"
            kinds = () if made.content_type == UNKNOWN[0] else (wide,)
            return load(url, hosts=None, server=settings_of(account).server, kinds=kinds).body
    raise Unreachable("There is no such file in it.")
