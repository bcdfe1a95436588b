"""The mail channel against a real Dovecot and Postfix: pushed, polled, answered, refused, bounced, too large, renumbered."""

import imaplib
import smtplib
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from samspil.channels.mail import pull as pulling
from samspil.channels.mail.channel import MailChannel
from samspil.channels.mail.lmtp import serve_lmtp
from samspil.kit import Account, Batch, DeliveryReport, Envelope, Handle, Message, Outbound, TryLater, Unreachable
from tests.channels.mail.servers import MailServers

pytestmark = pytest.mark.servers
CHANNEL = MailChannel()
KEY = bytes(range(32))


def account(servers: MailServers, address: str = "support@brand.test", **config: Any) -> Account:
    base = {
        "address": address,
        "imap_host": servers.host,
        "imap_port": servers.imap_port,
        "password": servers.password,
        "smtp_host": servers.host,
        "smtp_port": servers.smtp_port,
        "no_tls": True,
        "plus_addressing": True,
        "poll_seconds": 1,
    }
    return Account(id="a", name="Brand", config=base | config, key=KEY, own=frozenset({address}))


@pytest.fixture(autouse=True)
def _empty(mail_servers: MailServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "IDLE_ALONE", 2.0)
    for user in mail_servers.users:
        with imaplib.IMAP4(mail_servers.host, mail_servers.imap_port) as client:
            client.login(user, mail_servers.password)
            if client.select("INBOX")[1] == [b"0"]:
                continue
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()


def write(
    servers: MailServers,
    to: str = "support@brand.test",
    *,
    body: str = "Hej",
    number: int = 0,
    sender: str = "kunde@forbruger.test",
) -> str:
    identifier = f"{number}.{uuid4().hex}@forbruger.test"
    text = f"From: Karla <{sender}>\r\nTo: {to}\r\nSubject: Modem æøå\r\nMessage-ID: <{identifier}>\r\n\r\n{body}\r\n"
    with smtplib.SMTP(servers.host, servers.smtp_port) as client:
        client.sendmail(sender, [to], text.encode())
    return identifier


def envelopes(batches: Iterator[Batch], count: int, seconds: float = 20) -> tuple[list[Envelope], Any]:
    found: list[Envelope] = []
    cursor: Any = None
    until = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < until:
        batch = next(batches)
        found += batch.envelopes
        cursor = batch.cursor
    return found, cursor


def ids(found: list[Envelope], of: Account) -> list[str]:
    return [event.external_id for one in found for event in CHANNEL.understand(one, of)]


def test_a_mail_is_pushed_and_the_answer_arrives_in_its_thread(
    mail_servers: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "IDLE_ALONE", 60.0)
    ours, theirs = account(mail_servers, poll_seconds=60), account(mail_servers, "kunde@forbruger.test")
    arrived: list[tuple[float, Envelope]] = []
    ready, done = threading.Event(), threading.Event()

    def listen() -> None:
        batches = CHANNEL.pull(ours, {})
        ready.set()
        for batch in batches:
            arrived.extend((time.monotonic(), one) for one in batch.envelopes)
            if arrived:
                done.set()
                return

    threading.Thread(target=listen, daemon=True).start()
    ready.wait(5)
    time.sleep(1)
    began = time.monotonic()
    identifier = write(mail_servers)
    assert done.wait(15)
    assert arrived[0][0] - began < 5  # pushed by IDLE: the next poll would be a minute away
    [message] = CHANNEL.understand(arrived[0][1], ours)
    assert isinstance(message, Message)
    assert (message.external_id, message.subject, message.text) == (identifier, "Modem æøå", "Hej")

    conversation = str(uuid4())
    outbound = Outbound(
        id=str(uuid4()), conversation=conversation, to=message.author, text="Prøv at genstarte.\n.", subject=message.subject,
        in_reply_to=message.external_id, references=message.references, quoted=message.text, author="Anne",
    )  # fmt: skip
    sent = CHANNEL.send(outbound, ours)
    found, _ = envelopes(CHANNEL.pull(theirs, None), 1)
    [answer] = CHANNEL.understand(found[0], theirs)
    assert isinstance(answer, Message)
    assert answer.external_id == sent.external_id
    assert list(answer.references) == [identifier]
    assert answer.text == "Prøv at genstarte.\n."

    write(mail_servers, answer.extra["reply_to"], body="Det virker, tak")
    found, _ = envelopes(CHANNEL.pull(ours, None), 2)
    [again] = CHANNEL.understand(found[-1], ours)
    assert isinstance(again, Message)
    assert again.conversation == conversation


