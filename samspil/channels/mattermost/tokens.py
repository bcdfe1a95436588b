"""What a button of ours brings back when it is pressed. Mattermost keeps it and shows it to nobody, but signs nothing: we do.

The signature holds the notice, the word and who may press it, so that neither an address that became known nor another's button is of use.
"""

import hmac
from base64 import b32encode
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from samspil.kit.notices import SAYS

BYTES = 16


def context(key: bytes, notice: str, word: str, user: str) -> dict[str, str]:
    """What a button holds. Raises ValueError for an id that is no UUID."""
    ident = str(UUID(notice))
    return {"notice": ident, "word": word, "user": user, "signature": _signature(key, ident, word, user)}


def is_ours(key: bytes, held: Mapping[str, object]) -> bool:
    """Whether we made it."""
    notice, word, user, given = (str(held.get(name) or "") for name in ("notice", "word", "user", "signature"))
    if word not in SAYS or len(notice) != len(str(UUID(int=0))):
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), _signature(key, notice, word, user).encode())


def _signature(key: bytes, notice: str, word: str, user: str) -> str:
    said = f"samspil-mattermost\0button\0{notice}\0{word}\0{user}".encode("utf-8", "replace")
    return b32encode(hmac.new(key, said, sha256).digest()[:BYTES]).decode().rstrip("=").lower()
