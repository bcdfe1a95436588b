"""Slack's call: the signature, the question whether we are there, and one envelope for each event. Pure but for the clock.

Sources: docs.slack.dev, authentication/verifying-requests-from-slack, apis/events-api, reference/interaction-payloads.
"""

import hmac
import json
import time
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from samspil.channels.slack.hint import hint, is_astray
from samspil.channels.slack.settings import Settings, settings_of
from samspil.channels.slack.sort import is_ours
from samspil.kit import Account, Envelope, Forged, Heard, NotUnderstood, Request, calls
from samspil.kit.reading import body, text

SIGNATURE, TIMESTAMP = "x-slack-signature", "x-slack-request-timestamp"
WINDOW = 300
"""Seconds that a call may be old, or ahead of our clock."""
LARGEST = 1024 * 1024
LONGEST_CHALLENGE = 200
_DIGITS = 12


def hear(request: Request, account: Account, now: float | None = None) -> Heard:
    """What one call brings. Raises Forged, NotUnderstood."""
    settings = settings_of(account)
    check(request, settings.secret, time.time() if now is None else now)
    said = _said(request)
    if said.get("type") == "url_verification":
        asked = text(said.get("challenge"), LONGEST_CHALLENGE)
        if not asked or not asked.isascii():
            raise NotUnderstood("There is no challenge")
        return Heard(body=asked.encode(), content_type="text/plain")
    found = envelope_of(said, settings)
    then = partial(hint, said, settings, account.language) if is_astray(said, settings) else None
    return Heard(envelopes=[found] if found else [], body=b"", content_type="text/plain", then=then)


def check(request: Request, secret: str, now: float) -> None:
    """``v0=`` and HMAC-SHA256 in hexadecimal over "v0:TIME:BODY", and a time that is no older than five minutes. Raises Forged."""
    given, at = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
    if not secret:
        raise Forged("there is no signing secret: this account fetches by itself")
    if not given or not (at.isascii() and at.isdigit() and len(at) <= _DIGITS):
        raise Forged("there is no signature, or no time")
    calls.check(given, signed(request.body, at, secret), "Slack")
    if abs(now - int(at)) > WINDOW:
        raise Forged("the call is stale")


def signed(content: bytes, at: str, secret: str) -> str:
    """The signature of a body that was sent at this time."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{at}:".encode() + content, sha256).hexdigest()


def _said(request: Request) -> Mapping[str, Any]:
    """An event is JSON; a button is a form with JSON in it. Raises NotUnderstood."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = request.body
    if kind == "application/x-www-form-urlencoded":
        if len(content) > LARGEST:
            raise NotUnderstood("Slack's call is too large")
        fields = dict(parse_qsl(content.decode("utf-8", "replace"), max_num_fields=20))
        content = fields.get("payload", "").encode("utf-8", "replace")
    return body(content, what="Slack's call", largest=LARGEST)


def envelope_of(said: Mapping[str, Any], settings: Settings) -> Envelope | None:
    """What is to be kept of a call or of a message of the stream; None for what others say to others. Raises Forged for another workspace."""
    if not settings.team or team_of(said) != settings.team:
        raise Forged("it is of another workspace")
    if not is_ours(said, settings.own):
        return None
    payload = json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()
    return Envelope(external_id=_ident(said, payload), payload=payload)


def team_of(said: Mapping[str, Any]) -> str:
    """The workspace in which it happened."""
    team = said.get("team")
    return text(said.get("team_id") or (team.get("id") if isinstance(team, Mapping) else ""), 40)


def _ident(said: Mapping[str, Any], payload: bytes) -> str:
    # Slack's further tries bear the same id. A button has none, and its trigger is made anew for each press.
    ident = text(said.get("event_id") or said.get("trigger_id"), 200)
    return ident if ident.isascii() and ident.isprintable() and ident else f"sha256:{sha256(payload).hexdigest()}"
