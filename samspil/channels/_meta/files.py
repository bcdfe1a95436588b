"""Files of comments and private messages: they lie at Meta's own addresses for a while, and are fetched from there alone."""

import mimetypes
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from samspil.channels._meta.settings import said
from samspil.channels._meta.webhook import parsed
from samspil.kit import Account, Attachment, Envelope, Unreachable
from samspil.kit.files import load, may_load

HOSTS = (".fbcdn.net", ".cdninstagram.com", ".fbsbx.com")
KINDS = {
    "image": ("image/jpeg", "jpg"),
    "photo": ("image/jpeg", "jpg"),
    "animated_image": ("image/gif", "gif"),
    "video": ("video/mp4", "mp4"),
    "audio": ("audio/mp4", "m4a"),
    "file": ("application/octet-stream", "bin"),
}
DEEPEST, MOST = 12, 5000


def attachments(media: Sequence[tuple[str, str]]) -> Sequence[Attachment]:
    """One for each (kind, address) that is a file at Meta; ``part`` is made from the address, which has a secret of its own in it."""
    found: dict[str, Attachment] = {}
    for kind, url in media:
        if kind not in KINDS or not may_load(url, hosts=HOSTS):
            continue
        content_type, ending = KINDS[kind]
        own_name = PurePosixPath(urlsplit(url).path).name
        guessed = mimetypes.guess_type(own_name)[0]
        name = own_name[-120:] if kind == "file" and guessed else f"{len(found) + 1}.{ending}"
        made = Attachment(part=part_of(url), name=name, content_type=guessed or content_type, size=0, remote=True)
        found.setdefault(made.part, made)
    return tuple(found.values())


def part_of(url: str) -> str:
    """The address as a digest."""
    return sha256(url.encode("utf-8", "replace")).hexdigest()[:40]


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of the file whose address is somewhere in the envelope. Raises TryLater, Unreachable."""
    url = next((one for one in _texts(parsed(envelope.payload)) if one.startswith("http") and part_of(one) == part), "")
    if not url:
        raise Unreachable("There is no such file in it")
    return load(url, hosts=HOSTS, server=said(account, "server")).body


def _texts(value: Any) -> Iterator[str]:
    """The texts in JSON, to a depth and a number that no honest webhook has."""
    left, seen = [(value, 0)], 0
    while left and seen < MOST:
        one, depth = left.pop()
        seen += 1
        if isinstance(one, str):
            yield one
        elif depth < DEEPEST:
            inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            left.extend((each, depth + 1) for each in inner)
