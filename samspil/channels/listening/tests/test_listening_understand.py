"""Whose posts are offered and whose are left, and that nothing in them can do harm."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.listening.channel import channel
from samspil.channels.listening.posts import OPTED_OUT
from samspil.channels.listening.settings import settings_of
from samspil.channels.listening.sources import posts_in, sources_of
from samspil.kit import Account, Capabilities, Edit, Envelope, Event, Message, NotUnderstood, Sends
from samspil.kit.web import Answer

ACCOUNT = Account(id="1", name="Lyt", config={"words": "Nordlys"}, key=b"0" * 32)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TIME = st.just("2026-01-01T00:00:00Z")
ODD = JSON | TIME | st.just("Nordlys") | st.just("did:plc:a") | st.just("public") | st.just(7)
PERSON = JSON | st.fixed_dictionaries(
    {"acct": st.just("a@b.example"), "did": st.just("did:plc:a"), "name": st.just("a"), "actor_id": ODD | st.just("https://[")},
    optional=dict.fromkeys(
        ("note", "fields", "display_name", "displayName", "labels", "bot", "description", "bio", "handle"), ODD
    ),
)
WHAT = JSON | st.fixed_dictionaries(
    {"id": st.just(1), "published": TIME}, optional=dict.fromkeys(("content", "body", "name", "ap_id", "updated"), ODD)
)
ROW = st.fixed_dictionaries(
    {
        "id": st.just("5") | JSON,
        "uri": st.just("at://did:plc:a/app.bsky.feed.post/1") | JSON,
        "account": PERSON,
        "author": PERSON,
        "creator": PERSON,
        "created_at": TIME | JSON,
        "indexedAt": TIME | JSON,
        "username": st.just("a") | JSON,
        "post_number": st.just(1) | JSON,
        "topic_id": st.just(1) | JSON,
        "visibility": st.just("public") | JSON,
    },
    optional={"comment": WHAT, "post": WHAT}
    | dict.fromkeys(
        (
            "record",
            "content",
            "spoiler_text",
            "media_attachments",
            "tags",
            "embed",
            "labels",
            "blurb",
            "topic",
            "url",
            "language",
        ),
        ODD,
    ),
)
KINDS = st.sampled_from(["mastodon", "bluesky", "lemmy", "discourse", "x", ""])


def understood(payload: bytes, kind: str, **more: str) -> list[Event]:
    headers = {"kind": kind, "server": "https://s.example", **more}
    return list(channel().understand(Envelope(external_id="x", payload=payload, headers=headers), ACCOUNT))


@given(JSON | ROW, KINDS, st.sampled_from(["", "yes"]))
def test_any_json_has_a_meaning_or_is_not_understood(value: Any, kind: str, changed: str) -> None:
    try:
        found = understood(json.dumps(value).encode(), kind, changed=changed)
    except NotUnderstood:
        return
    assert len(found) <= 1
    for event in found:
        repr(event).encode()
        assert isinstance(event, Message | Edit)
        assert "\x00" not in event.text + event.author.address + event.author.name


@given(st.binary(max_size=200), KINDS)
def test_any_bytes_are_not_understood_or_mean_nothing(payload: bytes, kind: str) -> None:
    with pytest.raises(NotUnderstood):
        understood(payload, kind)


@pytest.mark.parametrize("payload", [b"{" * 200_000, b'{"a":' * 200_000, b"x" * (3 * 1024 * 1024)])
def test_deep_and_large_ones_are_not_understood(payload: bytes) -> None:
    for kind in ("mastodon", "bluesky", "lemmy", "discourse"):
        with pytest.raises(NotUnderstood):
            understood(payload, kind)


@given(JSON)
def test_any_answer_holds_posts_or_is_not_understood(value: Any) -> None:
    ours = Account(
        id="1",
        name="",
        config={
            "words": "a",
            "mastodon": "m.example",
            "search": True,
            "bluesky": "b.example",
            "lemmy": "l.example",
            "discourse": "d.example",
        },
        key=b"",
    )
    for source in sources_of(settings_of(ours)):
        try:
            posts_in(source, Answer(status=200, headers={}, body=json.dumps(value).encode()))
        except NotUnderstood:
            continue


@pytest.mark.parametrize("about", ["Kaffe. #nobot", "#NoBots", "#noindex", "# nosearch", "hej #no-bot."])
def test_who_asks_to_be_left_alone_in_any_of_these_words_is(about: str) -> None:
    assert OPTED_OUT.search(about)


@pytest.mark.parametrize("about", ["nobot", "#nobotany", "#bot", "Jeg skriver om noindex"])
def test_other_words_are_no_such_wish(about: str) -> None:
    assert not OPTED_OUT.search(about)


def test_every_question_is_of_the_form_that_the_networks_document() -> None:
    config = {
        "words": "Nordlys, rød grød",
        "tags": "#Nordlys havblik",
        "mastodon": "social.example/ https://two.example",
        "search": True,
        "bluesky": "https://app.example",
        "lemmy": "lemmy.example",
        "discourse": "https://forum.example",
    }
    found = [source.url for source in sources_of(settings_of(Account(id="1", name="", config=config, key=b"")))]
    assert found == [
        "https://social.example/api/v1/timelines/tag/nordlys?limit=40&any%5B%5D=havblik",
        "https://social.example/api/v2/search?q=nordlys&type=statuses&limit=40",
        "https://social.example/api/v2/search?q=r%C3%B8d+gr%C3%B8d&type=statuses&limit=40",
        "https://two.example/api/v1/timelines/tag/nordlys?limit=40&any%5B%5D=havblik",
        "https://two.example/api/v2/search?q=nordlys&type=statuses&limit=40",
        "https://two.example/api/v2/search?q=r%C3%B8d+gr%C3%B8d&type=statuses&limit=40",
        "https://app.example/xrpc/app.bsky.feed.searchPosts?q=nordlys&sort=latest&limit=50",
        "https://app.example/xrpc/app.bsky.feed.searchPosts?q=%22r%C3%B8d+gr%C3%B8d%22&sort=latest&limit=50",
        "https://lemmy.example/api/v3/search?q=nordlys&type_=All&listing_type=All&sort=New&limit=40",
        "https://lemmy.example/api/v3/search?q=r%C3%B8d+gr%C3%B8d&type_=All&listing_type=All&sort=New&limit=40",
        "https://forum.example/search.json?q=nordlys+order%3Alatest",
        "https://forum.example/search.json?q=r%C3%B8d+gr%C3%B8d+order%3Alatest",
    ]


def test_settings_of_any_form_are_read() -> None:
    bare = settings_of(Account(id="1", name="", config={}, key=b""))
    assert (list(bare.words), list(bare.tags), sources_of(bare)) == ([], [], [])
    odd = settings_of(
        Account(id="1", name="", config={"words": "Nordlys,\n rød  grød", "mastodon": "ftp://x [", "search": "yes"}, key=b"")
    )
    assert (list(odd.words), list(odd.tags), list(odd.mastodon), odd.search) == (["nordlys", "rød grød"], ["nordlys"], [], False)


def test_nothing_can_be_answered_from_here() -> None:
    assert not isinstance(channel(), Sends)
    assert channel().capabilities == Capabilities(threads=True, sends=False, public=True, edits=True)


def test_a_post_from_the_future_is_of_now() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    row = {"id": 1, "username": "a", "post_number": 1, "topic_id": 1, "created_at": "2099-01-01T00:00:00Z", "blurb": "Nordlys"}
    envelope = Envelope(
        external_id="x",
        payload=json.dumps(row).encode(),
        headers={"kind": "discourse", "server": "https://s.example"},
        received_at=now,
    )
    [event] = channel().understand(envelope, ACCOUNT)
    assert isinstance(event, Message)
    assert event.at == now
