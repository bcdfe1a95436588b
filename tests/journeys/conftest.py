"""What a journey begins with: an organisation, colleagues, a mailbox."""

from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Colleague, Unit


@pytest.fixture
def organisation(db):
    return found(name="Prøve", language="da")


@pytest.fixture
def mette(organisation) -> Colleague:
    return take_in(
        email="mette@firma.example",
        name="Mette Krogh",
        password="cykelkurv-i-regn",
        role="admin",
        unit=Unit.objects.get(triage=True),
    )


@pytest.fixture
def jonas(organisation) -> Colleague:
    return take_in(email="jonas@firma.example", name="Jonas Lund", password="cykelkurv-i-sol", unit=Unit.objects.get(triage=True))


@pytest.fixture
def mailbox(organisation) -> Account:
    return connect(channel="mail", name="Service", config=mail_config(), own=["service@firma.example"])


def mail_config() -> dict[str, object]:
    config: dict[str, object] = {}
    for field in registry.channel("mail").fields:
        if field.required and field.default in (None, ""):
            config[field.name] = {"number": 1, "switch": False}.get(
                field.kind, "service@firma.example" if field.kind == "address" else "localhost"
            )
    return config


def mail(
    text: str = "Hej\n\nMit batteri er fladt.\n",
    *,
    sender: str = "Karoline <karoline@vestergaard.example>",
    subject: str = "Batteriet",
    ident: str | None = None,
    references: tuple[str, ...] = (),
    at: datetime | None = None,
    to: str = "service@firma.example",
) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = (at or now()).strftime("%a, %d %b %Y %H:%M:%S +0000")
    if ident:
        message["Message-ID"] = f"<{ident}>"
    if references:
        message["In-Reply-To"] = f"<{references[-1]}>"
        message["References"] = " ".join(f"<{r}>" for r in references)
    message.set_content(text)
    return message.as_bytes()


def envelopes(*payloads: bytes) -> list[kit.Envelope]:
    from samspil.base.ids import digest

    return [kit.Envelope(external_id=str(digest(p.decode("latin-1"))), payload=p) for p in payloads]


def receive(account: Account, *payloads: bytes) -> int:
    """Through the whole spine, until nothing waits."""
    keep(account=account.pk, envelopes=envelopes(*payloads), at=now())
    taken = 0
    while some := understand_waiting(at=now()):
        taken += some
    return taken


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def as_uuid(text: str) -> UUID:
    return UUID(text)
