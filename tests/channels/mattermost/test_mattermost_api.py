"""Mattermost's stream and calls, against a stand-in that speaks the documented contract over HTTP and WebSocket."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from samspil.channels.mattermost import stream, tokens
from samspil.channels.mattermost.channel import channel
from samspil.channels.mattermost.files import fetch_file
from samspil.channels.mattermost.notify import place_of, post
from samspil.channels.mattermost.pull import pull
from samspil.channels.mattermost.settings import settings_of
from samspil.kit import Account, Forged, Heard, NotUnderstood, Request, SignInAgain, TryLater, Uncertain, Unreachable
from tests.channels.mattermost.server import BOT, TOKEN, Server, config_of, ident, server

BO, EVA, KEY = ident("bo"), ident("eva"), b"k" * 32


@pytest.fixture
def mattermost() -> Iterator[Server]:
    with server() as found:
        found.person(BO, "bo@brand.test")
        found.person(EVA, "eva@brand.test")
        yield found


def account(mattermost: Server, **more: Any) -> Account:
    return Account(id="1", name="Mattermost", config=config_of(mattermost, **more), key=KEY)


class Listening:
    """One listening to the stream, batch by batch."""

    def __init__(self, given: Account, cursor: Any = None) -> None:
        self.batches = pull(given, cursor)
        self.cursor = cursor
        self.first = self.next()

    def next(self) -> list[dict[str, Any]]:
        batch = next(self.batches)
        self.cursor = batch.cursor
        self.names = [one.external_id for one in batch.envelopes]
        return [json.loads(one.payload) for one in batch.envelopes]


def test_a_post_to_the_bot_comes_at_once(mattermost: Server) -> None:
    place = mattermost.direct(BOT, BO)["id"]
    told = mattermost.write(BOT, place, "Karla har skrevet", tell=False)
    listening = Listening(account(mattermost))
    assert listening.first == []
    answer = mattermost.write(BO, place, "Kom forbi", root=told["id"])
    kept = listening.next()
    assert [(k["kind"], k["post"]["message"], k["post"]["root_id"]) for k in kept] == [("posted", "Kom forbi", told["id"])]
    assert listening.names == [f"posted:{answer['id']}"]
    listening.batches.close()


def test_the_token_is_said_within_the_connection_and_nowhere_else(mattermost: Server) -> None:
    Listening(account(mattermost)).batches.close()
    assert mattermost.challenges == [{"seq": 1, "action": "authentication_challenge", "data": {"token": TOKEN}}]
    assert all(TOKEN not in path for _, path in mattermost.asked)


def test_a_token_that_is_not_good_asks_for_a_new_one(mattermost: Server) -> None:
    with pytest.raises(SignInAgain):
        Listening(account(mattermost, token="anothertokenthatisnogood12"))
    mattermost.tokens.clear()
    with pytest.raises(SignInAgain):
        stream.opened(settings_of(account(mattermost)))


def test_what_colleagues_say_to_each_other_is_not_kept(mattermost: Server) -> None:
    room = mattermost.channel(ident("room"), "O", "town-square", {BOT, BO, EVA})["id"]
    hers = mattermost.write(EVA, room, "Frokost?", tell=False)
    ours = mattermost.write(BOT, room, "Karla har skrevet", tell=False)
    listening = Listening(account(mattermost))
    mattermost.write(BO, room, "Ja tak", root=hers["id"])
    assert listening.next() == []
    mattermost.write(BO, room, "Ingen tråd")
    assert listening.next() == []
    mattermost.react(BO, hers["id"], "white_check_mark")
    assert listening.next() == []
    mattermost.write(BOT, room, "vores eget ekko", root=ours["id"])
    assert listening.next() == []
    mattermost.react(BOT, ours["id"], "white_check_mark")
    assert listening.next() == []
    mattermost.write(BO, room, "Kom forbi", root=ours["id"])
    assert [k["post"]["message"] for k in listening.next()] == ["Kom forbi"]
    mattermost.react(BO, ours["id"], "white_check_mark")
    assert [k["reaction"]["emoji_name"] for k in listening.next()] == ["white_check_mark"]
    listening.batches.close()


def test_what_was_written_while_nobody_listened_is_asked_for_and_comes_once(mattermost: Server) -> None:
    place = mattermost.direct(BOT, BO)["id"]
    told = mattermost.write(BOT, place, "Karla har skrevet", tell=False)
    listening = Listening(account(mattermost))
    mattermost.write(BO, place, "Første", root=told["id"])
    first = (listening.next(), listening.names)[1]
    listening.batches.close()
    missed = mattermost.write(BO, place, "Mens ingen lyttede", root=told["id"])
    mattermost.edit(missed, "Mens ingen lyttede!")
    again = Listening(account(mattermost), listening.cursor)
    assert again.names == [*first, f"posted:{missed['id']}", f"edited:{missed['id']}:{missed['edit_at']}"]
    assert len(set(again.names)) == 3
    again.batches.close()


def test_at_the_first_look_nothing_old_is_told(mattermost: Server) -> None:
    mattermost.write(BO, mattermost.direct(BOT, BO)["id"], "For længe siden", tell=False)
    listening = Listening(account(mattermost))
    assert (listening.first, listening.cursor) == ([], {"since": mattermost.clock})
    listening.batches.close()


def test_a_connection_that_breaks_is_the_runner_s_to_begin_again(mattermost: Server) -> None:
    listening = Listening(account(mattermost))
    mattermost.links[0].close()
    with pytest.raises(TryLater, match="lost"):
        listening.next()


def test_a_file_is_fetched_signed_in(mattermost: Server) -> None:
    mattermost.keep(ident("file"), "kvittering.pdf", "application/pdf", b"%PDF-1.7 kvittering")
    assert fetch_file(ident("file"), account(mattermost)) == b"%PDF-1.7 kvittering"


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (b"<html>", {"headers": {"content-type": "text/html"}}, "a page"),
        (b"", {"headers": {"location": "https://evil.example/x"}}, "redirects"),
        (b"%PDF", {"size": 19}, "4 bytes, and Mattermost says 19"),
        (b"%PDF", {"size": 30_000_000}, "at most"),
        (b"%PDF", {"delete_at": 5}, "not there any more"),
        (b"%PDF", {"id": ident("another")}, "not there any more"),
    ],
)
def test_what_comes_in_place_of_a_file_is_none(mattermost: Server, content: bytes, more: dict[str, Any], words: str) -> None:
    mattermost.keep(ident("file"), "kvittering.pdf", "application/pdf", content, **more)
    with pytest.raises(Unreachable, match=words):
        fetch_file(ident("file"), account(mattermost))


def test_a_file_s_name_is_no_address(mattermost: Server) -> None:
    for one in ("../x", "", "users/me", ident("file") + "/../../users/me"):
        with pytest.raises(Unreachable):
            fetch_file(one, account(mattermost))
    assert mattermost.asked == []


def test_an_address_inside_is_called_only_where_an_administrator_allows_it(mattermost: Server) -> None:
    closed = account(mattermost, inside=False)
    with pytest.raises(TryLater, match="our own network"):
        place_of(settings_of(closed), BO)
    with pytest.raises(TryLater, match="our own network"):
        stream.opened(settings_of(closed))
    with pytest.raises(TryLater, match="our own network"):
        fetch_file(ident("file"), closed)
    assert (mattermost.asked, mattermost.challenges) == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        "http://user:secret@127.0.0.1:9",
        "file:///etc/passwd",
        "javascript:x",
        "https://chat.example/?x=1",
        "http://[::1",
        "ftp://chat.example",
        "http://a:b",
    ],
)
def test_an_address_that_is_none_is_called_by_nobody(mattermost: Server, address: str) -> None:
    found = settings_of(account(mattermost, server=address))
    assert found.server == ""
    with pytest.raises(SignInAgain):
        place_of(found, BO)


def test_somebody_who_is_no_full_member_is_told_nothing(mattermost: Server) -> None:
    people = {
        "guest": {"roles": "system_guest"}, "both": {"roles": "system_user system_guest"}, "none": {"roles": ""}, "left": {"delete_at": 5},
        "bot": {"is_bot": True}, "remote": {"remote_id": "another-server"},
    }  # fmt: skip
    for name, more in people.items():
        who = mattermost.person(ident(name), f"{name}@brand.test", **more)
        with pytest.raises(Unreachable) as found:
            place_of(settings_of(account(mattermost)), who)
        assert found.value.permanent
    assert ("POST", "channels/direct") not in mattermost.asked


def test_a_name_that_is_no_id_is_asked_of_nobody(mattermost: Server) -> None:
    for one in ("bo", "../../users/me", "me", "", "BOXXXXXXXXXXXXXXXXXXXXXXXX", "a" * 27):
        with pytest.raises(Unreachable):
            place_of(settings_of(account(mattermost)), one)
    assert mattermost.asked == []


def test_the_server_asks_for_patience_and_says_how_much(mattermost: Server) -> None:
    settings = settings_of(account(mattermost))
    place = place_of(settings, BO)
    mattermost.limited.append("POST posts")
    with pytest.raises(TryLater) as found:
        post(settings, place, ident="one", words="Hej")
    assert (found.value.after, mattermost.posts) == (7.0, {})


def test_a_lost_answer_is_uncertain_and_the_same_again_is_one_post(mattermost: Server) -> None:
    settings = settings_of(account(mattermost))
    place = place_of(settings, BO)
    mattermost.lose.add("POST")
    with pytest.raises(Uncertain):
        post(settings, place, ident="one", words="Hej")
    sent = post(settings, place, ident="one", words="Hej")
    assert list(mattermost.posts) == [sent.external_id]


def test_each_refusal_in_its_words(mattermost: Server) -> None:
    settings = settings_of(account(mattermost))
    with pytest.raises(Unreachable, match="invalid post"):
        post(settings, ident("nowhere"), ident="one", words="Hej")
    mattermost.faults["GET"] = [503]
    with pytest.raises(TryLater):
        place_of(settings, BO)
    mattermost.faults["POST"] = [503]
    with pytest.raises(Uncertain):
        post(settings, ident("nowhere"), ident="one", words="Hej")


def pressed(context: Any, **more: Any) -> Request:
    said = {
        "user_id": BO,
        "user_name": "bo",
        "post_id": ident("post"),
        "channel_id": ident("place"),
        "type": "button",
        "context": context,
    } | more
    return Request(method="POST", url="https://live.example/in/1", headers={}, body=json.dumps(said).encode())


NOTICE = "6b0ad4a1-0000-4000-8000-000000000001"


def hear(mattermost: Server, asked: Request) -> Heard:
    return channel().hear(asked, account(mattermost))


def test_a_button_of_ours_is_heard_and_twice_is_once(mattermost: Server) -> None:
    held = tokens.context(KEY, NOTICE, "done", BO)
    first, second = (hear(mattermost, pressed(held)).envelopes[0] for _ in range(2))
    assert first.external_id == second.external_id
    assert json.loads(first.payload)["context"] == held


HELD = tokens.context(KEY, NOTICE, "done", BO)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda: pressed({}), id="nothing signed"),
        pytest.param(lambda: pressed(None), id="no context"),
        pytest.param(lambda: pressed(HELD | {"signature": ""}), id="no signature"),
        pytest.param(lambda: pressed(HELD | {"signature": "å" * 26}), id="a signature that is none"),
        pytest.param(lambda: pressed(HELD | {"notice": NOTICE.replace("6b", "7b")}), id="another notice"),
        pytest.param(lambda: pressed(HELD | {"word": "not_me"}), id="another word"),
        pytest.param(lambda: pressed(HELD | {"user": EVA}, user_id=EVA), id="another person"),
        pytest.param(lambda: pressed(HELD, user_id=EVA), id="pressed by another"),
        pytest.param(lambda: pressed(HELD, user_id="bo"), id="nobody's id"),
        pytest.param(lambda: pressed(HELD, post_id=""), id="nowhere"),
        pytest.param(lambda: pressed(tokens.context(b"x" * 32, NOTICE, "done", BO)), id="another account's"),
        pytest.param(lambda: pressed(HELD | {"word": ["done"]}), id="a word that is none"),
    ],
)
def test_a_button_that_is_not_ours_is_refused(mattermost: Server, asked: Any) -> None:
    with pytest.raises(Forged):
        hear(mattermost, asked())


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_a_body_without_form_is_refused_in_words(mattermost: Server, body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        hear(mattermost, Request(method="POST", url="https://live.example/in/1", headers={}, body=body))


def test_the_check_says_what_is_missing(mattermost: Server) -> None:
    assert [(c.name, c.ok) for c in channel().check(account(mattermost))] == [
        ("Sign-in", True), ("Bot account", True), ("Stream", True), ("Buttons", True),
    ]  # fmt: skip
    mattermost.people[BOT]["is_bot"] = False
    assert {c.name: c.ok for c in channel().check(account(mattermost))}["Bot account"] is False
    wrong = channel().check(account(mattermost, token="anothertokenthatisnogood12"))
    assert [(c.name, c.ok) for c in wrong] == [("Sign-in", False)]
    assert "anothertoken" not in str(wrong)
