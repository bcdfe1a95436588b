"""Anybody's own app as a channel: signed webhooks both ways, and orders beside messages."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from samspil.channels.api import send, settings
from samspil.channels.api.read import Part
from samspil.channels.api.understand import content, kept, meaning
from samspil.kit import (
    Account,
    Capabilities,
    Change,
    Channel,
    ChannelError,
    Check,
    Envelope,
    Event,
    Field,
    Handle,
    Heard,
    NotUnderstood,
    Outbound,
    Replay,
    Request,
    Sent,
)
from samspil.kit.webhooks import ID, verified

MOST, PAGE = 500, 100
"""Events of one request, and messages of one page of what was sent."""


class Api:
    """Satisfies Channel, Hears, Replays, Sends, Changes, Types and HasAttachments. Stateless."""

    name = "api"
    capabilities = Capabilities(
        sends=True,
        starts=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        idempotent=True,
        max_length=send.LONGEST,
        max_attachment=send.LARGEST,
        changes=frozenset({"edit", "delete", "react", "read"}),
    )
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One request: an event, ``{"events": [...]}``, or ``{"type": "replay"}``. All are looked at before any is kept.

        Raises Forged, NotUnderstood with the path of what is wrong.
        """
        verified(request.headers, request.body, secrets=settings.secrets(account), now=time.time())
        if request.method != "POST":
            raise NotUnderstood("events come by POST")
        said = kept(Envelope(external_id=request.headers[ID], payload=request.body))
        if said.value.get("type") == "replay":
            return Heard(replay=_replay(said))
        events = said.parts("events", MOST) if "events" in said.value else [said]
        now = datetime.now(UTC)
        envelopes = [_looked_at(event, account, now) for event in events]
        return Heard(envelopes=envelopes, body=json.dumps({"accepted": len(envelopes)}).encode())

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event. Raises NotUnderstood."""
        return meaning(envelope, account)

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of one attachment. Raises NotUnderstood."""
        files = kept(envelope).parts("attachments", MOST)
        if not (part.isascii() and part.isdigit() and int(part) < len(files)):
            raise NotUnderstood("there is no such attachment")
        return content(files[int(part)])

    def replayed(self, messages: Sequence[Outbound], following: str, account: Account) -> bytes:
        """One page of what was sent."""
        return send.page(messages, following, account)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One message to the app. Raises TryLater, Unreachable."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """What we did to a message. Raises TryLater, Unreachable."""
        return send.change(change, account)

    def typing(self, to: Handle, answering: str, account: Account) -> None:  # noqa: ARG002 - the app knows where they talk
        """That one of us writes. Raises ChannelError."""
        send.typing(to, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Look at the settings and send the app a ping. Raises nothing."""
        return list(_checks(account))


def _looked_at(event: Part, account: Account, now: datetime) -> Envelope:
    ident = f"{event.one_of('type', KINDS)}:{event.ident('id')}"
    payload = json.dumps(event.value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    try:
        meaning(Envelope(external_id=ident, payload=payload, received_at=now), account)
    except NotUnderstood as error:
        raise NotUnderstood(f"{event.path}{error}") from error
    return Envelope(external_id=ident, payload=payload)


KINDS = ("message", "edit", "delete", "reaction", "read", "delivery", "follow", "order")


def _replay(said: Part) -> Replay:
    since = said.at("since", datetime.now(UTC)) if said.value.get("since") else None
    return Replay(since=since, after=said.ident("after", required=False), limit=PAGE)


def _checks(account: Account) -> Iterator[Check]:
    word = settings.app(account) == str(account.config.get("app") or "").strip()
    yield Check(name="name", ok=word, remedy="" if word else "Small letters, digits and -, beginning with a letter.")
    good = bool(settings.secrets(account))
    yield Check(
        name="secret",
        ok=good,
        remedy="" if good else "whsec_ and 24 to 64 bytes as base64: echo whsec_$(openssl rand -base64 32)",
    )
    if not good or not account.config.get("url"):
        return
    try:
        answer = send.call(account, f"ping-{time.time_ns()}", {"type": "ping"})
    except ChannelError as error:
        yield Check(name="send", ok=False, detail=str(error), remedy="Can this machine reach the app?")
        return
    detail = "" if answer.ok else f"the app says {answer.status}"
    yield Check(name="send", ok=answer.ok, detail=detail, remedy="" if answer.ok else "The app must answer a ping with 200.")


def channel() -> Channel:
    """The channel, for the registry."""
    return Api()
