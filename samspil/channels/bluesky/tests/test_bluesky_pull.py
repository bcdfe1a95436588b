"""Signing in and fetching, against a server that is played."""

import json
from dataclasses import replace
from typing import Any

import pytest

from samspil.channels.bluesky import gone, pictures, pull
from samspil.channels.bluesky.channel import channel
from samspil.channels.bluesky.session import Net
from samspil.channels.bluesky.tests.played import ACCOUNT, DID, JPEG, THEIRS, WITH_DIRECT, Server
from samspil.kit import Message, NotUnderstood, TryLater
from samspil.kit.web import Answer, NotAllowed

OURS = {"id": "m3", "sender": {"did": DID}}


def note(number: int, reason: str = "follow") -> dict[str, Any]:
    at = f"2026-03-02T09:{number // 60:02}:{number % 60:02}.000Z"
    return {"reason": reason, "uri": f"at://{THEIRS}/app.bsky.feed.post/n{number}", "indexedAt": at}


def test_one_session_serves_many_calls(server: Server) -> None:
    for _ in range(3):
        Net(ACCOUNT).ask("com.atproto.server.getSession")
    assert server.names().count("createSession") == 1


def test_an_expired_session_is_renewed_and_only_then_made_anew(server: Server) -> None:
    net = Net(ACCOUNT)
    net.ask("com.atproto.server.getSession")
    server.tokens[-1] = "other"
    net.ask("com.atproto.server.getSession")
    assert server.names() == ["createSession", "getSession", "getSession", "refreshSession", "getSession"]
    server.tokens[-1] = "other"
    server.answers["com.atproto.server.refreshSession"] = (400, {"error": "ExpiredToken"})
    net.ask("com.atproto.server.getSession")
    assert server.names()[5:] == ["getSession", "refreshSession", "createSession", "getSession"]


def test_a_refused_password_is_not_tried_again_and_again(server: Server) -> None:
    server.answers["com.atproto.server.createSession"] = (
        401,
        {"error": "AuthenticationRequired", "message": "Invalid identifier or password"},
    )
    for _ in range(3):
        with pytest.raises(TryLater, match="app password") as caught:
            Net(ACCOUNT).ask("com.atproto.server.getSession")
        assert "hemmelig" not in str(caught.value)
        assert caught.value.after is not None
        assert caught.value.after > 500
    assert server.names() == ["createSession"]
    del server.answers["com.atproto.server.createSession"]
    Net(replace(ACCOUNT, config=ACCOUNT.config | {"app_password": "ny"})).ask("com.atproto.server.getSession")


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("https://morel.us-east.host.bsky.network", "https://morel.us-east.host.bsky.network"),
        ("https://127.0.0.1", "https://bsky.social"),
        ("http://a.host.bsky.network", "https://bsky.social"),
        ("https://x@a.host.bsky.network", "https://bsky.social"),
        ("https://a.host.bsky.network.evil.example", "https://bsky.social"),
        ("https://[", "https://bsky.social"),
    ],
)
def test_only_the_networks_own_machines_are_followed(server: Server, endpoint: str, base: str) -> None:
    document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": endpoint}]}
    server.answers["com.atproto.server.createSession"] = (
        200,
        {"accessJwt": "a0", "refreshJwt": "r0", "did": DID, "didDoc": document},
    )
    Net(ACCOUNT).ask("com.atproto.server.getSession")
    assert server.given("getSession")["base"] == base


def test_every_notification_comes_once_and_the_oldest_first(server: Server) -> None:
    server.notes = [note(number) for number in range(250)]
    batches = pull.pull(ACCOUNT, {"notes": note(20)["indexedAt"]})
    found = [next(batches) for _ in range(4)]
    ids = [envelope.external_id.rpartition("/")[2] for batch in found for envelope in batch.envelopes]
    assert ids[-230:] == [f"n{number}" for number in range(20, 250)]
    assert len(ids) == len(set(ids))
    assert found[-1].envelopes == ()
    assert found[-1].cursor["notes"] == note(249)["indexedAt"]
    assert found[0].envelopes[0].headers == {"did": DID}
    server.notes.insert(100, note(99) | {"uri": f"at://{THEIRS}/app.bsky.feed.post/late"})
    server.notes += [note(number) for number in range(250, 260)]
    later = next(batches)
    assert [envelope.external_id.rpartition("/")[2] for envelope in later.envelopes] == [
        f"n{number}" for number in range(250, 260)
    ]


def test_a_notification_that_comes_late_is_not_left_out(server: Server) -> None:
    server.notes = [note(number) for number in range(0, 40, 2)]
    batches = pull.pull(ACCOUNT, None)
    next(batches), next(batches)
    server.notes.insert(10, note(19))
    assert [envelope.external_id[-3:] for envelope in next(batches).envelopes] == ["n19"]


def test_one_post_is_one_message_however_often_we_are_told(server: Server) -> None:
    server.notes = [note(1, "reply"), note(1, "mention"), note(2)]
    assert [envelope.external_id[-2:] for envelope in next(pull.pull(ACCOUNT, None)).envelopes] == ["n1", "n2"]


def test_addresses_that_begin_alike_are_two(server: Server) -> None:
    server.notes = [note(1) | {"uri": f"at://did:web:{'x' * 240}/app.bsky.feed.post/{key}"} for key in "ab"]
    [one, two] = next(pull.pull(ACCOUNT, None)).envelopes
    assert one.external_id != two.external_id
    assert {len(one.external_id), len(two.external_id)} == {200}


