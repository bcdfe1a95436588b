"""LinkedIn's webhook: its challenge, and the signature of what it brings. Pure."""

import hmac
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from samspil.channels.linkedin.settings import COMMENT
from samspil.kit import Envelope, Forged, Heard, Request
from samspil.kit.calls import challenge, check

HEADER, PREFIX = "x-li-signature", "hmacsha256="
LONGEST_CHALLENGE = 200


def hear(request: Request, secret: str) -> Heard:
    """The answer to a challenge (GET with challengeCode), or an envelope for each notification. Raises Forged, NotUnderstood."""
    if not secret:
        raise Forged("there is no client secret")
    if code := challenge(request, "challengeCode", LONGEST_CHALLENGE):
        return Heard(body=json.dumps({"challengeCode": code, "challengeResponse": signed(code.encode(), secret)}).encode())
    given = request.headers.get(HEADER, "").removeprefix(PREFIX).lower()
    # The documentation puts the prefix before the body that is signed.
    check(given, signed(PREFIX.encode() + request.body, secret), "LinkedIn")
    return Heard(envelopes=list(_split(request.body)))


def signed(body: bytes, secret: str) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def _split(body: bytes) -> Iterator[Envelope]:
    """An envelope for each. A new comment has the id that it has when it is fetched: whichever comes first counts."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    rows = said.get("notifications") if isinstance(said, dict) else None
    if not isinstance(rows, list) or not rows:
        yield Envelope(external_id=f"call:{sha256(body).hexdigest()}", payload=body)
        return
    for row in rows:
        payload = json.dumps({"notification": row}, ensure_ascii=True, separators=(",", ":")).encode()
        about = row if isinstance(row, dict) else {}
        urn, ident = about.get("generatedActivity"), about.get("notificationId")
        ours = _owner(about) == about.get("organizationalEntity")  # seen when it is fetched, with whom it answers
        new = about.get("action") == "COMMENT" and not ours and isinstance(urn, str) and COMMENT.fullmatch(urn)
        known = f"notification:{ident}" if isinstance(ident, int | str) and ident else f"call:{sha256(payload).hexdigest()}"
        yield Envelope(external_id=(f"comment:{urn}" if new else known)[:200], payload=payload)


def _owner(row: Mapping[str, Any]) -> Any:
    made = row.get("decoratedGeneratedActivity")
    comment = made.get("comment") if isinstance(made, dict) else None
    return comment.get("owner") if isinstance(comment, dict) else None
