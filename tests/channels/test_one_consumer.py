"""One and the same consumer on four networks, each with a server that others wrote: all she says is one person's, and each answer reaches her there.

Dovecot and Postfix (mail), Synapse (Matrix), snac (the fediverse), Prosody (XMPP).
"""

import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.channels.mail import pull as mail_pull
from samspil.channels.mastodon import pull as mastodon_pull
from samspil.conversation.models import Conversation
from samspil.identity.actions import merge, undo
from samspil.identity.models import Consumer, Decision, Link
from samspil.identity.queries.people import timeline
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account, Handle
from samspil.intake.queries import account_view
from samspil.organisation.models import Colleague, Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.mail.servers import MailServers, mail_servers  # noqa: F401 - a fixture
from tests.channels.mastodon import snac as fediverse
from tests.channels.matrix import synapse as matrix
from tests.channels.xmpp import prosody as xmpp
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
MAIL, XMPP = "karla@forbruger.test", f"karla@{xmpp.DOMAIN}"


@pytest.fixture
def everywhere(tmp_path: Path, mail_servers: MailServers) -> Iterator["Everywhere"]:  # noqa: F811
    with (
        fediverse.running(_folder(tmp_path, "snac"), ("butik", "karla")) as snac,
        matrix.running(_folder(tmp_path, "synapse")) as synapse,
        xmpp.running(_folder(tmp_path, "prosody"), ("support", "karla")) as prosody,
    ):
        yield Everywhere(mail_servers, snac, synapse, prosody)


def _folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


class Everywhere:
    """The servers, with our accounts and Karla's own clients."""

    def __init__(self, mail: MailServers, snac: Any, synapse: Any, prosody: Any) -> None:
        self.mail, self.snac, self.prosody = mail, snac, prosody
        self.butik, self.karla = synapse.person("butik", "Butik"), synapse.person("karla", "Karla")
        self.room = ""

    def connect(self) -> list[Account]:
        mail = {
            "address": "support@brand.test", "imap_host": self.mail.host, "imap_port": self.mail.imap_port, "password": self.mail.password,
            "smtp_host": self.mail.host, "smtp_port": self.mail.smtp_port, "no_tls": True, "poll_seconds": 1,
        }  # fmt: skip
        told = {"server": self.snac.url, "access_token": self.snac.tokens["butik"]}
        room = {"server": self.butik.url, "user": self.butik.user, "access_token": self.butik.token}
        return [
            connect(channel="mail", name="Mail", config=mail, own=["support@brand.test"]),
            connect(channel="mastodon", name="Fediverse", config=told, own=[f"butik@{self.snac.host}"]),
            connect(channel="matrix", name="Matrix", config=room, own=[self.butik.user]),
            connect(channel="xmpp", name="XMPP", config=self._xmpp("support"), own=[f"support@{xmpp.DOMAIN}"]),
        ]

    def _xmpp(self, user: str) -> dict[str, Any]:
        port = self.prosody.port
        return {"address": f"{user}@{xmpp.DOMAIN}", "password": xmpp.PASSWORD, "host": xmpp.HOST, "port": port, "no_tls": True}

    def _hers(self) -> kit.Account:
        return kit.Account(id="karla", name="Karla", config=self._xmpp("karla"), key=bytes(32), own=frozenset({XMPP}))

    def _fediverse(self, method: str, path: str, **given: Any) -> Any:
        headers = {"authorization": f"Bearer {self.snac.tokens['karla']}"}
        answer = httpx.request(method, self.snac.url + path, headers=headers, timeout=10, **given)
        assert answer.is_success, answer.text
        return answer.json()

    def she_writes(self) -> None:
        text = f"From: Karla <{MAIL}>\r\nTo: support@brand.test\r\nSubject: Hjul\r\nMessage-ID: <hjul@forbruger.test>\r\n\r\nHej paa mail\r\n"
        with smtplib.SMTP(self.mail.host, self.mail.smtp_port) as client:
            client.sendmail(MAIL, ["support@brand.test"], text)
        words = f"@butik@{self.snac.host} Hej i fediverset"
        self._fediverse("POST", "/api/v1/statuses", data={"status": words, "visibility": "public"})
        self.room = self.karla.room_with(self.butik.user)
        self.karla.write(self.room, "Hej på Matrix")
        out = kit.Outbound(
            id="her-1", conversation="c", to=kit.Handle(network="xmpp", address=f"support@{xmpp.DOMAIN}"), text="Hej på XMPP"
        )
        _sends("xmpp").send(out, self._hers())

    def she_reads(self) -> dict[str, bool]:
        """On which networks the answer has reached her."""
        return {
            "mail": self._in_her_mailbox(),
            "mastodon": self._in_the_fediverse(),
            "matrix": self._in_her_room(),
            "xmpp": self._on_xmpp(),
        }

    def _in_her_mailbox(self) -> bool:
        import imaplib

        with imaplib.IMAP4(self.mail.host, self.mail.imap_port) as client:
            client.login(MAIL, self.mail.password)
            client.select("INBOX")
            return bool(client.search(None, "BODY", '"Svar til Karla"')[1][0])

    def _in_the_fediverse(self) -> bool:
        told = self._fediverse("GET", "/api/v1/notifications")
        return any("Svar til Karla" in ((n.get("status") or {}).get("content") or "") for n in told)

    def _in_her_room(self) -> bool:
        return any("Svar til Karla" in str(e["content"].get("body")) for e in self.karla.seen(self.room))

    def _on_xmpp(self) -> bool:
        channel, until = registry.channel("xmpp"), time.monotonic() + 10
        assert isinstance(channel, kit.Pulls)
        batches = channel.pull(self._hers(), None)
        for batch in batches:
            events = [e for envelope in batch.envelopes for e in channel.understand(envelope, self._hers())]
            if any(isinstance(e, kit.Message) and "Svar til Karla" in e.text and not e.outgoing for e in events):
                batches.close()  # type: ignore[attr-defined]  # a generator
                return True
            if time.monotonic() > until:
                break
        return False


