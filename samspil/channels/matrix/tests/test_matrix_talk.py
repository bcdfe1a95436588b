"""Fetching, hearing and answering, against a homeserver that is played by the test."""

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from samspil.channels.matrix import check, hear, pull, send, server
from samspil.channels.matrix.settings import MARK
from samspil.kit import Account, Envelope, File, Forged, Handle, Outbound, Request, TryLater, Uncertain, Unreachable
from samspil.kit.web import Answer, Web

BUTIK, KAROLINE, ROOM = "@butik:x.example", "@karoline:y.example", "!r:x.example"
CONFIG = {"server": "https://matrix.x.example", "user": BUTIK, "access_token": "hemmelig"}
ACCOUNT = Account(id="1", name="Butik", config=CONFIG, key=b"0" * 32, language="da")
TO = Handle(network="matrix", address=KAROLINE)
API = "/_matrix/client/v3"
Said = tuple[int, Any] | Callable[[dict[str, Any]], tuple[int, Any]]


class Homeserver:
    """Answers by method and path, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.syncs: list[dict[str, Any]] = []
        self.answers: dict[tuple[str, str], Said] = {
            ("GET", "/_matrix/client/versions"): (200, {"versions": ["v1.15"]}),
            ("GET", f"{API}/account/whoami"): (200, {"user_id": BUTIK}),
            ("GET", f"{API}/joined_rooms"): (200, {"joined_rooms": [ROOM]}),
            ("GET", f"{API}/rooms/{ROOM}/joined_members"): (200, {"joined": {BUTIK: {}, KAROLINE: {"display_name": "Karoline"}}}),
            ("GET", f"{API}/rooms/{ROOM}/state/m.room.member/{KAROLINE}"): (200, {"membership": "join"}),
            ("GET", f"{API}/rooms/{ROOM}/state/m.room.member/{BUTIK}"): (200, {"membership": "join"}),
            ("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1"): (200, {"event_id": "$svar"}),
            ("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1.0"): (200, {"event_id": "$fil"}),
        }

    def call(self, method: str, path: str, **given: Any) -> Answer:
        path = unquote(path)
        self.asked.append((method, path, given))
        if path == f"{API}/sync":
            if not self.syncs:
                raise TryLater("no more")
            return self.answer((200, {"next_batch": "s9", **self.syncs.pop(0)}))
        said = self.answers.get((method, path), (404, {"errcode": "M_NOT_FOUND", "error": "not found"}))
        return self.answer(said(given) if callable(said) else said)

    def answer(self, said: tuple[int, Any]) -> Answer:
        return Answer(status=said[0], headers={}, body=json.dumps(said[1]).encode())

    def given(self, method: str, path: str) -> list[dict[str, Any]]:
        return [given for m, p, given in self.asked if (m, p) == (method, path)]

    def written(self) -> dict[str, Any]:
        return dict(self.given("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1")[0]["json"])


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Homeserver:
    played = Homeserver()
    monkeypatch.setattr(Web, "call", lambda _web, method, path, **given: played.call(method, path, **given))
    server.Server(ACCOUNT, "in").forget()
    return played


def out(**more: Any) -> Outbound:
    return Outbound(**{"id": "r1", "conversation": "c1", "to": TO, "text": "Ja.", "in_reply_to": f"{ROOM}/$spurgt"} | more)


def said(ident: str, body: str = "Hej", **more: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message", "event_id": ident, "sender": KAROLINE, "origin_server_ts": 1772442900000,
        "content": {"msgtype": "m.text", "body": body}, **more,
    }  # fmt: skip


def room(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"rooms": {"join": {ROOM: {"timeline": {"events": list(events), **more}}}}}


def fetched(home: Homeserver, account: Account = ACCOUNT, cursor: Any = None) -> tuple[list[Envelope], Any]:
    found, at = [], cursor
    try:
        for batch in pull.pull(account, cursor):
            found += batch.envelopes
            at = batch.cursor
    except TryLater as ended:
        if str(ended) != "no more":
            raise
    return found, at


def test_events_come_with_what_is_known_of_the_room_and_echoes_do_not(home: Homeserver) -> None:
    echo = said("$2", sender=BUTIK) | {"content": {"msgtype": "m.text", "body": "Ja", MARK: "r0"}}
    home.syncs = [room(said("$1"), echo, said("$3", state_key=""))]
    found, cursor = fetched(home)
    assert [one.external_id for one in found] == ["$1"]
    assert json.loads(found[0].payload)["room"] == {
        "id": ROOM,
        "direct": True,
        "names": {KAROLINE: "Karoline"},
        "others": [KAROLINE],
    }
    assert cursor == {"since": "s9", "invited": []}


def test_a_gap_is_read_back_to_where_we_were(home: Homeserver) -> None:
    pages = {"p1": {"chunk": [said("$4"), said("$3")], "end": "p2"}, "p2": {"chunk": [said("$2")]}}
    home.answers["GET", f"{API}/rooms/{ROOM}/messages"] = lambda given: (200, pages[given["query"]["from"]])
    home.syncs = [room(said("$5"), limited=True, prev_batch="p1")]
    found, _ = fetched(home, cursor={"since": "s1"})
    assert [one.external_id for one in found] == ["$2", "$3", "$4", "$5"]
    assert {given["query"]["to"] for given in home.given("GET", f"{API}/rooms/{ROOM}/messages")} == {"s1"}


def test_the_first_look_does_not_read_back(home: Homeserver) -> None:
    home.syncs = [room(said("$5"), limited=True, prev_batch="p1")]
    assert [one.external_id for one in fetched(home)[0]] == ["$5"]


def test_of_a_group_only_what_concerns_us_is_kept(home: Homeserver) -> None:
    home.answers["GET", f"{API}/rooms/{ROOM}/joined_members"] = (
        200,
        {"joined": {BUTIK: {}, KAROLINE: {}, "@mads:y.example": {}}},
    )
    home.answers["GET", f"{API}/rooms/{ROOM}/event/$vores"] = (200, {"sender": BUTIK})
    answer = said("$3") | {
        "content": {"msgtype": "m.text", "body": "Tak", "m.relates_to": {"m.in_reply_to": {"event_id": "$vores"}}}
    }
    reaction = said("$4", type="m.reaction") | {"content": {"m.relates_to": {"event_id": "$andres", "key": "x"}}}
    events = [said("$1"), said("$2", f"Hej {BUTIK}"), answer, reaction]
    home.syncs = [room(*events)]
    assert [one.external_id for one in fetched(home)[0]] == ["$2", "$3"]
    everything = Account(id="1", name="Butik", config=CONFIG | {"groups": "all"}, key=b"0" * 32)
    home.syncs = [room(*events)]
    assert [one.external_id for one in fetched(home, everything)[0]] == ["$1", "$2", "$3"]


@pytest.mark.parametrize(
    ("setting", "direct", "joined"), [("direct", True, 1), ("direct", False, 0), ("all", False, 1), ("no", True, 0)]
)
def test_invitations_are_accepted_as_the_settings_say(home: Homeserver, setting: str, *, direct: bool, joined: int) -> None:
    account = Account(id="1", name="Butik", config=CONFIG | {"invitations": setting}, key=b"0" * 32)
    invited = {
        "type": "m.room.member",
        "state_key": BUTIK,
        "sender": KAROLINE,
        "content": {"membership": "invite", "is_direct": direct},
    }
    home.answers["POST", f"{API}/rooms/{ROOM}/join"] = (200, {})
    home.syncs = [{"rooms": {"invite": {ROOM: {"invite_state": {"events": [invited]}}}}}]
    fetched(home, account)
    assert len(home.given("POST", f"{API}/rooms/{ROOM}/join")) == joined


def test_an_invitation_that_cannot_be_accepted_now_is_remembered(home: Homeserver) -> None:
    invited = {"type": "m.room.member", "state_key": BUTIK, "sender": KAROLINE, "content": {"is_direct": True}}
    home.answers["POST", f"{API}/rooms/{ROOM}/join"] = (502, {"errcode": "M_UNKNOWN"})
    home.syncs = [{"rooms": {"invite": {ROOM: {"invite_state": {"events": [invited]}}}}}]
    _, cursor = fetched(home)
    assert cursor["invited"] == [ROOM]
    home.answers["POST", f"{API}/rooms/{ROOM}/join"] = (200, {})
    home.syncs = [{}]
    assert fetched(home, cursor=cursor)[1]["invited"] == []


def test_a_file_comes_along_and_one_too_large_does_not(home: Homeserver) -> None:
    home.answers["GET", "/_matrix/client/v1/media/download/y.example/abc"] = (200, "bytes")
    content = {"msgtype": "m.image", "body": "a.png", "url": "mxc://y.example/abc", "info": {"size": 7}}
    large = content | {"info": {"size": 10**9}}
    home.syncs = [room(said("$1") | {"content": content}, said("$2") | {"content": large})]
    first, second = fetched(home)[0]
    assert json.loads(first.payload)["file"]["size"] == len('"bytes"')
    assert "file" not in json.loads(second.payload)


def test_a_homeserver_that_forgot_where_we_were_is_read_anew(home: Homeserver) -> None:
    calls: list[dict[str, Any]] = []

    def sync(given: dict[str, Any]) -> tuple[int, Any]:
        calls.append(given["query"])
        return (400, {"errcode": "M_UNKNOWN"}) if "since" in given["query"] else (200, {"next_batch": "s1"})

    home.answers["GET", f"{API}/sync"] = sync
    home.syncs = []
    plain = Homeserver.call

    def call(_web: object, method: str, path: str, **given: Any) -> Answer:
        return home.answer(sync(given)) if path == f"{API}/sync" else plain(home, method, path, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Web, "call", call)
        assert next(pull.pull(ACCOUNT, {"since": "gammel"})).cursor["since"] == "s1"


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
    send.send(out(), ACCOUNT)
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
    home.answers["POST", "/_matrix/media/v3/upload?filename=kvittering å.png"] = (200, {"content_uri": "mxc://x.example/1"})
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


def test_check_writes_nothing_and_says_what_to_do(home: Homeserver) -> None:
    assert [line.ok for line in check.check(ACCOUNT)] == [True] * 4
    home.answers["GET", f"{API}/account/whoami"] = (200, {"user_id": "@anden:x.example"})
    lines = check.check(ACCOUNT)
    assert [(line.name, line.ok) for line in lines] == [("Homeserver", True), ("Sign-in", False)]
    assert "@anden" in lines[-1].detail
    assert lines[-1].remedy
    assert {method for method, _, _ in home.asked} == {"GET"}


SERVICE = Account(id="1", name="x", config=CONFIG | {"hs_token": "hs"}, key=b"0" * 32)


def brought(body: bytes, token: str = "hs", path: str = "/in/1/_matrix/app/v1/transactions/7", method: str = "PUT") -> Request:  # noqa: S107
    headers = {"authorization": f"Bearer {token}"}
    return Request(method=method, url=f"https://samspil.example{path}", headers=headers, body=body)


@pytest.mark.parametrize("token", ["", "h", "hs ", "HS", "\N{LATIN SMALL LETTER AE}"])
def test_a_foreign_homeserver_is_refused(token: str) -> None:
    with pytest.raises(Forged):
        hear.hear(brought(b"{}", token), SERVICE)


def test_an_account_that_is_no_service_hears_nobody() -> None:
    with pytest.raises(Forged):
        hear.hear(brought(b"{}", ""), ACCOUNT)


def test_the_same_transaction_twice_has_the_same_ids() -> None:
    events = [said("$1", room_id=ROOM), said("$2", room_id=ROOM), said("", room_id=ROOM), 5, None]
    body = json.dumps({"events": events}).encode()
    first, second = [[one.external_id for one in hear.hear(brought(body), SERVICE).envelopes] for _ in range(2)]
    assert first == second
    assert first[:2] == ["$1", "$2"]
    assert len(first) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"[" * 100_000, b'{"events": 5, "ephemeral": {}}'])
def test_a_body_that_is_odd_is_not_asked_for_again(body: bytes) -> None:
    assert hear.hear(brought(body), SERVICE).status == 200


def test_a_ping_is_answered_and_other_questions_are_not() -> None:
    assert hear.hear(brought(b"{}", path="/in/1/_matrix/app/v1/ping", method="POST"), SERVICE).status == 200
    assert hear.hear(brought(b"", path="/in/1/_matrix/app/v1/users/@x:y", method="GET"), SERVICE).status == 404
