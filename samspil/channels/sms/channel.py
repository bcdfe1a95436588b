"""Text messages by Twilio: it calls us for each that comes, and is asked to send ours."""

import json
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import parse_qs

from samspil.channels.sms import files, send, settings, signature
from samspil.channels.sms.understand import meaning
from samspil.kit import (
    Account,
    Capabilities,
    Channel,
    ChannelError,
    Check,
    Envelope,
    Event,
    Field,
    Heard,
    NotUnderstood,
    Outbound,
    Request,
    Sent,
)

FIELDS_AT_MOST = 200
NOTHING = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""An answer in TwiML that says nothing: colleagues answer later, by themselves."""


class Sms:
    """Satisfies Channel, Hears, Sends and FetchesFiles. Stateless."""

    name = "sms"
    capabilities = Capabilities(sends=True, starts=True, max_length=send.LONGEST, max_attachment=send.BYTES)
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of Twilio's. Raises Forged, NotUnderstood (no form)."""
        try:
            body = request.body.decode("utf-8")
            form = parse_qs(body, keep_blank_values=True, max_num_fields=FIELDS_AT_MOST, strict_parsing=bool(body))
        except ValueError as error:
            signature.check(request, {}, settings.secret(account))
            raise NotUnderstood("no form") from error
        signature.check(request, form, settings.secret(account))
        said = {name: values[0] for name, values in sorted(form.items())}
        payload = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        sid = said.get("MessageSid") or said.get("SmsSid") or f"sha256:{sha256(payload).hexdigest()}"
        status = said.get("MessageStatus", "")
        envelope = Envelope(external_id=f"{sid}:{status}" if status else sid, payload=payload)
        return Heard(envelopes=[envelope], content_type="text/xml", body=NOTHING)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:  # noqa: ARG002 - the contract's second argument
        """The message, or the fate of one of ours; nothing for a state on the way. Raises NotUnderstood."""
        return meaning(envelope)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One text message. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture, or of another file. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in at Twilio. Raises nothing."""
        if not settings.sid(account):
            return [
                Check(name="account", ok=False, detail="this is no account SID", remedy="Copy it whole: AC and 32 characters.")
            ]
        number = settings.NUMBER.fullmatch(str(account.config.get("number") or ""))
        checks = [
            Check(name="number", ok=bool(number), remedy="" if number else "Write it with its country: +45 and so on, no spaces.")
        ]
        try:
            answer = settings.web(account).call("GET", f"Accounts/{settings.sid(account)}.json")
            said = answer.json()
        except ChannelError as error:
            return [Check(name="sign in", ok=False, detail=str(error), remedy="Can this machine reach Twilio?"), *checks]
        if not answer.ok or not isinstance(said, dict):
            return [
                Check(name="sign in", ok=False, detail=f"Twilio says {answer.status}", remedy="Copy the auth token anew."),
                *checks,
            ]
        active = said.get("status") == "active"
        remedy = "" if active else "Look at the account in Twilio's console."
        return [Check(name="sign in", ok=active, detail=str(said.get("status") or "")[:100], remedy=remedy), *checks]


def channel() -> Channel:
    """The channel, for the registry."""
    return Sms()
