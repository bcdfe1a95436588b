"""What a button of ours says when it is pressed: which notice, and which word. Signed, so that nobody makes one up.

    NOTICE.WORD.SIGNATURE      a UUID as 32 hexadecimal digits, one of SAYS, the first 80 bits of HMAC-SHA256 in base32

The signature says what is answered, never by whom: that says the network.
"""

import hmac
import re
from base64 import b32encode
from hashlib import sha256
from uuid import UUID

from samspil.kit.notices import SAYS

BYTES = 10
_FORM = re.compile(r"([0-9a-f]{32})\.([a-z_]{1,20})\.([a-z2-7]{16})", re.ASCII)


def signed(key: bytes, notice: str, word: str) -> str:
    """A button's value. Raises ValueError for an id that is no UUID."""
    ident = UUID(notice).hex
    return f"{ident}.{word}.{_signature(key, ident, word)}"


def read(key: bytes, value: str) -> tuple[str, str] | None:
    """The notice and the word; None for what we did not sign."""
    found = _FORM.fullmatch(value)
    if found is None or found[2] not in SAYS or not hmac.compare_digest(found[3], _signature(key, found[1], found[2])):
        return None
    return str(UUID(found[1])), found[2]


def _signature(key: bytes, ident: str, word: str) -> str:
    made = hmac.new(key, f"samspil-slack\0button\0{ident}\0{word}".encode(), sha256).digest()[:BYTES]
    return b32encode(made).decode().lower()
