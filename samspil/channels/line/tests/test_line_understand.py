"""Whatever LINE's call holds, it is understood or refused in words."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.line.channel import channel
from samspil.channels.line.hear import signed
from samspil.channels.line.send import key_of, length_of, receiver
from samspil.kit import Account, Envelope, Forged, Handle, NotUnderstood, Outbound, Request, Unreachable

KEY = "0123456789abcdef0123456789abcdef"
ACCOUNT = Account(id="1", name="L", config={"channel_secret": KEY}, key=b"0" * 32)
PERSON, GROUP = "U" + "4a" * 16, "C" + "5b" * 16
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SOME = ANY | st.sampled_from(
    [PERSON, GROUP, "user", "group", "text", "image", "sticker", "location", "file", 1764126000123, 10**30]
)
PARTS = {
    "source": st.fixed_dictionaries({}, optional=dict.fromkeys(("type", "userId", "groupId", "roomId"), SOME)),
    "message": st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            "id type text keywords fileName fileSize latitude longitude title contentProvider quotedMessageId".split(), SOME
        ),
    ),
    "postback": st.fixed_dictionaries({}, optional={"data": SOME, "params": SOME}),
}
KINDS = st.sampled_from(["message", "unsend", "follow", "unfollow", "postback", "join"]) | ANY
EVENTS = st.fixed_dictionaries(
    {"type": KINDS},
    optional={name: PARTS.get(name, SOME) | ANY for name in ("source", "message", "postback", "unsend", "timestamp", "mode")},
)


def call(body: bytes, signature: str | None = None):
    given = {"x-line-signature": signed(body, KEY) if signature is None else signature}
    return channel().hear(Request(method="POST", url="https://a.example/in/1", headers=given, body=body), ACCOUNT)


@given(ANY)
def test_any_json_is_understood_or_refused_in_words(value):
    with pytest.raises(NotUnderstood):
        channel().understand(Envelope(external_id="k", payload=json.dumps(value).encode()), ACCOUNT)
    with suppress(NotUnderstood):
        call(json.dumps(value).encode())


@given(EVENTS)
def test_any_event_is_understood_or_refused_in_words(event):
    [envelope] = call(json.dumps({"destination": PERSON, "events": [event]}).encode()).envelopes
    with suppress(NotUnderstood):
        assert all(found.external_id for found in channel().understand(envelope, ACCOUNT))


def test_what_is_deep_or_large_is_refused():
    for payload in (b"[" * 200_000, b'{"event":' * 5000 + b"1" + b"}" * 5000, b'{"event":"' + b"x" * 2_000_000 + b'"}'):
        with pytest.raises(NotUnderstood):
            channel().understand(Envelope(external_id="k", payload=payload), ACCOUNT)
    with pytest.raises(NotUnderstood):
        call(b'{"events":[' + b"[" * 200_000)


@given(st.binary(max_size=60), st.text(max_size=60))
def test_what_is_not_signed_is_refused_before_it_is_read(body, signature):
    if signature != signed(body, KEY):
        with pytest.raises(Forged):
            call(body, signature)


def test_without_a_secret_nothing_is_accepted():
    body = b'{"events":[]}'
    asked = Request(method="POST", url="https://a.example", headers={"x-line-signature": signed(body, "")}, body=body)
    with pytest.raises(Forged):
        channel().hear(asked, Account(id="1", name="L", config={"channel_secret": ""}, key=b""))


def test_a_call_made_again_is_the_same_envelope_and_every_event_is_one():
    def event(number: int, *, again: bool):
        return {"type": "follow", "webhookEventId": f"01FZ{number}", "deliveryContext": {"isRedelivery": again}}

    first = call(json.dumps({"events": [event(1, again=False), event(2, again=False)]}).encode())
    again = call(json.dumps({"events": [event(2, again=True)]}).encode())
    assert [e.external_id for e in first.envelopes] == ["01FZ1", "01FZ2"]
    assert [e.external_id for e in again.envelopes] == ["01FZ2"]


def out(address: str = PERSON, answers: str = "") -> Outbound:
    return Outbound(id="r", conversation="c", to=Handle(network="line", address=address), text="x", in_reply_to=answers)


def test_an_answer_goes_to_the_group_of_what_it_answers_and_never_to_another_person():
    assert receiver(out()) == PERSON
    assert receiver(out(answers=f"{GROUP}:1")) == GROUP
    assert receiver(out(answers=f"U{'9' * 32}:1")) == PERSON
    with pytest.raises(Unreachable):
        receiver(out("karoline"))


def test_keys_and_lengths_are_as_line_counts_them():
    assert key_of("0197B2E0-0000-7000-8000-000000000000") == "0197b2e0-0000-7000-8000-000000000000"
    assert key_of("r") == key_of("r") != key_of("s")
    assert length_of("a\N{BICYCLE}") == 3
