"""An app's events: the published schema says the same as the code, the door looks at all before it keeps any, and nothing breaks it."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from samspil.channels.api.channel import MOST, channel
from samspil.channels.api.settings import conversation_of, name_of
from samspil.kit import Account, Envelope, Forged, Message, NotUnderstood, Outbound, Replay, Request
from samspil.kit.webhooks import signed

FOLDER = Path(__file__).parents[1]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ACCOUNT = Account(id="a", name="App", config={"app": "shop-app", "secret": SECRET}, key=bytes(32))
NOW = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
GOOD = sorted(
    p for p in (FOLDER / "fixtures").glob("*.json") if "expected" not in p.name and not p.name.startswith(("bad_", "account"))
)
# What a schema cannot say: signs of amounts and the other fields' meaning, the clock, the bytes.
BEYOND = {"bad_refund", "bad_future", "bad_time", "bad_file", "bad_empty", "bad_author", "bad_nan"}
BAD = sorted(p for p in (FOLDER / "fixtures").glob("bad_*.json") if "expected" not in p.name and p.stem not in BEYOND)
SCHEMA = Draft202012Validator(json.loads((FOLDER / "schema.json").read_text()))
KAROLINE = {"id": "u-17", "name": "Karoline Holm"}


def event(number: int = 1, **more: object) -> dict[str, object]:
    return {"type": "message", "id": f"m-{number}", "author": KAROLINE, "text": "Hej", **more}


def request(said: object, method: str = "POST", **headers: str) -> Request:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    own = signed(ident="r-1", at=int(time.time()), body=body, secrets=[SECRET])
    return Request(method=method, url="https://x.example/in/a", headers=own | headers, body=body)


def hear(said: object):
    return channel().hear(request(said), ACCOUNT)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_the_schema_takes_what_the_channel_takes(path):
    SCHEMA.validate(json.loads(path.read_text()))


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_the_schema_refuses_what_the_channel_refuses(path):
    assert not SCHEMA.is_valid(json.loads(path.read_text()))


def test_one_event_or_many():
    one = hear(event())
    assert [e.external_id for e in one.envelopes] == ["message:m-1"]
    assert json.loads(one.body) == {"accepted": 1}
    many = hear({"events": [event(n) for n in range(MOST)]})
    assert len(many.envelopes) == MOST
    assert [len(channel().understand(replace(e, received_at=NOW), ACCOUNT)) for e in many.envelopes] == [1] * MOST


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"events": [event(1), event(2, author={"id": ""})]}, r"events\[1\]\.author\.id must be a text that is not empty"),
        ({"events": [event(1), "m"]}, r"events\[1\] must be an object"),
        ({"events": [event(n) for n in range(MOST + 1)]}, "at most 500"),
        ({"events": event()}, "events must be a list"),
        (event(id=None), "id must be a text"),
        (event(id="a b"), "id must be an id without white space"),
        (event(text="x" * 100_001), "has 100001 characters; at most 100000"),
        ([event()], "an event must be an object"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ({"type": "replay", "since": "yesterday"}, "since must be a time with its zone"),
    ],
)
def test_what_is_wrong_is_said_by_its_place_and_nothing_is_kept(said, says):
    with pytest.raises(NotUnderstood, match=says):
        hear(said)


def test_events_come_by_post_and_signed():
    with pytest.raises(NotUnderstood, match="by POST"):
        channel().hear(request(event(), method="GET"), ACCOUNT)
    with pytest.raises(Forged):
        channel().hear(request(event(), **{"webhook-id": "r-2"}), ACCOUNT)
    with pytest.raises(Forged):
        channel().hear(request(event()), replace(ACCOUNT, config={}))
    rotated = replace(ACCOUNT, config={"secret": "whsec_" + "A" * 44, "old_secret": SECRET})
    assert channel().hear(request(event()), rotated).envelopes


def test_what_was_sent_is_asked_for():
    assert hear({"type": "replay"}).replay == Replay()
    assert hear({"type": "replay", "since": "2026-01-01T00:00:00Z", "after": "p-2"}).replay == Replay(
        since=datetime(2026, 1, 1, tzinfo=UTC), after="p-2"
    )


def test_a_conversation_has_a_name_that_nobody_makes_up():
    ident = "01a2156f-0f24-7063-a27b-3204c7987036"
    name = name_of(ident, ACCOUNT)
    assert conversation_of(name, ACCOUNT) == ident
    for wrong in ("", ident, ident + ".", name + "x", "x" + name, name_of(ident, replace(ACCOUNT, key=b"1" * 32))):
        assert conversation_of(wrong, ACCOUNT) == ""
    envelope = Envelope(external_id="m", payload=json.dumps(event(conversation=name)).encode(), received_at=NOW)
    (message,) = channel().understand(envelope, ACCOUNT)
    assert isinstance(message, Message)
    assert message.conversation == ident


def test_a_page_of_what_was_sent_names_files_without_their_bytes():
    from samspil.kit import File, Handle

    file = File(name="a.png", content_type="image/png", size=8, open=lambda: pytest.fail("its bytes stay"))
    out = Outbound(
        id="r", conversation="c", to=Handle(network="app", address="u-17"), text="Hej", in_reply_to="shop-app:m-1", files=[file]
    )
    page = json.loads(channel().replayed([out], "next", ACCOUNT))
    assert page["next"] == "next"
    assert page["messages"][0]["in_reply_to"] == "m-1"
    assert page["messages"][0]["attachments"] == [{"name": "a.png", "type": "image/png", "size": 8}]


words = st.text(max_size=8) | st.sampled_from(
    ["message", "order", "u-1", "DKK", "499.00", "aGVq", "\x00", "\ud800", "1e999", "2026-11-26T00:00Z"]
)
values = st.recursive(
    words | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
FIELDS = "type id at author text subject thread conversation attachments to outgoing extra target emoji state amount currency kind lines".split()


@given(
    st.sampled_from(["message", "edit", "reaction", "delivery", "order"]),
    st.dictionaries(st.sampled_from(FIELDS), values),
    values,
)
def test_any_value_means_events_or_is_not_understood(kind, more, whole):
    good = {**event(), "type": kind, "target": "t", "emoji": "x", "state": "read", "amount": "1", "currency": "DKK"}
    for said in ({**good, **more}, more, whole):
        envelope = Envelope(external_id="e", payload=json.dumps(said).encode(), received_at=NOW)
        try:
            (found,) = channel().understand(envelope, ACCOUNT)
        except NotUnderstood:
            continue
        assert found.external_id.startswith("shop-app:")
        for file in getattr(found, "attachments", ()):
            assert len(channel().attachment(envelope, file.part)) == file.size
