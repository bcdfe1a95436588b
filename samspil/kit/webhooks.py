"""Signed webhooks after the Standard Webhooks specification (https://www.standardwebhooks.com, version 1.0.0), both ways. Pure.

Three headers: ``webhook-id`` (the same at every try), ``webhook-timestamp`` (seconds since 1970) and ``webhook-signature``: one or more of
``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``, parted by spaces, so that a secret can be changed without a gap.
A secret is ``whsec_`` and the base64 of 24 to 64 bytes.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

from samspil.kit.errors import Forged

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
TOLERANCE = 300
"""Seconds that a request may be old, or ahead of our clock."""
SHORTEST, LONGEST = 24, 64
LONGEST_ID = 200


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises ValueError when it is none."""
    try:
        key = b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the secret is not base64") from error
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"the secret has {len(key)} bytes; it must have {SHORTEST} to {LONGEST}")
    return key


def signed(*, ident: str, at: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers; ``at`` in seconds since 1970. Raises ValueError for a secret that is none."""
    signatures = " ".join(f"v1,{_signature(key_of(secret), ident, str(at), body)}" for secret in secrets)
    return {ID: ident, TIMESTAMP: str(at), SIGNATURE: signatures}


def verified(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: float) -> str:
    """The request's id, when one of the secrets has signed it and it is not stale. Header names in lower case. Raises Forged."""
    ident, at = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not ident or len(ident) > LONGEST_ID or not ident.isascii() or not ident.isprintable():
        raise Forged(f"there is no {ID}")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):  # noqa: PLR2004 - seconds until the year 33658
        raise Forged(f"{TIMESTAMP} is no number of seconds")
    given = [s.removeprefix("v1,").encode("utf-8", "replace") for s in headers.get(SIGNATURE, "").split() if s.startswith("v1,")]
    keys = []
    for secret in secrets:
        try:
            keys.append(key_of(secret))
        except ValueError:
            continue
    wanted = [_signature(key, ident, at, body).encode() for key in keys]
    if not any([hmac.compare_digest(one, other) for one in given[:10] for other in wanted]):  # noqa: C419 - all, so that time tells nothing
        raise Forged("the signature is wrong")
    if abs(now - int(at)) > TOLERANCE:
        raise Forged("the request is stale")
    return ident


def _signature(key: bytes, ident: str, at: str, body: bytes) -> str:
    return b64encode(hmac.new(key, f"{ident}.{at}.".encode() + body, sha256).digest()).decode()
