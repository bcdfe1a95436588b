"""Pictures, films and other files of a note: they lie wherever their author's server keeps them, and are fetched from there."""

import hashlib
import hmac
import mimetypes
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from samspil.channels.activitypub.settings import Settings, settings_of
from samspil.channels.activitypub.values import address, read, rows, text
from samspil.channels.activitypub.words import kind_of
from samspil.kit import Account, Attachment, Envelope, File, Heard, Ours, Unreachable
from samspil.kit.files import load

MOST = 16
LARGEST = 10_000_000
"""Bytes of one file of ours; Mastodon takes pictures of up to 16 MB."""
SAFE = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "audio/mpeg", "audio/ogg", "application/pdf"}
)
_NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)
_PLAIN = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=86400",
}
PART = "attachment:"
PARTS = 3
"""Of the path of a file of ours: reply, number, mark."""
_USUAL = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mpeg"}


def files_of(note: Mapping[str, Any]) -> Sequence[tuple[Attachment, str]]:
    """Each file with its address, in order; what is only a link is none."""
    found: list[tuple[Attachment, str]] = []
    for number, row in enumerate(rows(note.get("attachment"))[:MOST]):
        url, kind = address(row), kind_of(row)
        if not url or kind == "link":
            continue
        said = text(row.get("mediaType"), 100).partition(";")[0].strip().lower()
        content_type = said or _USUAL.get(kind, "application/octet-stream")
        name = PurePosixPath(unquote(urlsplit(url).path)).name.replace("\x00", "")[-200:]
        if "." not in name:
            name = f"{number + 1}{mimetypes.guess_extension(content_type) or ''}"
        alt = " ".join((text(row.get("name"), 4000) or text(row.get("summary"), 4000)).split())
        made = Attachment(part=f"{PART}{number}", name=name, content_type=content_type, size=0, alt=alt, remote=True)
        found.append((made, url))
    return found


def shown(files: Sequence[File], reply: str, settings: Settings, key: bytes) -> list[dict[str, Any]]:
    """Files of ours as a note has them: each with an address that nobody can guess, and what it shows."""
    return [
        {
            "type": "Document",
            "mediaType": file.content_type,
            "url": f"{settings.root}/files/{reply}/{number}/{mark(reply, number, key)}",
            "name": file.alt or file.name,
        }
        for number, file in enumerate(files)
    ]


def mark(reply: str, number: int, key: bytes) -> str:
    """Our word that the file of this number may be given to who asks for it."""
    return hmac.new(key, f"file {reply} {number}".encode(), hashlib.sha256).hexdigest()[:32]


def page(names: Sequence[str], settings: Settings, ours: Ours, key: bytes) -> Heard | None:
    """The bytes of a file of ours, at ``files/REPLY/NUMBER/MARK``; 410 when its note has been taken back."""
    reply, number, given = names
    good = _NUMBER.fullmatch(number) and hmac.compare_digest(
        given.encode("utf-8", "replace"), mark(reply, int(number), key).encode()
    )
    if not good:
        return None
    note = (ours.sent(settings.note(reply)) or {}).get("note")
    if isinstance(note, dict) and note.get("type") == "Tombstone":
        return Heard(status=410, content_type="text/plain", body=b"")
    file = ours.file(reply, int(number))
    if file is None:
        return None
    with file.open() as stream:
        content = stream.read(LARGEST + 1)
    kind = file.content_type if file.content_type in SAFE else "application/octet-stream"
    saved = {} if kind in SAFE else {"content-disposition": "attachment"}
    return Heard(content_type=kind, body=content, headers={**_PLAIN, **saved})


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one file. Raises TryLater, Unreachable, NotUnderstood."""
    note = next(iter(rows(read(envelope.payload).get("object"))), {})
    if not note and envelope.headers.get("object"):  # the activity only named it, and it was fetched
        note = read(envelope.headers["object"].encode("utf-8", "replace"))
    for made, url in files_of(note):
        if made.part == part:
            parts = urlsplit(url)
            inside = (parts.hostname or "") in settings_of(account).inside
            wide = made.content_type.partition("/")[0]
            kinds = (f"{wide}/*",) if wide in _USUAL else ()
            return load(url, hosts=None, server=f"{parts.scheme}://{parts.netloc}" if inside else "", kinds=kinds).body
    raise Unreachable("There is no such file in it.")
