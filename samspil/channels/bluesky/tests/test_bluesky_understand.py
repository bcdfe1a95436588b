"""What notifications and direct messages mean, and that nothing in them can do harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.bluesky.channel import channel
from samspil.channels.bluesky.settings import chat_id, conversation_of, did_of, uri_parts
from samspil.kit import Account, Envelope, Event, Message, NotUnderstood

DID = "did:plc:karolineaaaaaaaaaaaaaaaa"
URI = f"at://{DID}/app.bsky.feed.post/3lz"
ACCOUNT = Account(id="1", name="Butik", config={"identifier": "butik.example.com"}, key=b"0" * 32)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TIME = st.just("2026-01-01T00:00:00Z") | JSON
PERSON = JSON | st.fixed_dictionaries({"did": st.just(DID)}, optional={"handle": JSON, "displayName": JSON, "labels": JSON})
KINDS = st.sampled_from(["images", "video", "external", "record", "recordWithMedia", "images#view"]).map(
    "app.bsky.embed.".__add__
)
PICTURES = st.just([{"image": {"ref": {"$link": "bafkreia"}}}])
EMBED = st.recursive(
    JSON,
    lambda inner: st.fixed_dictionaries(
        {"$type": KINDS},
        optional={"images": JSON | st.lists(inner), "record": inner, "media": inner, "external": inner, "alt": JSON},
    ),
    max_leaves=4,
)
MARK = st.fixed_dictionaries(
    {
        "index": st.fixed_dictionaries({"byteStart": st.integers(-2, 9) | JSON, "byteEnd": st.integers(-2, 30) | JSON}),
        "features": st.lists(
            st.fixed_dictionaries(
                {"$type": st.sampled_from(["link", "mention", "tag"]).map("app.bsky.richtext.facet#".__add__)},
                optional={"uri": st.just("https://a.example") | JSON, "did": st.just(DID) | JSON},
            ),
            max_size=2,
        ),
    }
)
RECORD = JSON | st.fixed_dictionaries(
    {"text": st.text() | JSON},
    optional={
        "facets": st.lists(MARK, max_size=3) | JSON,
        "embed": EMBED,
        "langs": JSON,
        "reply": JSON,
        "labels": JSON,
        "subject": JSON,
    },
)
FILES = st.dictionaries(
    st.just("bafkreia"), JSON | st.fixed_dictionaries({"type": st.just("image/jpeg"), "size": JSON | st.just(3)})
)
REASONS = st.sampled_from(
    ["reply", "mention", "quote", "like", "repost", "follow", "like-via-repost", "subscribed-post", "verified"]
)
NOTE = st.fixed_dictionaries(
    {
        "reason": REASONS | JSON,
        "uri": st.just(URI) | JSON,
        "author": PERSON,
        "indexedAt": TIME,
        "record": RECORD,
    },
    optional={"cid": JSON, "labels": JSON, "reasonSubject": JSON, "files": JSON | FILES},
)
LOG = st.fixed_dictionaries(
    {
        "log": st.fixed_dictionaries(
            {
                "$type": st.sampled_from(["logCreateMessage", "logAddReaction", "logReadMessage"]).map(
                    "chat.bsky.convo.defs#".__add__
                )
                | JSON,
                "convoId": st.just("3lz") | JSON,
                "message": JSON
                | st.fixed_dictionaries(
                    {"id": st.just("3lm"), "sender": PERSON, "sentAt": TIME, "text": JSON}, optional={"embed": EMBED}
                ),
            },
            optional={"reaction": JSON, "relatedProfiles": JSON, "rev": JSON},
        )
        | JSON,
        "members": JSON | st.lists(PERSON, max_size=3),
    }
)
GONE = st.fixed_dictionaries({"gone": st.just(URI) | JSON, "at": TIME})


def understood(payload: bytes) -> list[Event]:
    return list(channel().understand(Envelope(external_id="x", payload=payload), ACCOUNT))


@given(JSON | NOTE | LOG | GONE)
def test_any_json_has_a_meaning_or_is_not_understood(value: Any) -> None:
    try:
        found = understood(json.dumps(value).encode())
    except NotUnderstood:
        return
    assert len(found) <= 1
    for event in found:
        repr(event).encode()
        json.dumps(event.author.name if not hasattr(event, "state") else "")
        if isinstance(event, Message):
            assert "\0" not in event.text
            event.text.encode()
            json.dumps(dict(event.extra)).encode()


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 200_000, b"1" * 10_000, b" " * (10 * 1024 * 1024), b'{"reason": "follow"}'],
    ids=["empty", "not utf-8", "deep lists", "deep objects", "long number", "10 MB", "nobody"],
)
def test_what_is_no_notification_is_not_understood(payload: bytes) -> None:
    with pytest.raises(NotUnderstood):
        understood(payload)


@pytest.mark.parametrize(
    "value",
    [
        f"at://{DID}/app.bsky.feed.post/../x",
        f"at://{DID}/app.bsky.feed.post",
        "at://karoline.example.com/app.bsky.feed.post/3lz",
        f"https://{DID}/app.bsky.feed.post/3lz",
        f"at://{DID}/app.bsky.feed.post/3lz?x",
        f"at://{DID}/app.bsky.feed.post/" + "x" * 1000,
        None,
        7,
    ],
)
def test_only_the_address_of_a_record_is_one(value: Any) -> None:
    assert uri_parts(value) == ("", "", "")


def test_addresses_and_ids_in_their_normal_form() -> None:
    assert uri_parts(URI) == (DID, "app.bsky.feed.post", "3lz")
    assert [
        did_of(one)
        for one in ("did:PLC:KAROLINEaaaaaaaaaaaaaaaa", "did:web:butik.example.com", "did:key:z6Mk", "did:plc:kort", 5)
    ] == [
        DID,
        "did:web:butik.example.com",
        "",
        "",
        "",
    ]
    assert conversation_of(chat_id("3lz", "3lm")) == "3lz"
    assert [conversation_of(one) for one in (URI, "chat:3lz", "chat:3lz/../x", "chat:/x", "")] == ["", "", "", "", ""]
