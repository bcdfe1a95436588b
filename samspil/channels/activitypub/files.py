"""Pictures, films and other files of a note: they lie wherever their author's server keeps them, and are fetched from there."""

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from samspil.channels.activitypub.settings import settings_of
from samspil.channels.activitypub.values import address, read, rows, text
from samspil.channels.activitypub.words import kind_of
from samspil.kit import Account, Attachment, Envelope, Unreachable
from samspil.kit.files import load

MOST = 16
PART = "attachment:"
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


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one file. Raises TryLater, Unreachable, NotUnderstood."""
    activity = read(envelope.payload)
    note = activity.get("object")
    for made, url in files_of(note) if isinstance(note, dict) else ():
        if made.part == part:
            parts = urlsplit(url)
            inside = (parts.hostname or "") in settings_of(account).inside
            wide = made.content_type.partition("/")[0]
            kinds = (f"{wide}/*",) if wide in _USUAL else ()
            return load(url, hosts=None, server=f"{parts.scheme}://{parts.netloc}" if inside else "", kinds=kinds).body
    raise Unreachable("There is no such file in it.")
