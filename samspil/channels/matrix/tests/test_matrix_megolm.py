"""Sessions of encrypted rooms, without a homeserver: whose they are, what they read, and who is given the key."""

import json
import time
from typing import Any

import pytest
import vodozemac

from samspil.channels.matrix.crypto import outbound
from samspil.channels.matrix.crypto.identity import MEGOLM, Identity
from samspil.channels.matrix.crypto.inbound import Inbound
from samspil.channels.matrix.crypto.signing import signed
from samspil.channels.matrix.tests.homeserver import API, BUTIK, CONFIG, KAROLINE, ROOM, Homeserver
from samspil.channels.matrix.tests.test_matrix_crypto import Program, identity, once, queried, told
from samspil.kit import Account
from samspil.kit.testing import Drawer

CLAIM = ("POST", f"{API}/keys/claim")
MEMBERS = ("GET", f"{API}/rooms/{ROOM}/members")
HERS = {"sender": KAROLINE, "curve": "c", "ed": "e"}


@pytest.fixture
def ours(home: Homeserver) -> Identity:
    return identity(home, Account(id="1", name="Butik", config=CONFIG, key=b"0" * 32, language="da", keeps=Drawer()))


def said(session: vodozemac.GroupSession, ident: str, text: str = "Hej", **other: Any) -> dict[str, Any]:
    plain = {"type": "m.room.message", "content": {"msgtype": "m.text", "body": text}, "room_id": ROOM, **other}
    sealed = session.encrypt(json.dumps(plain).encode()).to_base64()
    content = {"algorithm": MEGOLM, "ciphertext": sealed, "session_id": session.session_id}
    return {"type": "m.room.encrypted", "event_id": ident, "sender": KAROLINE, "origin_server_ts": 1, "content": content}


def shown(session: vodozemac.GroupSession) -> vodozemac.InboundGroupSession:
    return vodozemac.InboundGroupSession(session.session_key)


def test_a_session_belongs_to_who_showed_it_first(ours: Identity) -> None:
    inbound, session = Inbound(ours), vodozemac.GroupSession()
    first, later = shown(session), said(session, "$0")
    inbound.note(ROOM, shown(session), **HERS)
    inbound.note(ROOM, first, **HERS | {"sender": "@mads:y.example"})  # reads more, and is another's
    inbound.note(ROOM, first, **HERS | {"curve": "x"})
    assert inbound.read(ROOM, later) is later
    inbound.note(ROOM, first, **HERS)
    assert inbound.read(ROOM, later)["content"] == {"msgtype": "m.text", "body": "Hej"}
    inbound.note(ROOM, shown(session), **HERS)  # reads less
    assert inbound.read(ROOM, later)["type"] == "m.room.message"


def test_a_key_under_another_name_is_none(home: Homeserver, ours: Identity) -> None:
    keys, program, session = once(home, ours), Program(KAROLINE, "A"), vodozemac.GroupSession()
    queried(home, program.keys())
    inbound = Inbound(ours)
    right = {
        "algorithm": MEGOLM,
        "room_id": ROOM,
        "session_id": session.session_id,
        "session_key": session.session_key.to_base64(),
    }
    event = said(session, "$1")
    wrong: list[dict[str, Any]] = [
        {"session_id": vodozemac.GroupSession().session_id}, {"session_key": "AAAA"}, {"room_id": "x"}, {"algorithm": "m.other"},
    ]  # fmt: skip
    for number, other in enumerate([*wrong, {}]):
        to_device = {"events": [told(program, ours, keys[number], type="m.room_key", content=right | other)]}
        unused = {
            "device_one_time_keys_count": {"signed_curve25519": 50},
            "device_unused_fallback_key_types": ["signed_curve25519"],
        }
        inbound.take({"to_device": to_device, **unused})
        claimed = {**event, "content": {**event["content"], "session_id": other.get("session_id", session.session_id)}}
        assert (inbound.read(ROOM, claimed) is claimed) is bool(other)


@pytest.mark.parametrize(
    "wrong",
    [{"room_id": "!other:x.example"}, {"type": "m.room.redaction"}, {"type": "m.room.encrypted"}, {"type": None}, {"type": 3}],
)
def test_what_is_said_in_secret_says_where_and_what(ours: Identity, wrong: dict[str, Any]) -> None:
    inbound, session = Inbound(ours), vodozemac.GroupSession()
    inbound.note(ROOM, shown(session), **HERS)
    event = said(session, "$1", **wrong)
    assert inbound.read(ROOM, event) is event
    assert inbound.read(ROOM, said(session, "$2"))["type"] == "m.room.message"


@pytest.mark.parametrize(
    "content", [None, {}, {"algorithm": "m.other"}, {"ciphertext": "!"}, {"session_id": 3}, {"ciphertext": "AAAA"}]
)
def test_odd_events_stay_as_they_came(ours: Identity, content: Any) -> None:
    inbound, session = Inbound(ours), vodozemac.GroupSession()
    inbound.note(ROOM, shown(session), **HERS)
    event = said(session, "$1")
    odd = {**event, "content": event["content"] | content if content else content}
    assert inbound.read(ROOM, odd) is odd
    for other in ({"event_id": "x"}, {"state_key": ""}, {"sender": None}):
        assert inbound.read(ROOM, {**event, **other}) == {**event, **other}