def test_many_mails_come_in_batches_and_none_twice(mail_servers: MailServers) -> None:
    ours = account(mail_servers)
    wanted = [write(mail_servers, number=one) for one in range(120)]
    batches = CHANNEL.pull(ours, None)
    found, cursor = envelopes(batches, 120, 60)
    assert sorted(ids(found, ours)) == sorted(wanted)
    later = write(mail_servers)
    again, _ = envelopes(CHANNEL.pull(ours, cursor), 1)
    assert ids(again, ours) == [later]


def test_batches_are_bounded(mail_servers: MailServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "MAX_BATCH", 3)
    for one in range(7):
        write(mail_servers, number=one)
    _wait_for(mail_servers, 7)
    batches = CHANNEL.pull(account(mail_servers), None)
    assert [len(next(batches).envelopes) for _ in range(3)] == [3, 3, 1]


def _wait_for(servers: MailServers, count: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with imaplib.IMAP4(servers.host, servers.imap_port) as client:
            client.login("support@brand.test", servers.password)
            if int(client.select("INBOX")[1][0] or 0) >= count:
                return
        time.sleep(0.1)
    raise AssertionError("the mails did not arrive")


def _unseen(servers: MailServers) -> int:
    with imaplib.IMAP4(servers.host, servers.imap_port) as client:
        client.login("support@brand.test", servers.password)
        client.select("INBOX", readonly=True)
        return len(client.search(None, "UNSEEN")[1][0].split())


@pytest.mark.parametrize(("mark_seen", "left"), [(True, 0), (False, 1)])
def test_seen_is_only_set_once_the_batch_is_stored(mail_servers: MailServers, *, mark_seen: bool, left: int) -> None:
    write(mail_servers)
    _wait_for(mail_servers, 1)
    batches = CHANNEL.pull(account(mail_servers, mark_seen=mark_seen), None)
    assert len(next(batches).envelopes) == 1
    assert _unseen(mail_servers) == 1  # given, and not yet known to be on disk
    next(batches)
    assert _unseen(mail_servers) == left


def test_a_mail_above_the_limit_comes_with_its_beginning(mail_servers: MailServers) -> None:
    ours = account(mail_servers, max_bytes=70_000)
    write(mail_servers, body="begyndelsen\r\n" + "x" * 70 + ("\r\n" + "y" * 70) * 6000)
    found, _ = envelopes(CHANNEL.pull(ours, None), 1)
    assert len(found[0].payload) <= pulling.OVERSIZE_BYTES
    [message] = CHANNEL.understand(found[0], ours)
    assert isinstance(message, Message)
    assert message.text.startswith("begyndelsen")
    assert [one for one in message.notes if "only its beginning was fetched" in one]


def test_another_uidvalidity_is_read_again_with_the_same_ids(mail_servers: MailServers) -> None:
    ours = account(mail_servers)
    write(mail_servers)
    found, cursor = envelopes(CHANNEL.pull(ours, None), 1)
    stale = {"INBOX": {"uidvalidity": cursor["INBOX"]["uidvalidity"] - 1, "uid": 9999}}
    again, renewed = envelopes(CHANNEL.pull(ours, stale), 1)
    assert [one.external_id for one in again] == [one.external_id for one in found]
    assert renewed == cursor


def test_several_folders_are_read_and_their_cursors_kept_apart(mail_servers: MailServers) -> None:
    ours = account(mail_servers, folders="INBOX, Sent")
    incoming = write(mail_servers)
    with imaplib.IMAP4(mail_servers.host, mail_servers.imap_port) as client:
        client.login("support@brand.test", mail_servers.password)
        client.append(
            "Sent",
            "",
            None,
            b"From: support@brand.test\r\nTo: kunde@forbruger.test\r\n"
            b"Message-ID: <sendt@brand.test>\r\n\r\nSendt fra telefonen\r\n",
        )
    found, cursor = envelopes(CHANNEL.pull(ours, None), 2)
    events = [event for one in found for event in CHANNEL.understand(one, ours) if isinstance(event, Message)]
    assert {(one.external_id, one.outgoing) for one in events} == {(incoming, False), ("sendt@brand.test", True)}
    assert set(cursor) == {"INBOX", "Sent"}


def test_a_refused_address_is_unreachable_in_the_servers_words(mail_servers: MailServers) -> None:
    outbound = Outbound(
        id=str(uuid4()),
        conversation=str(uuid4()),
        to=Handle(network="mail", address=mail_servers.unknown),
        text="Hej",
        subject="x",
    )
    with pytest.raises(Unreachable, match="User unknown") as raised:
        CHANNEL.send(outbound, account(mail_servers))
    assert str(raised.value).startswith("550 5.1.1 <ukendt@forbruger.test>")
    assert raised.value.permanent


@pytest.mark.parametrize("verp", [False, True])
def test_a_real_bounce_tells_which_mail_and_why(mail_servers: MailServers, *, verp: bool) -> None:
    ours = account(mail_servers, verp=verp)
    outbound = Outbound(
        id=str(uuid4()),
        conversation=str(uuid4()),
        to=Handle(network="mail", address=mail_servers.vanished),
        text="Hej",
        subject="x",
    )
    sent = CHANNEL.send(outbound, ours)
    found, _ = envelopes(CHANNEL.pull(ours, None), 1)
    [report] = CHANNEL.understand(found[0], ours)
    assert isinstance(report, DeliveryReport)
    assert (report.target, report.state, report.address, report.permanent) == (
        sent.external_id,
        "failed",
        mail_servers.vanished,
        True,
    )
    assert "User doesn't exist" in report.detail


def test_the_same_mail_over_lmtp_and_imap_is_one(mail_servers: MailServers) -> None:
    write(mail_servers)
    found, _ = envelopes(CHANNEL.pull(account(mail_servers), None), 1)
    stored: list[Envelope] = []
    with serve_lmtp("127.0.0.1", 0, stored.append) as server, smtplib.LMTP("127.0.0.1", server.port) as client:
        client.sendmail("kunde@forbruger.test", ["support@brand.test"], found[0].payload)
    assert [one.external_id for one in stored] == [found[0].external_id]


def test_check_says_what_is_wrong_and_what_to_do(mail_servers: MailServers) -> None:
    assert [(one.name, one.ok) for one in CHANNEL.check(account(mail_servers))] == [
        ("IMAP", True),
        ("IMAP folders", True),
        ("SMTP", True),
    ]
    wrong = CHANNEL.check(account(mail_servers, password="forkert"))[0]
    assert not wrong.ok
    assert "refuses the sign-in of support@brand.test" in wrong.detail
    assert "forkert" not in wrong.detail + wrong.remedy
    missing = CHANNEL.check(account(mail_servers, folders="Findes ikke"))[1]
    assert (missing.ok, missing.detail) == (False, "not there: Findes ikke")
    assert "Sent" in missing.remedy
    assert [one.ok for one in CHANNEL.check(account(mail_servers, no_tls=False))] == [False, False]


def test_a_refused_sign_in_and_a_lost_connection_are_tried_later(mail_servers: MailServers) -> None:
    with pytest.raises(TryLater, match="Authentication failed"):
        next(CHANNEL.pull(account(mail_servers, password="forkert"), None))
    with pytest.raises(TryLater):
        next(CHANNEL.pull(account(mail_servers, imap_port=1), None))
