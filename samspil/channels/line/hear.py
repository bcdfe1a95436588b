"""LINE's call: the signature, and one envelope for each event (https://developers.line.biz/en/reference/messaging-api/#webhooks). Pure."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

from samspil.channels.line.settings import secret
from samspil.kit import Account, Envelope, Forged, Heard, NotUnderstood, Request, calls

HEADER = "x-line-signature"


def hear(request: Request, account: Account) -> Heard:
    """Every event, each with its own sender. None at all is LINE's way of asking whether we are there. Raises Forged, NotUnderstood."""
    check(request, secret(account))
    try:
        said = json.loads(request.body)
        events = said.get("events") if isinstance(said, dict) else None
        if not isinstance(events, list):
            raise NotUnderstood("LINE's call has no list of events")
        return Heard(envelopes=[_envelope(event, said.get("destination")) for event in events])
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("LINE's call is not JSON") from error


def check(request: Request, key: str) -> None:
    """Base64 of HMAC-SHA256 over the body as it came. Raises Forged."""
    given = request.headers.get(HEADER, "")
    if not key or not given:
        raise Forged("there is no signature")
    calls.check(given, signed(request.body, key), "LINE")


def signed(body: bytes, key: str) -> str:
    """The signature of a body."""
    return b64encode(hmac.new(key.encode(), body, sha256).digest()).decode()


def _envelope(event: Any, destination: Any) -> Envelope:
    payload = json.dumps({"destination": destination, "event": event}, separators=(",", ":")).encode()
    ident = event.get("webhookEventId") if isinstance(event, dict) else None
    # A call that LINE makes again has the same id, and differs in deliveryContext alone.
    known = isinstance(ident, str) and 0 < len(ident) <= 100 and ident.isascii()  # noqa: PLR2004 - a ULID has 26
    return Envelope(external_id=str(ident) if known else f"sha256:{sha256(payload).hexdigest()}", payload=payload)