def test_a_post_that_is_gone_is_told_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gone, "EVERY", 0)
    server.notes = [note(1, "mention"), note(2, "reply"), note(3)]
    there = [{"uri": note(2)["uri"]}]
    server.answers["app.bsky.feed.getPosts"] = (200, {"posts": there})
    batches = pull.pull(ACCOUNT, None)
    first, second, third = next(batches), next(batches), next(batches)
    assert len(first.envelopes) == 3
    assert [envelope.external_id for envelope in second.envelopes] == [f"gone:{note(1)['uri']}"]
    assert second.cursor["posts"] == [note(2)["uri"]]
    assert third.envelopes == ()


def test_direct_messages_come_with_the_names_of_those_who_wrote(server: Server) -> None:
    people = [
        {"did": DID, "handle": "butik.example.com"},
        {"did": THEIRS, "handle": "karoline.example.com", "displayName": "Karoline"},
    ]
    unread = {"id": "3lzconvo", "members": people, "unreadCount": 1}
    said = {"$type": "chat.bsky.convo.defs#messageView", "id": "m1", "rev": "r0", "sender": {"did": THEIRS}}
    server.answers["chat.bsky.convo.listConvos"] = (200, {"convos": [unread, unread | {"id": "read", "unreadCount": 0}]})
    server.answers["chat.bsky.convo.getMessages"] = (200, {"messages": [said]})
    batches = pull.pull(WITH_DIRECT, None)
    first = next(batches)
    assert [envelope.external_id for envelope in first.envelopes] == ["chat:3lzconvo/m1"]
    assert json.loads(first.envelopes[0].payload)["members"][1]["handle"] == "karoline.example.com"
    assert first.cursor["chat"] == "r1"
    assert server.given("getLog")["headers"]["atproto-proxy"] == "did:web:api.bsky.chat#bsky_chat"
    next(batches)
    log = [
        {"$type": "chat.bsky.convo.defs#logReadMessage", "rev": "r2", "convoId": "3lzconvo", "message": said},
        {"$type": "chat.bsky.convo.defs#logCreateMessage", "rev": "r3", "convoId": "3lzconvo", "message": said | {"id": "m2"}},
        {"$type": "chat.bsky.convo.defs#logCreateMessage", "rev": "r3", "convoId": "3lzconvo", "message": said | OURS},
    ]
    server.answers["chat.bsky.convo.getLog"] = (200, {"logs": log, "cursor": "r3"})
    later = next(batches)
    # The server that is played gives the same log again at its end, which is the same envelope.
    assert {envelope.external_id for envelope in later.envelopes} == {"chat:3lzconvo/m2"}
    assert later.cursor["chat"] == "r3"


def test_a_long_page_of_the_log_is_read_to_its_end(server: Server) -> None:
    said = {"$type": "chat.bsky.convo.defs#messageView", "rev": "r0", "sender": {"did": THEIRS}}
    kind = "chat.bsky.convo.defs#logCreateMessage"
    log = [{"$type": kind, "rev": "r3", "convoId": "3lzconvo", "message": said | {"id": f"m{number}"}} for number in range(150)]
    server.answers["chat.bsky.convo.getLog"] = (200, {"logs": log, "cursor": "r3"})
    found = next(pull.pull(WITH_DIRECT, {"chat": "r1"})).envelopes
    assert len({envelope.external_id for envelope in found}) == 150


def test_without_the_right_to_direct_messages_the_public_ones_still_come(server: Server) -> None:
    server.notes = [note(1)]
    server.answers["chat.bsky.convo.getLog"] = (400, {"error": "InvalidToken", "message": "Bad token method"})
    batches = pull.pull(WITH_DIRECT, None)
    assert len(next(batches).envelopes) == 1
    with pytest.raises(TryLater, match="with access to direct messages"):
        next(batches)
    assert "refreshSession" not in server.names()


def picture(cid: str) -> dict[str, Any]:
    return {"alt": "", "image": {"$type": "blob", "ref": {"$link": cid}, "mimeType": "image/jpeg", "size": 3}}


def test_pictures_are_fetched_and_those_that_are_not_to_be_had_are_described(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str, **_given: Any) -> Answer:
        if "b.jpg" in url:
            raise NotAllowed("not public")
        return Answer(status=200, headers={"content-type": "image/jpeg"}, body=JPEG)

    monkeypatch.setattr(pictures, "fetch", fetch)
    record = {"text": "se", "embed": {"$type": "app.bsky.embed.images", "images": [picture("bafkreia"), picture("bafkreib")]}}
    server.notes = [note(1, "mention") | {"record": record, "author": {"did": THEIRS}}]
    view = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": f"https://cdn.example/{one}.jpg"} for one in "ab"]}
    server.answers["app.bsky.feed.getPosts"] = (200, {"posts": [{"uri": note(1)["uri"], "embed": view}]})
    [envelope] = next(pull.pull(ACCOUNT, None)).envelopes
    [message] = channel().understand(envelope, ACCOUNT)
    assert isinstance(message, Message)
    assert [(one.part, one.name, one.size) for one in message.attachments] == [("bafkreia", "image-1.jpg", 3)]
    assert pictures.attachment(envelope, "bafkreia") == JPEG
    assert message.text == "se\n\n[image]\n\n[image]"
    with pytest.raises(NotUnderstood):
        pictures.attachment(envelope, "bafkreib")
