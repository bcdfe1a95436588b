"""Answering, against a homeserver that is played by the test."""

import io
from typing import Any

import pytest

from samspil.channels.matrix import check, send
from samspil.channels.matrix.settings import MARK
from samspil.channels.matrix.tests.homeserver import ACCOUNT, API, BUTIK, KAROLINE, ROOM, TO, Homeserver
from samspil.kit import Account, File, Outbound, TryLater, Uncertain, Unreachable
from samspil.kit.web import Answer, Web


def out(**more: Any) -> Outbound:
    return Outbound(**{"id": "r1", "conversation": "c1", "to": TO, "text": "Ja.", "in_reply_to": f"{ROOM}/$spurgt"} | more)


def test_an_answer_answers_in_its_room_with_the_reply_as_its_transaction(home: Homeserver) -> None:
    assert send.send(out(text="Ja, <fra> 10.\nOg\n\nhej"), ACCOUNT).external_id == f"{ROOM}/$svar"
    assert home.written() == {
        "msgtype": "m.text",
        "body": "Ja, <fra> 10.\nOg\n\nhej",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>Ja, &lt;fra&gt; 10.<br>Og</p><p>hej</p>",
        "m.mentions": {"user_ids": [KAROLINE]},
        "m.relates_to": {"m.in_reply_to": {"event_id": "$spurgt"}},
        MARK: "r1",
    }


def test_an_answer_stands_in_the_thread_of_what_it_answers(home: Homeserver) -> None:
    relation = {"rel_type": "m.thread", "event_id": "$rod"}
    home.answers["GET", f"{API}/rooms/{ROOM}/event/$spurgt"] = (200, {"content": {"m.relates_to": relation}})
    send.send(out(references=[f"{ROOM}/$rod", f"{ROOM}/$spurgt"]), ACCOUNT)
    answers = {"m.in_reply_to": {"event_id": "$spurgt"}}
    assert home.written()["m.relates_to"] == relation | answers | {"is_falling_back": False}


@pytest.mark.parametrize(
    ("status", "body", "error", "after"),
    [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, TryLater, 1.5),
        (403, {"errcode": "M_FORBIDDEN", "error": "not in the room"}, Unreachable, None),
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, TryLater, 600),
        (413, {"errcode": "M_TOO_LARGE"}, Unreachable, None),
        (502, "<html>", TryLater, None),
        (200, {}, TryLater, None),
    ],
)
def test_refusals_are_told_in_words_without_the_token(
    home: Homeserver, status: int, body: Any, error: type[Exception], after: float | None
) -> None:
    home.answers["PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1"] = (status, body)
    with pytest.raises(error) as caught:
        send.send(out(), ACCOUNT)
    assert getattr(caught.value, "after", None) == after
    assert "hemmelig" not in str(caught.value)


def test_who_has_left_the_room_is_not_written_to(home: Homeserver) -> None:
    home.answers["GET", f"{API}/rooms/{ROOM}/state/m.room.member/{KAROLINE}"] = (200, {"membership": "leave"})
    with pytest.raises(Unreachable, match="has left the room"):
        send.send(out(), ACCOUNT)
    assert [path for method, path, _ in home.asked if method == "PUT"] == []


def test_too_long_is_refused_before_anything_is_asked(home: Homeserver) -> None:
    with pytest.raises(Unreachable, match="15000 are carried"):
        send.send(out(text="x" * 15_001), ACCOUNT)
    assert home.asked == []


def test_a_text_of_wide_letters_goes_without_markup(home: Homeserver) -> None:
    send.send(out(text="\N{BICYCLE}" * 14_000), ACCOUNT)
    assert "formatted_body" not in home.written()


def test_files_go_first_and_bear_the_same_key(home: Homeserver) -> None:
    home.answers["POST", "/_matrix/media/v3/upload"] = (200, {"content_uri": "mxc://x.example/1"})
    file = File(name="kvittering å.png", content_type="image/png", size=3, open=lambda: io.BytesIO(b"png"))
    send.send(out(files=[file]), ACCOUNT)
    puts = [(path.rpartition("/")[2], given["json"]["msgtype"]) for method, path, given in home.asked if method == "PUT"]
    assert puts == [("r1.0", "m.image"), ("r1", "m.text")]


