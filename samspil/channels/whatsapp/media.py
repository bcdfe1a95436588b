"""Files that people send: WhatsApp gives an address for five minutes, to whoever has the token, and what the bytes add up to.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
"""

import mimetypes
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from samspil.channels._meta.settings import said
from samspil.channels.whatsapp.settings import graph
from samspil.kit import Account, Attachment, Unreachable
from samspil.kit.channel import LARGEST_FILE
from samspil.kit.files import load

HOSTS = (".fbsbx.com", ".whatsapp.net", ".fbcdn.net")
_ID = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)


def attachments(media: Any) -> Sequence[Attachment]:
    """The one file of a message; ``part`` is its id at WhatsApp."""
    ident = media.get("id", "") if isinstance(media, dict) else ""
    if not isinstance(ident, str) or not _ID.fullmatch(ident):
        return ()
    content_type = str(media.get("mime_type") or "application/octet-stream").partition(";")[0].strip().lower()[:100]
    name = f"{media.get('kind') or 'file'}{mimetypes.guess_extension(content_type) or '.bin'}"
    return (Attachment(part=ident, name=str(media.get("name") or name)[:200], content_type=content_type, size=0, remote=True),)


def fetch_file(part: str, account: Account) -> bytes:
    """The bytes of one file, held against WhatsApp's digest of them. Raises TryLater, Unreachable."""
    if not _ID.fullmatch(part):
        raise Unreachable("There is no such file")
    about = graph(account).call("GET", part, query={"phone_number_id": said(account, "phone_number_id")})
    size = about.get("file_size")
    if isinstance(size, int) and size > LARGEST_FILE:
        raise Unreachable(f"The file has {size} bytes, and {LARGEST_FILE} are fetched at most")
    url = about.get("url")
    if not isinstance(url, str):
        raise Unreachable("WhatsApp gave the file no address")
    headers = {"authorization": f"Bearer {said(account, 'access_token')}"}
    found = load(url, hosts=HOSTS, server=said(account, "server"), headers=headers).body
    wanted = about.get("sha256")
    if isinstance(wanted, str) and wanted and not _is(found, wanted):
        raise Unreachable("The file is not the one that WhatsApp told of")
    return found


def _is(content: bytes, wanted: str) -> bool:
    """WhatsApp writes the digest in hexadecimal in one place, and in base64 in another."""
    digest = sha256(content)
    if wanted.lower() == digest.hexdigest():
        return True
    try:
        return b64decode(wanted, validate=True) == digest.digest()
    except (Error, ValueError):
        return False