def _sends(name: str) -> kit.Sends:
    channel = registry.channel(name)
    assert isinstance(channel, kit.Sends)
    return channel


def fetched(rows: list[Account], enough: Callable[[], bool], seconds: float = 60) -> None:
    """Fetch from all accounts at once, as the runners do, until there is enough."""
    stop = threading.Event()
    threads = [threading.Thread(target=_fetch, args=(row, stop), daemon=True) for row in rows]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    while not enough():
        assert time.monotonic() < until, list(Handle.objects.values_list("network", "address"))
        time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join(40)


def _fetch(row: Account, stop: threading.Event) -> None:
    from django.db import connection

    channel = registry.channel(row.channel)
    assert isinstance(channel, kit.Pulls)
    try:
        for batch in channel.pull(account_view(row), row.cursor):
            keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
            if batch.envelopes or stop.is_set():
                break
    finally:
        connection.close()


def all_in() -> bool:
    while understand_waiting(at=now()):
        pass
    return Conversation.objects.count() == 4


def test_one_consumer_on_four_networks(
    everywhere: Everywhere,
    organisation: Any,  # noqa: F811
    mette: Colleague,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail_pull, "IDLE_ALONE", 2.0)
    monkeypatch.setattr(mastodon_pull, "PAUSE", 0.5)
    Organisation.objects.update(undo_seconds=0)
    rows = everywhere.connect()
    everywhere.she_writes()
    fetched(rows, all_in)
    links = {link.handle.network: link for link in Link.objects.filter(ended_at=None).select_related("handle")}
    assert sorted(links) == ["mail", "mastodon", "matrix", "xmpp"]
    assert len({link.consumer_id for link in links.values()}) == 4  # nothing proves that they are one
    karla = links["mail"].consumer_id
    for network in ("mastodon", "matrix", "xmpp"):
        merge(kept=karla, absorbed=links[network].consumer_id, by=mette, why="Hun har sagt det", at=now())
    assert set(Link.objects.filter(ended_at=None).values_list("consumer", flat=True)) == {karla}
    assert set(Conversation.objects.values_list("consumer", flat=True)) == {karla}
    assert sorted(i.handle.network for i in timeline(karla)) == sorted(links)
    for talk in Conversation.objects.all():
        write(conversation=talk.pk, by=mette, text="Svar til Karla", at=now())
    while send_due(at=now()):
        pass
    assert dict(Reply.objects.values_list("handle__network", "state")) == dict.fromkeys(links, "accepted"), list(
        Reply.objects.values_list("handle__network", "detail")
    )
    until = time.monotonic() + 30
    while not all((read := everywhere.she_reads()).values()):
        assert time.monotonic() < until, read
        time.sleep(0.5)
    for decision in Decision.objects.order_by("-id"):
        undo(decision=decision.pk, by=mette, at=now())
    assert len(set(Link.objects.filter(ended_at=None).values_list("consumer", flat=True))) == 4 == Consumer.objects.count()
    assert {c.consumer_id for c in Conversation.objects.all()} == {link.consumer_id for link in links.values()}
