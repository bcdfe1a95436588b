"""Files that a message tells of (XEP-0066, XEP-0385, XEP-0447): they lie wherever their sender's server put them, and are fetched from there."""

import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from samspil.channels.xmpp import stanza as words
from samspil.kit import Account, Attachment, Unreachable, reading
from samspil.kit.channel import LARGEST_FILE
from samspil.kit.files import load

PART = "oob:"
MANY = 50
_KIND = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,66}", re.ASCII)


def told(message: Any) -> list[dict[str, str]]:
    """The files, each with its address, and its description, name, kind and size where they are said. One told in two ways is one."""
    found: dict[str, dict[str, str]] = {}
    for shown in [*_plain(message), *_shared(message)]:
        url = reading.text(shown.pop("url", None), 2000).strip()
        if url and (url in found or len(found) < MANY):
            row = found.setdefault(url, {"url": url})
            row |= {key: clean for key, value in shown.items() if (clean := reading.text(value, 2000).strip())}
    return list(found.values())


def _plain(message: Any) -> Iterator[dict[str, Any]]:
    for row in message.findall(f"{words.OOB}x")[:MANY]:
        yield {"url": row.findtext(f"{words.OOB}url"), "description": row.findtext(f"{words.OOB}desc")}


def _shared(message: Any) -> Iterator[dict[str, Any]]:
    """Those with a description of their own. What is encrypted apart (XEP-0448) has no plain address, and is left out."""
    rows = [
        (e, words.SHARED, words.FILE, f"{words.URL}url-data", "target") for e in message.findall(f"{words.SHARED}file-sharing")
    ]
    for reference in message.findall(words.REFERENCE):
        media = reference.find(f"{words.INLINE}media-sharing")
        if media is not None:
            rows.append((media, words.INLINE, "{*}", words.REFERENCE, "uri"))
    for row, within, file, source, address in rows[:MANY]:
        urls = (e.get(address) for e in row.findall(f"{within}sources/{source}"))
        about = {name: row.findtext(f"{file}file/{file}{name}") for name in ("name", "media-type", "size", "desc")}
        url = next((url for url in urls if url and _name(url)), None)
        yield {
            "url": url,
            "description": about["desc"],
            "name": about["name"],
            "type": about["media-type"],
            "size": about["size"],
        }


def attachments(files: Sequence[Mapping[str, str]]) -> Sequence[Attachment]:
    """One for each address of http or https; others, as of OMEMO's own kind, are only told."""
    found = []
    for number, row in enumerate(files):
        lies = _name(row["url"])
        if not lies:
            continue
        name = PurePosixPath(row.get("name", "").replace("\\", "/")).name[:255] or lies
        said = row.get("type", "").lower()
        kind = said if _KIND.fullmatch(said) else mimetypes.guess_type(name)[0] or "application/octet-stream"
        size = int(row["size"]) if re.fullmatch(r"[0-9]{1,9}", row.get("size", "")) else 0
        alt = row.get("description", "")[:2000]
        size = min(size, LARGEST_FILE + 1)
        found.append(Attachment(part=f"{PART}{number}", name=name, content_type=kind, size=size, alt=alt, remote=True))
    return tuple(found)


def _name(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return PurePosixPath(unquote(parts.path)).name.replace("\x00", "")[:255] or "file"


def fetch_file(part: str, files: Sequence[Mapping[str, str]], account: Account) -> bytes:
    """The bytes of one file. Raises TryLater, Unreachable."""
    number = part.removeprefix(PART)
    if not number.isdecimal() or int(number) >= len(files) or not _name(files[int(number)]["url"]):
        raise Unreachable("There is no such file in it.")
    # A server of the organisation's own may be inside: the host that the account's settings name.
    host = str(account.config.get("host") or "")
    url = files[int(number)]["url"]
    own = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" if host and urlsplit(url).hostname == host else ""
    return load(url, hosts=None, server=own).body
