"""Sending one text message."""

from collections.abc import Mapping
from typing import Any

from samspil.channels.sms.settings import NUMBER, SERVICE, sid, web
from samspil.kit import Account, Outbound, Sent, SignInAgain, Uncertain, Unreachable

LONGEST = 1600
"""Characters that Twilio takes at once; it sends them as up to eleven parts."""
CREATED, REFUSED, FORBIDDEN = 201, 401, 403
STOPPED, WRONG = 21610, {21211, 21214, 21217, 21614}


def send(outbound: Outbound, account: Account) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    if not NUMBER.fullmatch(outbound.to.address):
        raise Unreachable(f"{outbound.to.address} is no number that can be written to", permanent=True)
    if len(outbound.text) > LONGEST:
        raise Unreachable(f"A text message has at most {LONGEST} characters")
    if outbound.files:
        raise Unreachable("Files cannot be sent as a text message")
    service = str(account.config.get("service_sid") or "").strip()
    source = {"MessagingServiceSid": service} if SERVICE.fullmatch(service) else {"From": str(account.config.get("number") or "")}
    form = {"To": outbound.to.address, "Body": outbound.text, **source}
    answer = web(account).call("POST", f"Accounts/{sid(account)}/Messages.json", form=form)
    said = answer.json()
    if answer.status == CREATED and isinstance(said, dict) and isinstance(said.get("sid"), str):
        return Sent(external_id=said["sid"], detail=str(said.get("status") or ""))
    if answer.ok:
        raise Uncertain("Twilio's answer did not say which message it made")
    _refuse(answer.status, said if isinstance(said, dict) else {})
    raise Unreachable(f"Twilio: {answer.words}")


def _refuse(status: int, said: Mapping[str, Any]) -> None:
    code, words = said.get("code"), str(said.get("message") or status)[:300]
    if status in {REFUSED, FORBIDDEN} and code != STOPPED:
        raise SignInAgain("Twilio does not accept the account: give the new auth token in the settings of the channel")
    if code == STOPPED:
        raise Unreachable("They have written STOP to you, so text messages to them are not sent until they write START")
    raise Unreachable(f"Twilio: {words}", permanent=code in WRONG)
