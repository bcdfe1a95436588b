"""Replies as mails: what is written, what can never be injected, and what each answer of a server means."""

import email
import email.policy
import io
import socket
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.channels.mail import tokens
from samspil.channels.mail.channel import channel
from samspil.channels.mail.compose import compose
from samspil.channels.mail.send import send
from samspil.channels.mail.settings import settings_of
from samspil.channels.mail.tests.fake_smtp import FakeSmtp
from samspil.channels.mail.understand import understand
from samspil.kit import Account, Envelope, File, Handle, Message, Outbound, Sends, TryLater, Uncertain, Unreachable

KEY = bytes(range(32))
NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
CONVERSATION = str(uuid4())


def account(port: int = 1, **config: Any) -> Account:
    base = {"address": "support@brand.example", "smtp_host": "127.0.0.1", "smtp_port": port, "no_tls": True}
    return Account(id="a", name="Havblik", config=base | config, key=KEY, own=frozenset({"support@brand.example"}))


def reply(**values: Any) -> Outbound:
    to = Handle(network="mail", address="karla@x.example", display="Karla Bjerre")
    base: dict[str, Any] = {
        "id": str(uuid4()),
        "conversation": CONVERSATION,
        "to": to,
        "text": "Hej Karla",
        "subject": "Pakken",
    }
    return Outbound(**(base | values))


def written(outbound: Outbound, *, eight_bit: bool = True, **config: Any) -> bytes:
    return b"".join(compose(outbound, settings_of(account(**config)), KEY, now=NOW).chunks(eight_bit=eight_bit))


def test_a_reply_is_an_ordinary_mail_in_the_thread() -> None:
    outbound = reply(
        text="Hej Karla\n\nDen kommer i morgen: æøå",
        author="Anne",
        in_reply_to="b@x.example",
        references=("a@x.example", "b@x.example"),
    )
    mail = email.message_from_bytes(written(outbound, plus_addressing=True), policy=email.policy.default)
    assert mail["From"] == "Anne · Havblik <support@brand.example>"
    assert mail["To"] == "Karla Bjerre <karla@x.example>"
    assert mail["Subject"] == "Re: Pakken"
    assert mail["In-Reply-To"] == "<b@x.example>"
    assert mail["References"].split() == ["<a@x.example>", "<b@x.example>"]
    assert tokens.read_message_id(KEY, mail["Message-ID"].strip("<>")) == tokens.Token(
        conversation=CONVERSATION, reply=outbound.id
    )
    assert tokens.read_address(KEY, mail["Reply-To"].addresses[0].addr_spec) == tokens.Token(conversation=CONVERSATION)
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().replace("\r\n", "\n") == "Hej Karla\n\nDen kommer i morgen: æøå\n"


def test_what_nobody_wrote_says_so_to_other_machines() -> None:
    mail = email.message_from_bytes(written(reply(text="Hej", automatic=True)), policy=email.policy.default)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["From"] == "Havblik <support@brand.example>"


@pytest.mark.parametrize("eight_bit", [True, False])
def test_files_and_long_lines_arrive_whole(*, eight_bit: bool) -> None:
    data = bytes(range(256)) * 1000
    files = [
        File(name="Købskvittering.pdf", content_type="application/pdf", size=len(data), open=lambda: io.BytesIO(data)),
        File(name='a"b\r\nX: y.txt', content_type="text/plain\r\nX-Evil: 1", size=3, open=lambda: io.BytesIO(b"abc")),
    ]
    text = "æ" * 3000 + "\n.prik\nFrom her"
    raw = written(reply(text=text, files=files), eight_bit=eight_bit)
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body, first, second = mail.iter_parts()
    assert body.get_content().replace("\r\n", "\n") == text + "\n"
    assert first.get_filename() == "Købskvittering.pdf"
    assert first.get_content() == data
    assert second.get_filename() == "a'b X: y.txt"
    assert second.get_payload(decode=True) == b"abc"
    assert mail["X-Evil"] is None
    assert second["X-Evil"] is None
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


nasty = st.text(alphabet=st.sampled_from(list('ab ø:<>@,;"\\\r\n\x00\x85\u2028=?')), max_size=60)


@settings(max_examples=200, deadline=None)
@given(nasty, nasty, nasty, st.lists(nasty, max_size=3))
def test_no_header_can_be_injected(subject: str, display: str, author: str, references: list[str]) -> None:
    to = Handle(network="mail", address="karla@x.example", display=display)
    raw = written(reply(subject=subject, to=to, author=author, references=references, in_reply_to="a@b\r\nBcc: x@y"))
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    allowed = {
        b"From",
        b"To",
        b"Subject",
        b"Date",
        b"Message-ID",
        b"X-Samspil",
        b"References",
        b"MIME-Version",
        b"Content-Type",
        b"Content-Transfer-Encoding",
    }
    assert set(names) <= allowed
    assert len(names) == len(set(names))
    assert head.count(b"\n") == head.count(b"\r\n") == head.count(b"\r")
    [event] = understand(Envelope(external_id="x", payload=raw), account())
    assert isinstance(event, Message)
    assert [one.address for one in event.to] == ["karla@x.example"]
    assert event.author.address == "support@brand.example"


def test_our_own_mail_coming_back_is_a_loop() -> None:
    [event] = understand(Envelope(external_id="x", payload=written(reply())), account())
    assert isinstance(event, Message)
    assert (event.automatic, event.outgoing) == ("loop", True)


