"""Files that a message tells of (XEP-0066): they lie wherever their sender's server put them (XEP-0363), and are fetched from there."""

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from samspil.kit import Account, Attachment, Unreachable
from samspil.kit.files import load

PART = "oob:"


def attachments(told: Sequence[Mapping[str, str]]) -> Sequence[Attachment]:
    """One for each address of http or https; others, as of OMEMO's own kind, are only told."""
    found = []
    for number, row in enumerate(told):
        name = _name(row["url"])
        if not name:
            continue
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        alt = row.get("description", "")[:2000]
        found.append(Attachment(part=f"{PART}{number}", name=name, content_type=kind, size=0, alt=alt, remote=True))
    return tuple(found)


def _name(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return PurePosixPath(unquote(parts.path)).name.replace("\x00", "")[:255] or "file"


def fetch_file(part: str, told: Sequence[Mapping[str, str]], account: Account) -> bytes:
    """The bytes of one file. Raises TryLater, Unreachable."""
    number = part.removeprefix(PART)
    if not number.isdecimal() or int(number) >= len(told) or not _name(told[int(number)]["url"]):
        raise Unreachable("There is no such file in it.")
    # A server of the organisation's own may be inside: the host that the account's settings name.
    host = str(account.config.get("host") or "")
    url = told[int(number)]["url"]
    own = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" if host and urlsplit(url).hostname == host else ""
    return load(url, hosts=None, server=own).body
