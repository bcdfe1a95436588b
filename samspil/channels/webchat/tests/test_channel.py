"""The web chat channel. Its fixtures are also run by the project's own test of every channel."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samspil.channels.webchat import settings, tokens
from samspil.channels.webchat.channel import WebChat, channel
from samspil.kit import (
    Account,
    DeliveryReport,
    Envelope,
    Forged,
    Handle,
    Hears,
    NotUnderstood,
    Outbound,
    Receipt,
    Request,
    Sends,
    Widget,
)
from samspil.kit.testing import Case, check_case, fixture_cases

FOLDER = Path(__file__).parents[1] / "fixtures"
KEY = b"k" * 32
VISITOR = "0123456789abcdef0123456789abcdef"
IDENT = "0b7c2f4e-6f0d-4c7e-9a51-0d9f5f6a1c01"
ACCOUNT = Account(id="konto", name="Havblik", config={"identity_secret": "s"}, key=KEY)
AT = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
CHAT = WebChat()


def request(body: object) -> Request:
    return Request(method="POST", url="https://live.example/in/konto", headers={}, body=json.dumps(body).encode())


def message(**more: object) -> dict[str, object]:
    return {"token": tokens.token_of(VISITOR, KEY), "id": IDENT, "text": "Hej", **more}


@pytest.mark.parametrize("case", fixture_cases(FOLDER))
def test_fixtures(case: Case) -> None:
    check_case(case, channel())


def test_it_is_what_it_says() -> None:
    found = channel()
    assert isinstance(found, Hears) and isinstance(found, Sends) and isinstance(found, Widget)  # noqa: PT018 - one question
    assert (found.capabilities.widget, found.capabilities.idempotent, found.capabilities.threads) == (True, True, False)
    assert found.capabilities.max_length == 4000


def test_a_token_opens_its_own_visitor_of_its_own_account_only() -> None:
    token = tokens.token_of(VISITOR, KEY)
    assert (
        token
        == f"v1.{VISITOR}.{hmac.new(KEY, b'samspil webchat visitor v1:' + VISITOR.encode(), hashlib.sha256).hexdigest()[:32]}"
    )
    assert tokens.visitor_of(token, KEY) == VISITOR
    other = token.replace("v1.0", "v1.1")
    for wrong in (other, token[:-1], token + "0", token.upper(), f"v2{token[2:]}", "", None, 7, "v1.å.ø", [token]):
        with pytest.raises(Forged):
            tokens.visitor_of(wrong, KEY)
    with pytest.raises(Forged):
        tokens.visitor_of(token, b"x" * 32)


def test_the_envelope_keeps_what_was_said_and_not_the_token() -> None:
    heard = CHAT.hear(request(message()), ACCOUNT)
    (envelope,) = heard.envelopes
    assert envelope.external_id == f"{VISITOR}:{IDENT}"
    assert (heard.status, json.loads(heard.body), heard.sender) == (202, {"id": IDENT}, VISITOR)
    assert b"token" not in envelope.payload
    assert tokens.token_of(VISITOR, KEY).encode() not in envelope.payload


def test_two_visitors_cannot_meet_in_one_message_id() -> None:
    other = message(token=tokens.token_of("f" * 32, KEY))
    ids = [CHAT.hear(request(said), ACCOUNT).envelopes[0].external_id for said in (message(), other)]
    assert len(set(ids)) == 2


def test_what_was_read_and_delivered_is_said_once_each() -> None:
    token = tokens.token_of(VISITOR, KEY)
    reply = "01999999-1111-7222-8333-444444444444"
    first = CHAT.hear(request({"token": token, "id": "aaaaaaaa", "read": reply}), ACCOUNT).envelopes[0]
    again = CHAT.hear(request({"token": token, "id": "bbbbbbbb", "read": reply}), ACCOUNT).envelopes[0]
    assert first.external_id == again.external_id == f"{VISITOR}:read-{reply}"
    arrived = CHAT.hear(request({"token": token, "id": "cccccccc", "delivered": reply}), ACCOUNT).envelopes[0]
    kept = [Envelope(external_id=e.external_id, payload=e.payload, received_at=AT) for e in (first, arrived)]
    author = Handle(network="webchat", scope="konto", address=VISITOR, name="Besøgende 0123")
    assert CHAT.understand(kept[0], ACCOUNT) == [Receipt(external_id=first.external_id, target=reply, author=author, at=AT)]
    assert CHAT.understand(kept[1], ACCOUNT) == [
        DeliveryReport(external_id=arrived.external_id, target=reply, state="delivered", at=AT),
    ]


@pytest.mark.parametrize(
    "identity",
    [
        {"mail": "karoline@mail.example", "signature": "0" * 64},
        {"mail": "karoline@mail.example"},
        {"mail": "karoline@mail.example", "signature": None},
        {"mail": "karoline@mail.example", "signature": tokens.signature("other", mail="karoline@mail.example")},
        {"user": "4711", "mail": "a@b.example", "signature": tokens.signature("s", user="4711")},
        {"user": "4711\na@b.example", "mail": "", "signature": tokens.signature("s", user="4711", mail="a@b.example")},
        {"user": "", "mail": "", "signature": tokens.signature("s")},
        {"user": ["4711"], "signature": tokens.signature("s", user="4711")},
        {"user": "4711", "signature": "å"},
        "4711",
    ],
)
def test_a_forged_identity_is_refused_with_message_and_session(identity: object) -> None:
    with pytest.raises(Forged):
        CHAT.hear(request(message(identity=identity)), ACCOUNT)
    with pytest.raises(Forged):
        CHAT.session(request({"identity": identity}), ACCOUNT)


def test_nobody_is_signed_in_without_a_secret() -> None:
    bare = Account(id="konto", name="Havblik", config={}, key=KEY)
    signed = {"mail": "a@b.example", "signature": tokens.signature("", mail="a@b.example")}
    with pytest.raises(Forged):
        CHAT.hear(request(message(identity=signed)), bare)


def test_a_session_is_taken_up_again_and_a_foreign_token_begins_anew() -> None:
    first = CHAT.session(request({"language": "en-GB"}), ACCOUNT)
    assert CHAT.visitor(first.token, ACCOUNT) == first.handle
    assert (first.appearance["language"], first.appearance["greeting"]) == ("en", "")
    assert CHAT.session(request({"token": first.token}), ACCOUNT).token == first.token
    other = CHAT.session(request({"token": first.token[:-1] + "x"}), ACCOUNT)
    assert other.handle.address != first.handle.address
    with pytest.raises(NotUnderstood):
        CHAT.session(Request(method="POST", url="", headers={}, body=b"[]"), ACCOUNT)


@pytest.mark.parametrize(
    ("origins", "origin", "welcome"),
    [
        ("*", "https://anybody.example", True),
        ("*", "null", True),
        ("https://butik.example", "https://butik.example", True),
        ("butik.example, https://www.butik.example:8443/side", "https://butik.example", True),
        ("butik.example, https://www.butik.example:8443/side", "https://www.butik.example:8443", True),
        ("https://butik.example", "http://butik.example", False),
        ("https://butik.example", "https://butik.example.evil.example", False),
        ("https://butik.example", "https://xbutik.example", False),
        ("https://butik.example", "null", False),
    ],
)
def test_only_named_pages_are_welcome(origins: str, origin: str, welcome: bool) -> None:  # noqa: FBT001 - a parameter of the table
    account = Account(id="konto", name="Havblik", config={"origins": origins}, key=KEY)
    assert CHAT.welcomes(origin, account) is welcome


def test_a_colour_is_a_colour() -> None:
    evil = Account(id="konto", name="Havblik", config={"colour": "red;background:url(//evil.example)"}, key=KEY)
    assert settings.appearance(evil, "da")["colour"] == settings.FJORD
    assert settings.appearance(Account(id="k", name="H", config={"colour": "#AA0033"}, key=KEY), "da")["colour"] == "#AA0033"


def test_sending_names_the_reply_itself() -> None:
    to = Handle(network="webchat", scope="konto", address=VISITOR)
    sent = CHAT.send(Outbound(id="reply-1", conversation="c", to=to, text="Hej"), ACCOUNT)
    assert (sent.external_id, sent.detail) == ("reply-1", "")