@pytest.mark.parametrize(
    ("language", "intro"),
    [
        ("da", "Den 24.11.2025 kl. 08.30 skrev Karla Bjerre <karla@x.example>:"),
        ("en", "On 2025-11-24 at 08:30 Karla Bjerre <karla@x.example> wrote:"),
    ],
)
def test_the_quote_is_the_usual_one_and_is_known_again(language: str, intro: str) -> None:
    outbound = reply(quoted="Hvor er den?\n> gammelt", extra={"quoted_at": "2025-11-24T08:30:00+00:00"})
    made = account()
    english = Account(id="a", name="Havblik", config=made.config, key=KEY, language=language)
    composed = compose(outbound, settings_of(english), KEY, now=NOW)
    assert composed.text == f"Hej Karla\n\n{intro}\n> Hvor er den?\n>> gammelt\n"
    [event] = understand(
        Envelope(external_id="x", payload=b"".join(composed.chunks(eight_bit=True))),
        Account(id="c", name="", config={}, key=bytes(32)),
    )
    assert isinstance(event, Message)
    assert event.text == "Hej Karla"


def test_the_same_reply_has_the_same_id_at_every_try() -> None:
    outbound = reply()
    first, second = (compose(outbound, settings_of(account()), KEY, now=NOW) for _ in range(2))
    assert first.message_id == second.message_id
    assert compose(reply(), settings_of(account()), KEY, now=NOW).message_id != first.message_id


def test_sent_is_what_the_server_took() -> None:
    outbound = reply(text=".første\n..anden\nsidste")
    with FakeSmtp() as server:
        sent = send(outbound, account(server.port, verp=True), now=NOW)
    assert sent.detail == "250 2.0.0 queued as 1"
    assert tokens.read_message_id(KEY, sent.external_id) == tokens.Token(conversation=CONVERSATION, reply=outbound.id)
    assert server.mail == written(outbound)
    path = server.commands[1].partition("<")[2].partition(">")[0]
    assert tokens.read_address(KEY, path) == tokens.Token(reply=outbound.id)
    assert isinstance(channel(), Sends)


@pytest.mark.parametrize(
    ("answers", "error", "permanent", "words"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, Unreachable, True, "550 5.1.1 no such user"),
        ({"RCPT": "550 5.7.1 blocked"}, Unreachable, False, "550 5.7.1 blocked"),
        ({"MAIL": "550 5.1.8 bad sender"}, Unreachable, False, "550 5.1.8 bad sender"),
        ({".": "554 5.6.0 spam"}, Unreachable, False, "554 5.6.0 spam"),
        ({"RCPT": "450 4.2.0 greylisted"}, TryLater, None, "450 4.2.0 greylisted"),
        ({"DATA": "421 4.3.2 busy"}, TryLater, None, "421 4.3.2 busy"),
        ({".": "451 4.3.0 disk"}, TryLater, None, "451 4.3.0 disk"),
        ({"DATA": ""}, TryLater, None, "Connection unexpectedly closed"),
        ({"RCPT": ""}, TryLater, None, "Connection unexpectedly closed"),
        ({".": ""}, Uncertain, None, "The connection was lost after the mail was handed over: Connection unexpectedly closed"),
    ],
)
def test_each_answer_means_what_it_says(answers: dict[str, str], error: type[Exception], permanent: object, words: str) -> None:
    with FakeSmtp(answers) as server, pytest.raises(error) as raised:
        send(reply(), account(server.port), now=NOW)
    assert str(raised.value) == words
    assert getattr(raised.value, "permanent", None) == permanent
    if "DATA" in answers or "RCPT" in answers or "MAIL" in answers:
        assert server.mail == b""


def test_a_refused_connection_is_tried_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TryLater, match="refused"):
        send(reply(), account(port), now=NOW)


def test_without_encryption_only_this_machine_is_spoken_to() -> None:
    assert settings_of(account()).smtp.security == "none"
    assert settings_of(account(smtp_host="mail.example.com")).smtp.security == "starttls"
    assert settings_of(account(smtp_host="127.0.0.1.example.com")).smtp.security == "starttls"
    assert settings_of(account(no_tls=False)).smtp.security == "starttls"


def test_a_server_without_tls_gets_nothing() -> None:
    with FakeSmtp() as server, pytest.raises(TryLater, match="STARTTLS"):
        send(reply(), account(server.port, no_tls=False), now=NOW)
    assert [one for one in server.commands if one.startswith(("MAIL", "AUTH"))] == []


@pytest.mark.parametrize(
    "address", ["", "karla", "karla@x.example\r\nRCPT TO:<y@x.example>", "a@b, c@d", "<karla@x.example>", "k arla@x.example"]
)
def test_what_is_no_address_is_not_sent_to(address: str) -> None:
    with FakeSmtp() as server, pytest.raises(Unreachable, match="is not a mail address"):
        send(reply(to=Handle(network="mail", address=address)), account(server.port), now=NOW)
    assert server.commands == []


def test_letters_outside_ascii_need_a_server_that_carries_them() -> None:
    outbound = reply(to=Handle(network="mail", address="søren@blåbær.example"))
    with FakeSmtp(extensions=("8BITMIME",)) as server, pytest.raises(Unreachable, match="outside ASCII"):
        send(outbound, account(server.port), now=NOW)
    assert server.mail == b""


def test_what_began_without_a_subject_gets_one_and_an_answer_keeps_what_it_answers() -> None:
    def subject(**values: Any) -> str:
        return str(email.message_from_bytes(written(reply(**values)), policy=email.policy.default)["Subject"])

    assert subject(subject=" \r\n ") == "Svar fra Havblik"
    assert subject(subject="", in_reply_to="a@b.example").strip() == "Re:"
    assert subject(subject="Pakken") == "Pakken"