def test_a_message_is_one_event_s_and_what_it_belongs_to_stands_outside(ours: Identity) -> None:
    inbound, session = Inbound(ours), vodozemac.GroupSession()
    inbound.note(ROOM, shown(session), **HERS)
    inside = {"msgtype": "m.text", "body": "Hej", "m.relates_to": {"event_id": "$inside"}}
    event = said(session, "$1", content=inside)
    event["content"]["m.relates_to"] = {"event_id": "$outside"}
    clear = inbound.read(ROOM, event)
    assert clear["content"] == {"msgtype": "m.text", "body": "Hej", "m.relates_to": {"event_id": "$outside"}}
    assert inbound.read(ROOM, event) == clear
    again = {**event, "event_id": "$2"}
    assert inbound.read(ROOM, again) is again


def test_what_waits_is_bounded_and_asked_for_when_keys_came(ours: Identity) -> None:
    inbound, session, other = Inbound(ours), vodozemac.GroupSession(), vodozemac.GroupSession()
    early = [said(session, f"$a{number}") for number in range(3)]
    first = vodozemac.InboundGroupSession(other.session_key)
    for event in (*early, said(other, "$b")):
        assert inbound.read(ROOM, event) is event
    assert inbound.late() == []
    inbound.note(ROOM, first, **HERS)
    assert inbound.late() == [(ROOM, "$b")]
    assert inbound.late() == []  # nothing came since
    inbound.came = True
    assert inbound.late() == [(ROOM, "$b")]  # not on disk yet
    inbound.done([(ROOM, "$b")])
    inbound.came = True
    assert inbound.late() == []


def test_who_gave_no_key_is_told_nothing_and_asked_again(
    home: Homeserver, ours: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, silent, forged = Program(KAROLINE, "A"), Program(KAROLINE, "B"), Program(KAROLINE, "C")
    queried(home, program.keys(), silent.keys(), forged.keys())
    members = [{"state_key": who, "content": {"membership": "join"}} for who in (BUTIK, KAROLINE)]
    home.answers[MEMBERS] = (200, {"chunk": members})

    def key(of: Program, by: Program) -> dict[str, Any]:
        of.account.generate_one_time_keys(1)
        [made] = of.account.one_time_keys.values()
        of.account.mark_keys_as_published()
        return {"signed_curve25519:A": signed({"key": made.to_base64()}, by.account, KAROLINE, of.device)}

    given = {"A": key(program, program), "B": {}, "C": key(forged, program)}
    home.answers[CLAIM] = (200, {"one_time_keys": {KAROLINE: given}})
    sent: list[dict[str, Any]] = []
    call = home.call

    def told_to(method: str, path: str, **more: Any) -> Any:
        if "/sendToDevice/" in path:
            sent.append(more["json"]["messages"])
            return home.answer((200, {}))
        return call(method, path, **more)

    monkeypatch.setattr(home, "call", told_to)
    moment = time.time()
    monkeypatch.setattr(outbound.time, "time", lambda: moment)
    secret = outbound.Secret(ours, ROOM, {})
    first = secret.sealed("m.room.message", {"body": "Hej"})
    assert [sorted(one[KAROLINE]) for one in sent] == [["A"]]
    secret.sealed("m.room.message", {"body": "Hej"})
    assert [sorted(one[KAROLINE]) for one in sent] == [["A"]]
    assert len(home.given(*CLAIM)) == 1
    given["B"] = key(silent, silent)
    monkeypatch.setattr(outbound.time, "time", lambda: moment + outbound.AGAIN_SECONDS)
    assert secret.sealed("m.room.message", {"body": "Hej"})["session_id"] == first["session_id"]
    assert [sorted(one[KAROLINE]) for one in sent] == [["A"], ["B"]]
    monkeypatch.setattr(outbound.time, "time", lambda: moment + 604_799)
    assert secret.sealed("m.room.message", {"body": "Hej"})["session_id"] == first["session_id"]
    monkeypatch.setattr(outbound.time, "time", lambda: moment + 604_801)
    assert secret.sealed("m.room.message", {"body": "Hej"})["session_id"] != first["session_id"]


def test_what_is_said_in_the_open_of_an_encrypted_room_is_marked(ours: Identity) -> None:
    message = {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "Hej"}}
    sign, secret = {"type": "m.reaction", "content": {}}, {"type": "m.room.encrypted", "content": {}}
    name = {"type": "m.room.name", "state_key": "", "content": {}}
    inbound = Inbound(ours)
    assert [inbound.is_open(ROOM, one) for one in (message, secret, message, sign, name)] == [False, False, True, False, False]
    assert not inbound.is_open("!other:x.example", message)
    assert Inbound(ours).is_open(ROOM, message)  # another process, and whatever the homeserver says later
