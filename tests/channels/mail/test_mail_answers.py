"""The odd and hostile mails to a colleague's answer address once more, through a real Postfix and Dovecot; and what became of each."""

import imaplib
import json
import os
import smtplib
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.mail import tokens
from samspil.channels.mail.understand import external_id
from samspil.elsewhere.actions import send_notice
from samspil.elsewhere.models import Arrival, Notice
from samspil.elsewhere.rules import BURST
from samspil.intake.actions import configure, keep, understand_waiting
from samspil.intake.models import Interaction
from samspil.reply.models import Reply
from tests.browser.whole_way import Mailbox
from tests.channels.mail.hostile import CASES, Letter
from tests.channels.mail.servers import MailServers
from tests.journeys.test_answer_by_mail import _from_the_beginning, house, later  # noqa: F401 - fixtures among them

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
QUIET, PATIENCE = 0.4, 10.0
"""Seconds of silence after which no second copy of a mail is on its way; seconds that a mail may take."""


@pytest.fixture
def letter(house, mail_servers: MailServers) -> Letter:  # noqa: F811 - the fixture
    """Bo's notice, as it lies in Bo's own mailbox."""
    config = {
        **house.mailbox.config, "imap_host": "127.0.0.1", "imap_port": mail_servers.imap_port, "password": mail_servers.password,
        "smtp_host": "127.0.0.1", "smtp_port": mail_servers.smtp_port, "no_tls": True,
    }  # fmt: skip
    configure(account=house.mailbox.pk, name="Service", config=config, own=["support@brand.test"])
    later()
    assert send_notice(at=now() + BURST) is not None
    read = Mailbox(mail_servers, "bo@brand.test").arrived(1)
    other = Notice.objects.create(
        colleague=house.jonas, conversation=house.conversation, kind="mentioned", state="sent", at=now(), send_at=now()
    )
    return Letter(
        answer_to=str(read["Reply-To"].addresses[0].addr_spec),
        message_id=str(read["Message-ID"]).strip(),
        text=read.get_body(("plain",)).get_content().replace("\r\n", "\n"),
        other_answer_to=tokens.notice_address(house.key, "support@brand.test", str(other.pk)),
        conversation_address=tokens.reply_address(house.key, "support@brand.test", str(house.conversation.pk)),
    )


def send(servers: MailServers, raw: bytes) -> None:
    """Hand it to Postfix, for every receiver that it names in our own house."""
    read = message_from_bytes(raw, policy=default)
    fields = [address for name in ("To", "Cc") for field in read.get_all(name, []) for address in field.addresses]
    receivers = sorted({a.addr_spec for a in fields if a.domain.lower() == "brand.test"})
    data = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with smtplib.SMTP(servers.host, servers.smtp_port, timeout=30) as client:
        client.ehlo()
        client.mail("nogen@forbruger.test", ["BODY=8BITMIME"])
        for receiver in receivers:
            client.rcpt(receiver)
        code, words = client.data(data)
        assert code == 250, words


class Inbox:
    """What lies in the mailbox, as IMAP gives it, each once."""

    def __init__(self, servers: MailServers) -> None:
        self.servers, self.seen = servers, 0

    def new(self) -> list[bytes]:
        """What has come since; waits for the first, and then until it is quiet."""
        found: list[bytes] = []
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with imaplib.IMAP4(self.servers.host, self.servers.imap_port, timeout=30) as client:
                client.login("support@brand.test", self.servers.password)
                count = int(client.select("INBOX", readonly=True)[1][0] or 0)
                fresh = range(self.seen + 1, count + 1)
                found += [client.fetch(str(number), "(BODY.PEEK[])")[1][0][1] for number in fresh]
            if found and count == self.seen:
                return found
            self.seen = count
            time.sleep(QUIET)
        return found


def test_none_of_them_is_attributed_wrongly(house, mail_servers: MailServers, letter):  # noqa: F811 - the fixture
    inbox = Inbox(mail_servers)
    wrong, told = [], {}
    for name, made, verdict, why in CASES:
        one = Letter(**{**{f: getattr(letter, f) for f in Letter.__dataclass_fields__}, "ident": uuid4().hex})
        before = (Arrival.objects.count(), Interaction.objects.filter(outgoing=False).count(), Reply.objects.count())
        raw = made(one)
        send(mail_servers, raw if isinstance(raw, bytes) else raw.as_bytes())
        came = [kit.Envelope(external_id=external_id(each), payload=each, received_at=now()) for each in inbox.new()]
        keep(account=house.mailbox.pk, envelopes=came, at=now())
        while understand_waiting(at=now()):
            pass
        later()
        arrived = Arrival.objects.order_by("-id").first()
        found = (arrived.verdict, arrived.why) if arrived and Arrival.objects.count() > before[0] else ("consumer", "")
        heard = Interaction.objects.filter(outgoing=False).count() - before[1]
        said = Reply.objects.count() - before[2]
        told[name] = found[0]
        if not came or found != (verdict, why) or heard != (verdict == "consumer") or said != (verdict == "answered"):
            wrong.append((name, len(came), found, heard, said))
    assert wrong == []
    assert len(CASES) >= 40
    assert {r.colleague for r in Reply.objects.all()} == {house.bo}
    if path := os.environ.get("SAMSPIL_RESULTS"):
        counts = {v: sum(1 for each in told.values() if each == v) for v in sorted(set(told.values()))}
        result = {"mails": len(told), "attributed wrongly": len(wrong), "verdicts": counts, "each": told}
        Path(path).write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
