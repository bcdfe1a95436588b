"""What events mean, and that nothing in them can do harm."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.matrix import words
from samspil.channels.matrix.channel import channel
from samspil.channels.matrix.settings import external_id, place_of, room_id, settings_of, user_id
from samspil.kit import Account, Envelope, Event, Message, NotUnderstood

ACCOUNT = Account(id="1", name="Butik", config={"server": "https://x.example", "user": "@butik:x.example"}, key=b"0" * 32)
KAROLINE = "@karoline:x.example"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
RELATION = JSON | st.fixed_dictionaries(
    {"rel_type": st.sampled_from(["m.replace", "m.thread", "m.annotation"]) | JSON, "event_id": st.just("$a") | JSON},
    optional={"key": st.text() | JSON, "m.in_reply_to": JSON | st.just({"event_id": "$b"})},
)
CONTENT = JSON | st.fixed_dictionaries(
    {
        "msgtype": st.sampled_from(["m.text", "m.notice", "m.emote", "m.image", "m.location", "m.file"]) | JSON,
        "body": st.text() | JSON,
    },
    optional=dict.fromkeys(
        ("formatted_body", "url", "info", "file", "filename", "m.mentions", "geo_uri", "redacts", "m.poll"), JSON
    )
    | {"m.relates_to": RELATION, "m.new_content": JSON | st.just({"body": "Ny", "msgtype": "m.text"})},
)
KINDS = st.sampled_from(
    ["m.room.message", "m.reaction", "m.room.redaction", "m.room.encrypted", "m.sticker", "m.poll.start", "m.call.invite", "m.x"]
)
EVENT = JSON | st.fixed_dictionaries(
    {
        "type": KINDS | JSON,
        "sender": st.just(KAROLINE) | st.just("@butik:x.example") | JSON,
        "event_id": st.just("$1") | JSON,
        "origin_server_ts": st.just(1772442900000) | JSON,
        "content": CONTENT,
    },
    optional={"redacts": JSON, "state_key": JSON},
)
ODD = st.fixed_dictionaries(
    {},
    optional={
        "event": EVENT,
        "room": JSON
        | st.fixed_dictionaries(
            {"id": st.just("!r:x.example")}, optional=dict.fromkeys(("direct", "names", "others", "name"), JSON)
        ),
        "receipt": JSON,
        "redacted": JSON,
        "file": JSON | st.just({"size": 2, "bytes": "aGo="}),
        "answers_us": JSON,
    },
)


def understood(payload: bytes, came: datetime | None = None) -> list[Event]:
    return list(channel().understand(Envelope(external_id="x", payload=payload, received_at=came), ACCOUNT))


def event(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"type": "m.room.message", "sender": KAROLINE, "event_id": "$1", "origin_server_ts": 1772442900000}
    return {"event": plain | {"content": content} | more, "room": {"id": "!r:x.example"}}


@given(JSON | ODD)
def test_any_json_has_a_meaning_or_is_not_understood(value: Any) -> None:
    try:
        found = understood(json.dumps(value).encode())
    except NotUnderstood:
        return
    assert len(found) <= 1
    for one in found:
        repr(one).encode()
        if isinstance(one, Message):
            assert "\0" not in one.text
            one.text.encode()
            one.html.encode()
            one.author.display.encode()
            assert one.text or one.attachments


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\xfe", b"[" * 200_000, b'{"event":' * 200_000, b"1" * 10_000, b" " * (10 * 1024 * 1024), b"{}"],
    ids=["empty", "not utf-8", "deep lists", "deep objects", "long number", "10 MB", "nothing"],
)
def test_what_is_no_event_is_not_understood(payload: bytes) -> None:
    with pytest.raises(NotUnderstood):
        understood(payload)


def test_a_clock_far_ahead_is_not_believed() -> None:
    came = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    [late] = understood(json.dumps(event({"msgtype": "m.text", "body": "Hej"}, origin_server_ts=4102444800000)).encode(), came)
    [near] = understood(json.dumps(event({"msgtype": "m.text", "body": "Hej"}, origin_server_ts=1772442960000)).encode(), came)
    assert isinstance(late, Message)
    assert isinstance(near, Message)
    assert late.at == came
    assert near.at == came + timedelta(minutes=1)


@pytest.mark.parametrize("long", [10 * 1024 * 1024])
def test_a_text_without_end_is_cut(long: int) -> None:
    [message] = understood(json.dumps(event({"msgtype": "m.text", "body": "x" * long})).encode())
    assert isinstance(message, Message)
    assert len(message.text) == words.LONGEST


@pytest.mark.parametrize(
    "body", ["> <@a:x> y\n" * 50_000, ">" * 100_000, "> <@" * 30_000, "<mx-reply>" * 10_000, "@butik:x.example" * 6_000]
)
def test_what_looks_like_a_quotation_costs_no_time(body: str) -> None:
    content = {
        "msgtype": "m.text", "body": body, "format": words.HTML, "formatted_body": body[: words.LONGEST - 1],
        "m.relates_to": {"m.in_reply_to": {"event_id": "$0"}},
    }  # fmt: skip
    began = datetime.now(UTC)
    understood(json.dumps(event(content)).encode()) if body.startswith("@") else words.said(content, answers=True)
    words.markup(content)
    words.mentions(content, frozenset({"@butik:x.example"}))
    assert datetime.now(UTC) - began < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"m.mentions": {"user_ids": ["@Butik:x.example"]}}, True),
        ({"body": "hej @butik:x.example!"}, True),
        ({"formatted_body": '<a href="https://matrix.to/#/@butik:x.example">B</a>'}, True),
        ({"formatted_body": "https://matrix.to/#/%40butik%3Ax.example"}, True),
        ({"body": "hej @butik:x.example.org"}, False),
        ({"body": "hej x@butik:x.example"}, False),
        ({"m.mentions": {"user_ids": "@butik:x.example"}}, False),
        ({"m.mentions": {"room": True}}, False),
    ],
)
def test_who_is_named(content: dict[str, Any], *, named: bool) -> None:
    assert words.mentions(content, frozenset({"@butik:x.example"})) is named


@pytest.mark.parametrize("odd", ["!r/x:y", "r:x", "!r x", "!" + "r" * 300, "!r\n", "", None, 5, "!r\u202ex"])
def test_what_is_no_room(odd: Any) -> None:
    assert room_id(odd) == ""


def test_an_id_tells_its_room_whatever_slashes_its_event_has() -> None:
    assert place_of(external_id("!r:x.example", "$a/b+c/$d")) == ("!r:x.example", "$a/b+c/$d")
    assert place_of("!r:x.example") == ("", "")
    assert place_of("") == ("", "")


@pytest.mark.parametrize(
    ("value", "found"), [("@a:b", "@a:b"), ("a:b", ""), ("@a", ""), ("@a:b/c", ""), ("@Æ:b.example:8448", "@Æ:b.example:8448")]
)
def test_who_is_a_person(value: str, found: str) -> None:
    assert user_id(value) == found


def test_odd_settings_are_the_defaults() -> None:
    odd = Account(
        id="1", name="x", config={"server": "matrix.x.example/", "user": "x", "groups": "?", "invitations": None}, key=b""
    )
    found = settings_of(odd)
    assert (found.server, found.user, found.groups, found.invitations) == ("https://matrix.x.example", "", "mentions", "direct")
