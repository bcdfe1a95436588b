"""Answering and looking, against a server that is played."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from samspil.channels.bluesky import changes, check, send
from samspil.channels.bluesky.keys import keys
from samspil.channels.bluesky.tests.played import ACCOUNT, ASKED, DID, JPEG, REPLY, ROOT, THEIRS, TO, WITH_DIRECT, Server
from samspil.kit import Change, File, Outbound, TryLater, Uncertain, Unreachable


def out(**more: Any) -> Outbound:
    return Outbound(**{"id": REPLY, "conversation": "c1", "to": TO, "text": "Ja.", "in_reply_to": ASKED} | more)


def test_an_answer_stands_below_the_post_and_in_its_thread(server: Server) -> None:
    record = {"text": "?", "reply": {"root": ROOT, "parent": ROOT}}
    server.answers["app.bsky.feed.getPosts"] = (200, {"posts": [{"uri": ASKED, "cid": "bafyasked", "record": record}]})
    sent = send.send(out(text="Ja, se https://butik.example.com"), ACCOUNT)
    [key] = keys(REPLY, 1)
    assert sent.external_id == f"at://{DID}/app.bsky.feed.post/{key}"
    assert server.records[key]["reply"] == {"root": ROOT, "parent": {"uri": ASKED, "cid": "bafyasked"}}
    assert server.records[key]["langs"] == ["da"]
    assert server.records[key]["facets"][0]["index"] == {"byteStart": 7, "byteEnd": 32}


def test_a_second_try_posts_nothing_and_gives_the_same_post(server: Server) -> None:
    text = "Det er en sætning. " * 40
    first = send.send(out(text=text), ACCOUNT)
    before = json.dumps(server.records)
    assert send.send(out(text=text), ACCOUNT) == first
    assert json.dumps(server.records) == before
    assert len(server.records) == 3


def test_the_posts_of_a_long_answer_hang_together(server: Server) -> None:
    send.send(out(text="Det er en sætning. " * 40), ACCOUNT)
    one, two, three = keys(REPLY, 3)
    assert [server.records[key]["reply"]["parent"]["cid"] for key in (one, two, three)] == [
        "bafyasked",
        f"bafy{one}",
        f"bafy{two}",
    ]
    assert {server.records[key]["reply"]["root"]["cid"] for key in (one, two, three)} == {"bafyasked"}


@pytest.mark.parametrize(
    ("posts", "words"),
    [
        ([], "deleted"),
        ([{"uri": ASKED, "cid": "c", "viewer": {"replyDisabled": True}}], "limited who may answer"),
        ([{"uri": ASKED, "cid": "c", "author": {"viewer": {"blockedBy": True}}}], "blocked"),
    ],
)
def test_what_cannot_be_answered_is_told(server: Server, posts: list[Any], words: str) -> None:
    server.answers["app.bsky.feed.getPosts"] = (200, {"posts": posts})
    with pytest.raises(Unreachable, match=words):
        send.send(out(), ACCOUNT)
    assert "putRecord" not in server.names()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "InvalidRequest", Unreachable),
        (403, "Forbidden", Unreachable),
        (401, "AuthMissing", TryLater),
        (429, "RateLimitExceeded", TryLater),
    ],
)
def test_refusals_are_told_in_words_without_the_password(server: Server, status: int, code: str, error: type[Exception]) -> None:
    server.answers["com.atproto.repo.putRecord"] = (status, {"error": code, "message": "no"})
    with pytest.raises(error) as caught:
        send.send(out(), ACCOUNT)
    assert "hemmelig" not in str(caught.value)


def test_pictures_go_along_and_other_files_do_not(server: Server) -> None:
    picture = File(name="Lader.jpg", content_type="image/jpeg", size=3, open=lambda: io.BytesIO(JPEG))
    send.send(out(files=[picture]), ACCOUNT)
    [image] = server.records[keys(REPLY, 1)[0]]["embed"]["images"]
    assert (image["alt"], image["image"]["ref"]) == ("Lader.jpg", {"$link": "bafkrei"})
    assert server.given("uploadBlob")["headers"]["content-type"] == "image/jpeg"
    for bad in (replace(picture, content_type="application/pdf"), replace(picture, size=10**7)):
        with pytest.raises(Unreachable, match="pictures"):
            send.send(out(files=[bad]), ACCOUNT)


def test_a_direct_message_is_answered_where_it_was(server: Server) -> None:
    sent = send.send(out(in_reply_to="chat:3lzother/3lm", text="Ja @karoline.example.com"), WITH_DIRECT)
    assert sent.external_id == "chat:3lzother/3lzdm"
    given = server.given("sendMessage")
    assert (given["json"]["convoId"], given["json"]["message"]["text"]) == ("3lzother", "Ja @karoline.example.com")
    assert given["json"]["message"]["facets"][0]["features"][0]["did"] == THEIRS
    assert given["headers"]["atproto-proxy"] == "did:web:api.bsky.chat#bsky_chat"


@pytest.mark.parametrize("answered", ["", f"at://{THEIRS}/app.bsky.graph.follow/3lf", f"at://{THEIRS}/app.bsky.feed.like/3ll"])
def test_without_a_post_to_answer_nobody_is_written_to_in_public(server: Server, answered: str) -> None:
    assert send.send(out(in_reply_to=answered), WITH_DIRECT).external_id == "chat:3lzconvo/3lzdm"
    assert "putRecord" not in server.names()


def test_an_answer_for_one_alone_is_a_direct_message(server: Server) -> None:
    assert send.send(out(private=True), WITH_DIRECT).external_id == "chat:3lzconvo/3lzdm"


def test_a_direct_message_that_is_refused_or_lost(server: Server) -> None:
    server.answers["chat.bsky.convo.getConvoForMembers"] = (400, {"error": "NotFollowedBySender", "message": "x"})
    with pytest.raises(Unreachable, match="whom they follow"):
        send.send(out(in_reply_to=""), WITH_DIRECT)
    server.answers["chat.bsky.convo.sendMessage"] = (200, {"odd": 1})
    with pytest.raises(Uncertain):
        send.send(out(in_reply_to="chat:3lzconvo/3lm"), WITH_DIRECT)
    server.answers["chat.bsky.convo.sendMessage"] = (400, {"error": "InvalidToken", "message": "Bad token method"})
    with pytest.raises(TryLater, match="app password"):
        send.send(out(in_reply_to="chat:3lzconvo/3lm"), WITH_DIRECT)
    with pytest.raises(Unreachable, match="1001 characters"):
        send.send(out(in_reply_to="chat:3lzconvo/3lm", text="x" * 1001), WITH_DIRECT)


def test_check_posts_nothing_and_says_what_to_do(server: Server) -> None:
    server.answers["chat.bsky.convo.listConvos"] = (400, {"error": "InvalidToken", "message": "Bad token method"})
    lines = check.check(WITH_DIRECT)
    assert [(line.name, line.ok) for line in lines] == [
        ("Server", True),
        ("Sign-in", True),
        ("Notifications", True),
        ("Direct messages", False),
    ]
    assert "switch them off" in lines[-1].remedy
    assert [line.name for line in check.check(ACCOUNT)] == ["Server", "Sign-in", "Notifications"]
    assert not {"putRecord", "sendMessage"} & set(server.names())


@pytest.mark.parametrize("address", ["ftp://a.example", "https://u:p@a.example", "https://[", "https://"])
def test_an_address_that_is_none_is_told(server: Server, address: str) -> None:
    odd = replace(ACCOUNT, config=ACCOUNT.config | {"server": address})
    assert [(line.name, line.ok) for line in check.check(odd)] == [("Server", False)]
    with pytest.raises(TryLater, match="address"):
        send.send(out(), odd)
    assert server.asked == []


@pytest.mark.parametrize(("status", "error"), [(429, TryLater), (503, TryLater), (502, Uncertain), (500, Uncertain)])
def test_a_direct_message_whose_fate_nobody_knows_is_uncertain(server: Server, status: int, error: type[Exception]) -> None:
    server.answers["chat.bsky.convo.sendMessage"] = (status, {"error": "UpstreamFailure", "message": "pipethrough network error"})
    with pytest.raises(error):
        send.send(out(in_reply_to="chat:3lzconvo/3lm"), WITH_DIRECT)


def changed(kind: str, target: str, **more: Any) -> Change:
    return Change(**{"id": REPLY, "kind": kind, "to": TO, "target": target} | more)


def test_a_heart_has_a_key_of_its_own_and_is_given_once(server: Server) -> None:
    first, again = (changes.carry_out(changed("react", ASKED, emoji="❤️"), ACCOUNT) for _ in range(2))
    [key] = keys(REPLY, 1)
    assert first == again
    assert server.records[key] | {"createdAt": ""} == {
        "$type": "app.bsky.feed.like",
        "subject": {"uri": ASKED, "cid": "bafyasked"},
        "createdAt": "",
    }
    assert len(server.records) == 1


def test_every_piece_of_an_answer_is_taken_back(server: Server) -> None:
    answer = out(text="Det er en sætning. " * 40)
    sent = send.send(answer, ACCOUNT)
    assert len(server.records) == 3
    for _ in range(2):
        changes.carry_out(changed("delete", sent.external_id, own=True, sent=answer), ACCOUNT)
    assert server.records == {}


@pytest.mark.parametrize(
    ("kind", "target", "more", "words"),
    [
        ("edit", ASKED, {"text": "x"}, "nothing else"),
        ("react", ASKED, {"emoji": "👍"}, "nothing else"),
        ("read", ASKED, {}, "nothing else"),
        ("unreact", ASKED, {"emoji": "❤️"}, "which record"),
        ("delete", ASKED, {"own": True}, "another account's"),
        ("delete", "chat:3lzconvo/3lzdm", {}, "neither changed nor taken back"),
        ("edit", "chat:3lzconvo/3lzdm", {}, "neither changed nor taken back"),
        ("react", "at://did:web:x/app.bsky.feed.like/a", {}, "none that can be changed"),
    ],
)
def test_what_the_network_cannot_is_told(server: Server, kind: str, target: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        changes.carry_out(changed(kind, target, **more), WITH_DIRECT)
    assert {"putRecord", "deleteRecord", "addReaction"} & set(server.names()) == set()


@pytest.mark.parametrize(
    ("kind", "name", "body"),
    [
        ("react", "addReaction", {"value": "❤️"}),
        ("unreact", "removeReaction", {"value": "❤️"}),
        ("read", "updateRead", {}),
    ],
)
def test_a_direct_message_is_given_signs_and_read(server: Server, kind: str, name: str, body: dict[str, str]) -> None:
    server.answers[f"chat.bsky.convo.{name}"] = (200, {})
    changes.carry_out(changed(kind, "chat:3lzconvo/3lzdm", emoji="❤️"), WITH_DIRECT)
    assert server.given(name)["json"] == {"convoId": "3lzconvo", "messageId": "3lzdm"} | body


def test_a_picture_says_what_it_shows(server: Server) -> None:
    picture = File(name="a.jpg", content_type="image/jpeg", size=3, open=lambda: io.BytesIO(JPEG), alt="En kat")
    send.send(out(files=[picture]), ACCOUNT)
    [record] = server.records.values()
    assert record["embed"]["images"][0]["alt"] == "En kat"
