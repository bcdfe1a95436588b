"""Hostile and broken mails: understood within bounds, never an exception, and only an empty one refused."""

import base64
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.channels.mail.understand import attachment, external_id, understand
from samspil.kit import Account, Envelope, Message, NotUnderstood

ACCOUNT = Account(id="a", name="", config={}, key=bytes(32), own=frozenset({"support@brand.example"}))
HEAD = (
    b"Message-ID: <m@x.example>\r\nFrom: Karla <karla@x.example>\r\n"
    b"To: support@brand.example\r\nDate: Mon, 24 Nov 2025 10:00:00 +0100\r\n"
)


def read(payload: bytes) -> Message:
    [event] = understand(Envelope(external_id="x", payload=payload), ACCOUNT)
    assert isinstance(event, Message)
    return event


@pytest.mark.parametrize("payload", [b"", b"\r\n\r\n", b"  \n"])
def test_only_an_empty_mail_is_not_understood(payload: bytes) -> None:
    with pytest.raises(NotUnderstood):
        understand(Envelope(external_id="x", payload=payload), ACCOUNT)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(min_size=1, max_size=2000), st.binary(max_size=400).map(lambda junk: HEAD + junk)))
def test_no_bytes_raise(payload: bytes) -> None:
    if payload.strip():
        event = read(payload)
        assert event.external_id
        event.text.encode("utf-8")
        event.subject.encode("utf-8")
        assert "\x00" not in event.text + event.full_text + event.html + event.subject


def _nested(depth: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(depth))
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\ninnerst\r\n"


def _many_parts(count: int) -> bytes:
    part = b"--p\r\nContent-Type: text/plain\r\n\r\ndel\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=p\r\n\r\n" + part * count + b"--p--\r\n"


HOSTILE = {
    "header of 1 MB": HEAD + b"X-Long: " + b"a" * 1_000_000 + b"\r\n\r\nhej",
    "200,000 header lines": HEAD + b"X-A: b\r\n" * 200_000 + b"\r\nhej",
    "10,000 recipients": HEAD + b"Cc: " + b",\r\n ".join(b"n%d@y.example" % one for one in range(10_000)) + b"\r\n\r\nhej",
    "a million brackets": HEAD + b"References: " + b"<" * 1_000_000 + b"\r\n\r\nhej",
    "brackets and spaces": HEAD + b"References: <" + b" " * 1_000_000 + b"\r\n\r\nhej",
    "a million quotes": HEAD + b"Cc: " + b'"' * 500_000 + b"(" * 500_000 + b"\r\n\r\nhej",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?Q?=C3?= " * 30_000 + b"\r\n\r\nhej",
    "half encoded words": HEAD + b"Subject: " + b"=?utf-8?Q?" * 50_000 + b"\r\n\r\nhej",
    "nested a thousand deep": _nested(1000),
    "five thousand parts": _many_parts(5000),
    "text of 20 MB": HEAD + b"\r\n" + b"lang linje med tekst\r\n" * 1_000_000,
    "quotes of 20 MB": HEAD + b"\r\n" + b"> citat\r\n" * 2_000_000,
    "one line of 20 MB": HEAD + b"\r\n" + b"x" * 20_000_000,
    "html of 50 MB": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div><p>hej</p>" * 3_500_000,
    "html nested deep": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 60_000 + b"hej",
    "html of comments": HEAD + b"Content-Type: text/html\r\n\r\nhej" + b"<!--" * 200_000,
    "parameters": HEAD + b"Content-Type: text/plain" + b"; a*0*=utf-8''%C3" * 20_000 + b"\r\n\r\nhej",
    "bad charset": HEAD + b"Content-Type: text/plain; charset=zip\r\n\r\nhej",
    "utf-7 surrogates": HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\nhej +2AA-\r\n",
    "attribution bait": HEAD + b"\r\nOn " + b"2025 10:00 wrote <a@b " * 30_000 + b":\r\nhej",
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mails_are_read_within_time_and_memory(payload: bytes) -> None:
    began = time.process_time()
    read(payload)
    assert time.process_time() - began < 4
    tracemalloc.start()
    event = read(payload)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000 + 2 * len(payload)
    assert event.author.address == "karla@x.example"
    assert len(event.text) <= 2_100_000
    assert len(event.to) <= 300
    assert len(event.attachments) <= 500


def test_ten_thousand_receivers_are_counted() -> None:
    event = read(HOSTILE["10,000 recipients"])
    assert len(event.to) == 300
    assert "9701 more receivers than the 300 kept" in event.notes


def test_a_zip_bomb_is_a_file_like_others() -> None:
    bomb = base64.encodebytes(b"PK\x03\x04" + b"\x00" * 5000)
    payload = HEAD + b"Content-Type: application/zip; name=bombe.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + bomb
    event = read(payload)
    assert [(one.name, one.size, one.content_type) for one in event.attachments] == [("bombe.zip", 5004, "application/zip")]
    assert attachment(Envelope(external_id="x", payload=payload), event.attachments[0].part) == b"PK\x03\x04" + b"\x00" * 5000
    with pytest.raises(KeyError):
        attachment(Envelope(external_id="x", payload=payload), "1.7")


def test_the_same_mail_on_two_ways_is_one_and_two_with_one_message_id_are_two() -> None:
    mail = HEAD + b"Subject: Hej\r\n\r\nHej\r\n"
    over_lmtp = b"Return-Path: <karla@x.example>\nDelivered-To: support@brand.example\nX-Spam: no\n" + mail.replace(
        b"\r\n", b"\n"
    )
    assert external_id(mail) == external_id(over_lmtp)
    assert external_id(mail) != external_id(mail.replace(b"\r\nHej\r\n", b"\r\nFarvel\r\n"))
    assert external_id(mail) != external_id(mail.replace(b"karla", b"kurt"))


def test_a_typical_mail_costs_less_than_a_millisecond() -> None:
    body = (
        "Hej\n\nLampen blinker stadig rødt.\n\nDen 24. nov. 2025 kl. 09.30 skrev Support <s@b.example>:\n"
        + "> Prøv at slukke for den\n" * 25
    )
    envelope = Envelope(
        external_id="x", payload=HEAD + b"Subject: =?utf-8?q?R=C3=B8d?=\r\nReferences: <a@b> <c@d>\r\n\r\n" + body.encode()
    )
    best = min(_cost(envelope) for _ in range(5))
    assert best < 0.001


def _cost(envelope: Envelope) -> float:
    began = time.process_time()
    for _ in range(50):
        understand(envelope, ACCOUNT)
    return (time.process_time() - began) / 50
