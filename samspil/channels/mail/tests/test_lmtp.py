"""The LMTP server: acknowledged is stored, and nothing else is acknowledged."""

import smtplib
import threading

import pytest

from samspil.channels.mail.lmtp import envelope_of, serve_lmtp
from samspil.kit import Envelope

MAIL = b"Message-ID: <1@x.example>\r\nFrom: karla@x.example\r\nTo: support@brand.example\r\n\r\nHej\r\n.prik\r\n"


def deliver(port: int, receivers: list[str], mail: bytes = MAIL) -> list[tuple[int, bytes]]:
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("karla@x.example")
        for one in receivers:
            client.rcpt(one)
        first = client.data(mail)
        return [first, *(client.getreply() for _ in receivers[1:])]


def test_each_receiver_is_answered_after_the_mail_is_stored() -> None:
    stored: list[Envelope] = []
    with serve_lmtp("127.0.0.1", 0, stored.append) as server:
        answers = deliver(server.port, ["support@brand.example", "salg@brand.example"])
    assert [code for code, _ in answers] == [250, 250]
    [envelope] = stored
    assert envelope.payload == MAIL
    assert envelope.headers == {
        "transport": "lmtp",
        "mail_from": "karla@x.example",
        "rcpt_to": "support@brand.example, salg@brand.example",
    }
    assert envelope.external_id == envelope_of(MAIL, transport="pipe").external_id


def test_what_could_not_be_stored_is_left_to_the_sender(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_envelope: Envelope) -> None:
        raise OSError("disk full")

    with serve_lmtp("127.0.0.1", 0, broken) as server:
        answers = deliver(server.port, ["support@brand.example"])
    assert [code for code, _ in answers] == [451]
    assert "disk full" in caplog.text


def test_too_large_a_mail_is_refused_and_not_stored() -> None:
    stored: list[Envelope] = []
    with serve_lmtp("127.0.0.1", 0, stored.append, max_bytes=1000) as server:
        answers = deliver(server.port, ["support@brand.example"], MAIL + b"x" * 70 + b"\r\n" * 1000)
    assert [code for code, _ in answers] == [552]
    assert stored == []


@pytest.mark.parametrize("length", [1500, 1024 * 1024])
def test_a_line_that_is_longer_than_the_standard_allows_is_stored(length: int) -> None:
    stored: list[Envelope] = []
    mail = b"X-Long: " + b"x" * length + b"\r\n" + MAIL.replace(b"\r\n.prik", b"") + b"y" * length + b"\r\n"
    with serve_lmtp("127.0.0.1", 0, stored.append) as server:
        answers = deliver(server.port, ["support@brand.example"], mail)
    assert [code for code, _ in answers] == [250]
    assert [envelope.payload for envelope in stored] == [mail]


def test_many_at_once_are_all_stored() -> None:
    stored: list[Envelope] = []
    with serve_lmtp("127.0.0.1", 0, stored.append) as server:
        threads = [
            threading.Thread(target=deliver, args=(server.port, ["a@brand.example"], MAIL + b"%d\r\n" % one)) for one in range(20)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert len({one.external_id for one in stored}) == len(stored) == 20
