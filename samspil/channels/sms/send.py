"""Sending one text message."""

from collections.abc import Mapping
from typing import Any

from samspil.channels.sms.settings import NUMBER, SERVICE, sid, web
from samspil.kit import Account, Outbound, Sent, SignInAgain, Uncertain, Unreachable

LONGEST = 1600
"""Characters that Twilio takes at once; it sends them as up to eleven parts."""
FILES, BYTES = 10, 5_000_000
"""Of one message, its words and files together (https://www.twilio.com/docs/messaging/guides/accepted-mime-types)."""
CREATED, REFUSED, FORBIDDEN = 201, 401, 403
STOPPED, WRONG = 21610, {21211, 21214, 21217, 21614}


def send(outbound: Outbound, account: Account) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    if not NUMBER.fullmatch(outbound.to.address):
        raise Unreachable(f"{outbound.to.address} is no number that can be written to", permanent=True)
    if len(outbound.text) > LONGEST:
        raise Unreachable(f"A text message has at most {LONGEST} characters")
    addresses = links(outbound)
    service = str(account.config.get("service_sid") or "").strip()
    source = {"MessagingServiceSid": service} if SERVICE.fullmatch(service) else {"From": str(account.config.get("number") or "")}
    form = {"To": outbound.to.address, "Body": outbound.text, **source, **({"MediaUrl": addresses} if addresses else {})}
    answer = web(account).call("POST", f"Accounts/{sid(account)}/Messages.json", form=form)
    said = answer.json()
    if answer.status == CREATED and isinstance(said, dict) and isinstance(said.get("sid"), str):
        return Sent(external_id=said["sid"], detail=str(said.get("status") or ""))
    if answer.ok:
        raise Uncertain("Twilio's answer did not say which message it made")
    _refuse(answer.status, said if isinstance(said, dict) else {})
    raise Unreachable(f"Twilio: {answer.words}")


def links(outbound: Outbound) -> list[str]:
    """Where Twilio fetches the files. Raises Unreachable, before anything is sent."""
    if len(outbound.files) > FILES or sum(file.size for file in outbound.files) > BYTES:
        raise Unreachable(f"A message takes at most {FILES} files, of {BYTES // 1_000_000} MB together")
    if not all(file.url for file in outbound.files):
        raise Unreachable("Twilio fetches files from a public https address: set SAMSPIL_LIVE_URL to that of this installation")
    return [file.url for file in outbound.files]


def _refuse(status: int, said: Mapping[str, Any]) -> None:
    code, words = said.get("code"), str(said.get("message") or status)[:300]
    if status in {REFUSED, FORBIDDEN} and code != STOPPED:
        raise SignInAgain("Twilio does not accept the account: give the new auth token in the settings of the channel")
    if code == STOPPED:
        raise Unreachable("They have written STOP to you, so text messages to them are not sent until they write START")
    raise Unreachable(f"Twilio: {words}", permanent=code in WRONG)
