"""What notifications mean, and that nothing in them can do harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.mastodon.channel import channel
from samspil.kit import Account, Envelope, Event, Message, NotUnderstood

ACCOUNT = Account(id="1", name="Butik", config={"server": "https://social.example"}, key=b"0" * 32)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(["mention", "status", "update", "favourite", "reblog", "follow", "poll", "pleroma:emoji_reaction"])
ODD_STATUS = JSON | st.fixed_dictionaries(
    {"id": st.just("5") | JSON},
    optional={
        name: JSON | st.just("2026-01-01T00:00:00Z")
        for name in (
            "account",
            "content",
            "created_at",
            "mentions",
            "poll",
            "media_attachments",
            "in_reply_to_id",
            "spoiler_text",
        )
    },
)
ODD = st.fixed_dictionaries(
    {
        "type": KINDS | JSON,
        "id": st.just("1") | JSON,
        "created_at": st.just("2026-01-01T00:00:00Z") | JSON,
        "account": st.just({"acct": "a@b.example"}) | JSON,
        "status": ODD_STATUS,
    }
)


def understood(payload: bytes) -> list[Event]:
    return list(channel().understand(Envelope(external_id="x", payload=payload), ACCOUNT))


@given(JSON | ODD)
def test_any_json_has_a_meaning_or_is_not_understood(value: Any) -> None:
    try:
        found = understood(json.dumps(value).encode())
    except NotUnderstood:
        return
    assert len(found) <= 1
    for event in found:
        repr(event).encode()
        if isinstance(event, Message):
            assert "\0" not in event.text
            event.text.encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"1" * 10_000,
        b" " * (10 * 1024 * 1024),
        b'{"id": "../x", "type": "follow"}',
    ],
    ids=["empty", "not utf-8", "deep lists", "deep objects", "long number", "10 MB", "odd id"],
)
def test_what_is_no_notification_is_not_understood(payload: bytes) -> None:
    with pytest.raises(NotUnderstood):
        understood(payload)
