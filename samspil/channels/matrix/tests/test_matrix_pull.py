"""Fetching, and hearing what an application service is brought, against a homeserver that is played by the test."""

import json
from typing import Any

import pytest

from samspil.channels.matrix import hear, pull
from samspil.channels.matrix.settings import MARK
from samspil.channels.matrix.tests.homeserver import ACCOUNT, API, BUTIK, CONFIG, KAROLINE, ROOM, Homeserver, said
from samspil.kit import Account, Envelope, Forged, Request, TryLater
from samspil.kit.web import Answer, Web


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
