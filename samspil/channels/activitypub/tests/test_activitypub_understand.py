"""What activities mean, and that nothing in them can do harm."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.activitypub.channel import channel
from samspil.channels.activitypub.tests.peer import KAROLINE, US, account, create
from samspil.kit import Account, Delete, Edit, Envelope, Event, Follow, Message, NotUnderstood, Reaction
from samspil.kit.testing import fixture_cases

HEADERS = {
    "actor": KAROLINE,
    "acct": "karoline@norrebro.example",
    "name": "@karoline@norrebro.example",
    "inbox": f"{KAROLINE}/inbox",
    "shared": "https://norrebro.example/inbox",
    "kind": "Person",
}
ACCOUNT: Account = account()
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "content summary name to cc tag attachment inReplyTo published updated attributedTo url oneOf anyOf contentMap summaryMap"
    " mediaType sensitive context conversation"
)
MINE = st.just(f"{KAROLINE}/1") | st.just(KAROLINE) | st.just(f"{US}/actor") | st.just(f"{US}/notes/1") | JSON
ODD_OBJECT = MINE | st.fixed_dictionaries(
    {
        "id": MINE,
        "type": st.sampled_from(["Note", "Question", "Article", "Image", "Follow", "Like", "Announce", "Tombstone"]) | JSON,
    },
    optional={**dict.fromkeys(FIELDS.split(), JSON), "object": MINE, "actor": MINE},
)
KINDS = st.sampled_from(
    ["Create", "Update", "Delete", "Follow", "Undo", "Like", "EmojiReact", "Announce", "Block", "Flag", "Move"]
)
ODD = st.fixed_dictionaries(
    {"type": KINDS | JSON, "id": JSON, "actor": MINE, "object": ODD_OBJECT}, optional={"content": JSON, "to": JSON}
)


def understood(activity: Any, **headers: str) -> list[Event]:
    payload = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
    envelope = Envelope(external_id="x", payload=payload, headers={**HEADERS, **headers}, received_at=AT)
    return list(channel().understand(envelope, ACCOUNT))


@pytest.mark.parametrize("case", fixture_cases(Path(__file__).parents[1] / "fixtures"))
def test_fixtures_have_partners(case: Any) -> None:
    assert case.expected.exists()


@given(JSON | ODD)
def test_any_json_has_a_meaning_or_is_not_understood(value: Any) -> None:
    try:
        found = understood(value)
    except NotUnderstood:
        return
    assert len(found) <= 1
    for event in found:
        repr(event).encode()
        if isinstance(event, Message):
            assert event.author.address == "karoline@norrebro.example"
            assert "\x00" not in event.text


@given(st.binary(max_size=200))
def test_any_bytes_are_not_understood(value: bytes) -> None:
    with pytest.raises(NotUnderstood):
        understood(value)


@given(st.dictionaries(st.text(max_size=8), JSON))
def test_what_nobody_signed_means_nothing(headers: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        channel().understand(Envelope(external_id="x", payload=json.dumps(create()).encode(), headers=headers), ACCOUNT)


def note(**more: Any) -> Message:
    [event] = understood(create(**more))
    assert isinstance(event, Message)
    return event


def test_the_text_holds_all_that_is_said() -> None:
    found = note(
        summary="Cykler",
        content='<p><a class="mention" href="https://firma.example/x">@Firma</a> Hej</p><script>x()</script>',
        attachment=[
            {"type": "Document", "mediaType": "image/png", "url": "https://n.example/1.png", "name": "En flad cykel"},
            {"type": "Video"},
        ],
    )
    assert found.text == "Cykler\n\n@Firma Hej\n\n[image: En flad cykel]\n\n[video]"
    assert found.extra["media"] == [{"type": "image/png", "url": "https://n.example/1.png", "description": "En flad cykel"}]


def test_a_poll_is_its_question_and_its_choices() -> None:
    [event] = understood(
        {**create(), "object": {**create()["object"], "type": "Question", "oneOf": [{"name": "Ja"}, {"name": "Nej"}]}}
    )
    assert isinstance(event, Message)
    assert event.text == "Mit batteri er fladt\n\n- Ja\n- Nej"


@pytest.mark.parametrize(
    ("to", "cc", "visibility", "public"),
    [
        (["https://www.w3.org/ns/activitystreams#Public"], [], "public", True),
        (["as:Public"], [], "public", True),
        ([], "Public", "unlisted", True),
        ([f"{KAROLINE}/followers"], [], "followers", False),
        ([f"{US}/actor"], [], "direct", False),
        ([], [], "direct", False),
        (None, None, "direct", False),
    ],
)
def test_who_can_see_it(to: Any, cc: Any, visibility: str, *, public: bool) -> None:
    activity = create(to=to, cc=cc)
    activity["to"], activity["cc"] = to, cc
    [event] = understood(activity)
    assert isinstance(event, Message)
    assert (event.extra["visibility"], event.public) == (visibility, public)


def act(kind: str, thing: Any, **more: Any) -> Event:
    [event] = understood({"id": f"{KAROLINE}/a/1", "type": kind, "actor": KAROLINE, "object": thing, **more})
    return event


def test_what_people_do() -> None:
    liked = act("Like", f"{US}/notes/1")
    assert isinstance(liked, Reaction)
    assert (liked.emoji, liked.target, liked.removed) == ("⭐", f"{US}/notes/1", False)
    assert getattr(act("EmojiReact", f"{US}/notes/1", content="🎉"), "emoji") == "🎉"  # noqa: B009
    assert getattr(act("Announce", {"id": f"{US}/notes/1"}), "emoji") == "🔁"  # noqa: B009
    back = act("Undo", {"type": "Like", "actor": KAROLINE, "object": f"{US}/notes/1"})
    assert isinstance(back, Reaction)
    assert back.removed
    follow = act("Follow", f"{US}/actor")
    assert isinstance(follow, Follow)
    assert follow.extra == {"actor": KAROLINE, "inbox": f"{KAROLINE}/inbox", "shared": "https://norrebro.example/inbox"}
    for gone in (
        act("Undo", {"type": "Follow", "actor": KAROLINE, "object": f"{US}/actor"}),
        act("Block", f"{US}/actor"),
        act("Delete", KAROLINE),
    ):
        assert isinstance(gone, Follow)
        assert gone.removed
    edit = act("Update", {**create()["object"], "content": "Nu", "updated": "2026-03-03T00:00:00Z"})
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text, edit.at.day) == (f"{KAROLINE}/statuses/1", "Nu", 3)
    deleted = act("Delete", {"type": "Tombstone", "id": f"{KAROLINE}/statuses/1"})
    assert isinstance(deleted, Delete)
    assert deleted.target == f"{KAROLINE}/statuses/1"
    assert understood({"id": "x", "type": "Announce", "actor": KAROLINE, "object": "https://other.example/1"}) == []


@pytest.mark.parametrize(
    ("kind", "thing", "says"),
    [
        ("Flag", [f"{US}/actor"], "reports"),
        ("Move", KAROLINE, "moves"),
        ("Accept", f"{US}/actor", "did not ask"),
        ("Travel", f"{US}/actor", "'Travel'"),
        ("Follow", "https://other.example/actor", "somebody else"),
        ("Like", "https://other.example/1", "not ours"),
        ("Delete", "https://other.example/1", "somebody else's"),
        ("Undo", f"{KAROLINE}/a/2", "does not repeat"),
        ("Create", {"id": f"{KAROLINE}/v", "type": "Note", "name": "Ja", "inReplyTo": f"{US}/notes/1"}, "poll"),
        ("Create", {"id": f"{KAROLINE}/v", "type": "Key"}, "'Key'"),
    ],
)
def test_the_rest_is_shown_with_a_sentence(kind: str, thing: Any, says: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        act(kind, thing)
    assert says in str(caught.value)


def test_a_bot_is_marked() -> None:
    [event] = understood(create(), kind="Service")
    assert isinstance(event, Message)
    assert event.automatic == "bot"
