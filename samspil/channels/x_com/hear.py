"""X's webhook: its challenge, and the signature of what it brings. Pure."""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from samspil.kit import Envelope, Forged, Heard, Request
from samspil.kit.calls import challenge, check

HEADER = "x-twitter-webhooks-signature"
LONGEST_CHALLENGE = 500


def hear(request: Request, secret: str) -> Heard:
    """The answer to a challenge (GET with crc_token), or the envelope of a call. Raises Forged, NotUnderstood."""
    if not secret:
        raise Forged("there is no API key secret")
    if token := challenge(request, "crc_token", LONGEST_CHALLENGE):
        return Heard(body=json.dumps({"response_token": signed(token.encode(), secret)}).encode())
    check(request.headers.get(HEADER, ""), signed(request.body, secret), "X")
    return Heard(envelopes=list(_split(request.body)))


def _split(body: bytes) -> Iterator[Envelope]:
    """An envelope for each event. Posts and messages have the id that they have when they are fetched: whichever comes first counts."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    lists = {name: rows for name, rows in said.items() if isinstance(rows, list)} if isinstance(said, dict) else {}
    if not any(lists.values()):
        yield Envelope(external_id=f"activity:{sha256(body).hexdigest()}", payload=body)
        return
    around = {name: value for name, value in said.items() if name not in lists}
    for name, rows in lists.items():
        for row in rows:
            payload = json.dumps({**around, name: [row]}, ensure_ascii=True, separators=(",", ":")).encode()
            yield Envelope(external_id=_ident(name, row, payload), payload=payload)


def _ident(name: str, row: Any, payload: bytes) -> str:
    kind, word = {"tweet_create_events": ("post", "id_str"), "direct_message_events": ("message", "id")}.get(name, ("", ""))
    value = row.get(word) if isinstance(row, dict) and kind else None
    known = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20  # noqa: PLR2004 - of 64 bits
    return f"{kind}:{value}" if known else f"activity:{sha256(payload).hexdigest()}"


def signed(body: bytes, secret: str) -> str:
    """The signature of a body or a challenge."""
    return "sha256=" + b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()