def test_the_first_word_makes_a_talk_of_two_once(home: Homeserver) -> None:
    home.answers["POST", f"{API}/createRoom"] = (400, {"errcode": "M_ROOM_IN_USE"})
    home.answers["PUT", f"{API}/user/{BUTIK}/account_data/m.direct"] = (200, {})
    plain = Homeserver.call

    def call(_web: object, method: str, path: str, **given: Any) -> Answer:
        if "/directory/room/" in path:
            return home.answer((200, {"room_id": ROOM}))
        return plain(home, method, path, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Web, "call", call)
        assert send.send(out(in_reply_to=""), ACCOUNT).external_id == f"{ROOM}/$svar"
    [asked] = home.given("POST", f"{API}/createRoom")
    assert (asked["json"]["is_direct"], asked["json"]["invite"]) == (True, [KAROLINE])
    assert home.given("PUT", f"{API}/user/{BUTIK}/account_data/m.direct")[0]["json"] == {KAROLINE: [ROOM]}


def test_a_known_talk_of_two_is_used(home: Homeserver) -> None:
    home.answers["GET", f"{API}/user/{BUTIK}/account_data/m.direct"] = (200, {KAROLINE: ["!gone:x.example", ROOM, 5]})
    send.send(out(in_reply_to=""), ACCOUNT)
    assert home.given("POST", f"{API}/createRoom") == []


def test_a_lost_answer_is_tried_again_and_not_left_uncertain(home: Homeserver) -> None:
    def lost(_given: dict[str, Any]) -> tuple[int, Any]:
        raise Uncertain("gone")

    home.answers["PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1"] = lost
    with pytest.raises(TryLater):
        send.send(out(), ACCOUNT)


def test_a_password_signs_in_once_and_anew_when_the_token_is_old(home: Homeserver) -> None:
    account = Account(id="1", name="x", config={"server": "https://x.example", "user": BUTIK, "password": "kode"}, key=b"0" * 32)
    home.answers["POST", f"{API}/login"] = (200, {"access_token": "t"})
    send.send(out(), account)
    assert len(home.given("POST", f"{API}/login")) == 1
    answers = iter([(401, {"errcode": "M_UNKNOWN_TOKEN"}), (200, {"event_id": "$svar"})])
    home.answers["PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1"] = lambda _given: next(answers)
    assert send.send(out(), account).external_id == f"{ROOM}/$svar"
    devices = {given["json"]["device_id"] for given in home.given("POST", f"{API}/login")}
    assert (len(home.given("POST", f"{API}/login")), len(devices)) == (2, 1)


def test_a_token_that_is_refused_again_and_again_waits_for_a_new_one(home: Homeserver) -> None:
    account = Account(id="1", name="x", config={"server": "https://x.example", "user": BUTIK, "password": "kode"}, key=b"0" * 32)
    home.answers["POST", f"{API}/login"] = (200, {"access_token": "t"})
    home.answers["PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1"] = (401, {"errcode": "M_UNKNOWN_TOKEN"})
    with pytest.raises(TryLater, match="password") as caught:
        send.send(out(), account)
    assert caught.value.after == 600
    assert len(home.given("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1")) == 2


def test_check_writes_nothing_and_says_what_to_do(home: Homeserver) -> None:
    assert [line.ok for line in check.check(ACCOUNT)] == [True] * 5
    home.answers["GET", f"{API}/account/whoami"] = (200, {"user_id": "@anden:x.example"})
    lines = check.check(ACCOUNT)
    assert [(line.name, line.ok) for line in lines] == [("Homeserver", True), ("Sign-in", False)]
    assert "@anden" in lines[-1].detail
    assert lines[-1].remedy
    assert {method for method, _, _ in home.asked} == {"GET"}
