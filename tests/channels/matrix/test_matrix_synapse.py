"""The channel against a real Synapse, in both directions."""

import io
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from samspil.channels.matrix import pull, server
from samspil.channels.matrix.settings import place_of
from samspil.kit import (
    Account,
    Change,
    Delete,
    Edit,
    Event,
    File,
    Handle,
    Message,
    Outbound,
    Reaction,
    Receipt,
    TryLater,
    Unreachable,
)
from tests.channels.matrix.conftest import AS_TOKEN, HS_TOKEN, Service
from tests.channels.matrix.listener import CHANNEL, Listener
from tests.channels.matrix.synapse import NAME, Person, Synapse

pytestmark = pytest.mark.servers
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60


def account(of: Person, **config: Any) -> Account:
    plain = {"server": of.url, "user": of.user, "access_token": of.token}
    return Account(id=f"konto-{of.user}", name="Butik", config=plain | config, key=b"0" * 32, language="da")


@pytest.fixture(scope="module")
def butik(synapse: Synapse) -> Person:
    return synapse.person("butik", "Butik")


@pytest.fixture(scope="module")
def karoline(synapse: Synapse) -> Person:
    return synapse.person("karoline", "Karoline Vestergaard")


@pytest.fixture(scope="module")
def mads(synapse: Synapse) -> Person:
    return synapse.person("mads", "Mads")


@pytest.fixture(scope="module")
def ears(butik: Person) -> Iterator[Listener]:
    heard = Listener(account(butik))
    yield heard
    heard.stop()


@pytest.fixture(scope="module")
def room(butik: Person, karoline: Person, ears: Listener) -> str:
    """A talk of two that Karoline began; nobody but the account accepted the invitation."""
    made = karoline.room_with(butik.user)
    first = karoline.write(made, "Den første")  # before the invitation is accepted
    ears.wait(is_message(made, first))
    assert butik.members(made) == {butik.user, karoline.user}
    return made


def is_message(room: str, event: str, kind: type[Event] = Message) -> Any:
    return lambda one: isinstance(one, kind) and one.external_id == f"{room}/{event}"


def out(to: str, text: str, **more: Any) -> Outbound:
    return Outbound(id=f"svar-{time.time_ns()}", conversation="c", to=Handle(network="matrix", address=to), text=text, **more)


def seen(by: Person, room: str, external: str) -> list[dict[str, Any]]:
    return [one["content"] for one in by.seen(room) if one["event_id"] == place_of(external)[1]]


def test_check_says_that_all_is_well(butik: Person) -> None:
    lines = CHANNEL.check(account(butik))
    assert [(line.name, line.ok) for line in lines] == [
        ("Homeserver", True),
        ("Sign-in", True),
        ("Messages", True),
        ("Way", True),
        ("Encryption", True),
    ]


def test_check_tells_what_is_wrong(butik: Person, karoline: Person) -> None:
    for config, where in (
        ({"access_token": "forkert"}, "Sign-in"),
        ({"access_token": karoline.token}, "Sign-in"),
        ({"server": "http://127.0.0.1:9"}, "Homeserver"),
        ({"access_token": "", "password": "forkert"}, "Sign-in"),
    ):
        last = CHANNEL.check(account(butik, **config))[-1]
        assert (last.name, last.ok) == (where, False)
        assert last.remedy
        assert "forkert" not in last.detail


def test_an_answer_stands_once_and_answers(butik: Person, karoline: Person, room: str, ears: Listener) -> None:
    asked = ears.wait(is_message(room, karoline.write(room, "Har I åbent på søndag?")))
    assert (asked.author.address, asked.author.display) == (karoline.user, "Karoline Vestergaard")
    assert (asked.text, asked.public, asked.thread) == ("Har I åbent på søndag?", False, room)
    answer = out(karoline.user, "Ja, fra 10.\nVel mødt", in_reply_to=asked.external_id)
    first, again = CHANNEL.send(answer, account(butik)), CHANNEL.send(answer, account(butik))
    assert first == again
    [content] = seen(karoline, room, first.external_id)
    assert content["m.relates_to"]["m.in_reply_to"]["event_id"] == place_of(asked.external_id)[1]
    assert content["formatted_body"] == "<p>Ja, fra 10.<br>Vel mødt</p>"
    assert len([one for one in karoline.seen(room) if one["content"].get("body") == "Ja, fra 10.\nVel mødt"]) == 1
    assert not [one for one in ears.found if one.external_id == first.external_id]


def test_edits_deletions_reactions_and_receipts(butik: Person, karoline: Person, room: str, ears: Listener) -> None:
    first = karoline.write(room, "Har I åbnet på lørdag?")
    asked = ears.wait(is_message(room, first))
    answer = CHANNEL.send(out(karoline.user, "Ja.", in_reply_to=asked.external_id), account(butik)).external_id
    ours = place_of(answer)[1]
    newest = {"msgtype": "m.text", "body": "Har I åbent på lørdag?"}
    relation = {"rel_type": "m.replace", "event_id": first}
    edit = karoline.write(room, {"msgtype": "m.text", "body": "* x", "m.new_content": newest, "m.relates_to": relation})
    edited = ears.wait(is_message(room, edit, Edit))
    assert (edited.target, edited.text) == (asked.external_id, "Har I åbent på lørdag?")
    sign = karoline.write(room, {"m.relates_to": {"rel_type": "m.annotation", "event_id": ours, "key": "👍"}}, "m.reaction")
    reacted = ears.wait(is_message(room, sign, Reaction))
    assert (reacted.target, reacted.emoji, reacted.removed) == (answer, "👍", False)
    karoline.redact(room, sign)
    assert ears.wait(lambda one: isinstance(one, Reaction) and one.removed).target == answer
    karoline.read(room, ours)
    assert ears.wait(lambda one: isinstance(one, Receipt) and one.target == answer).author.address == karoline.user
    karoline.redact(room, first)
    assert ears.wait(lambda one: isinstance(one, Delete) and one.target == asked.external_id).author.address == karoline.user


def test_what_we_said_is_changed_given_signs_and_taken_back(butik: Person, karoline: Person, room: str, ears: Listener) -> None:
    asked = ears.wait(is_message(room, karoline.write(room, "Hvornår åbner I?")))
    ours = account(butik)
    answer = CHANNEL.send(out(karoline.user, "Klokken 9.", in_reply_to=asked.external_id), ours).external_id
    common = {"to": asked.author, "own": True, "target": answer}

    def twice(**given: Any) -> str:
        first, again = (CHANNEL.change(Change(**given), ours) for _ in range(2))
        assert first.external_id in {again.external_id, again.external_id or first.external_id}
        return first.external_id

    edit = twice(id="e1", kind="edit", text="Klokken 10.\nVel mødt", **common)
    [content] = seen(karoline, room, edit)
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": place_of(answer)[1]}
    assert content["m.new_content"]["formatted_body"] == "<p>Klokken 10.<br>Vel mødt</p>"
    theirs = {"to": asked.author, "target": asked.external_id, "emoji": "👍"}
    sign = twice(id="e2", kind="react", **theirs)
    assert seen(karoline, room, sign)[0]["m.relates_to"]["key"] == "👍"
    assert CHANNEL.change(Change(id="e3", kind="react", **theirs), ours).external_id == ""
    twice(id="e4", kind="unreact", given=sign, **theirs)
    assert seen(karoline, room, sign) == [{}]
    twice(id="e5", kind="read", to=asked.author, target=asked.external_id)
    CHANNEL.typing(asked.author, asked.external_id, ours)
    sync = karoline.call("GET", "/_matrix/client/v3/sync?timeout=0")["rooms"]["join"][room]["ephemeral"]["events"]
    told = {event["type"]: event["content"] for event in sync}
    assert told["m.typing"]["user_ids"] == [butik.user]
    assert butik.user in told["m.receipt"][place_of(asked.external_id)[1]]["m.read"]
    twice(id="e6", kind="delete", **common)
    assert seen(karoline, room, answer) == [{}]
    last = ears.wait(is_message(room, karoline.write(room, "Tak!")))
    assert [one.external_id for one in ears.found if one.external_id in {answer, edit, sign}] == []
    with pytest.raises(Unreachable):
        CHANNEL.change(Change(id="e7", kind="edit", text="Nej", own=True, to=last.author, target="!nowhere:x.example/$x"), ours)


def test_files_come_and_go(butik: Person, karoline: Person, room: str, ears: Listener) -> None:
    up = karoline.call("POST", "/_matrix/media/v3/upload?filename=a.png", content=PNG, headers={"content-type": "image/png"})
    content = {"msgtype": "m.image", "body": "Sådan ser den ud", "filename": "batteri.png", "url": up["content_uri"]}
    message = ears.wait(is_message(room, karoline.write(room, content | {"info": {"mimetype": "image/png"}})))
    [file] = message.attachments
    assert (message.text, file.name, file.content_type, file.size) == ("Sådan ser den ud", "batteri.png", "image/png", len(PNG))
    envelope = next(one for one in ears.envelopes if one.external_id == place_of(message.external_id)[1])
    assert CHANNEL.attachment(envelope, file.part) == PNG

    back = File(name="vejledning å.txt", content_type="text/plain", size=3, open=lambda: io.BytesIO(b"abc"))
    CHANNEL.send(out(karoline.user, "Se her", files=[back], in_reply_to=message.external_id), account(butik))
    shown = next(one["content"] for one in reversed(karoline.seen(room)) if one["content"].get("msgtype") == "m.file")
    assert shown["body"] == "vejledning å.txt"
    where = shown["url"].removeprefix("mxc://")
    assert server.Server(account(karoline), "in").raw("GET", f"/_matrix/client/v1/media/download/{where}").body == b"abc"


def test_what_is_encrypted_is_shown_as_such(karoline: Person, room: str, ears: Listener) -> None:
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "device_id": "A", "sender_key": "B", "session_id": "C"}
    message = ears.wait(is_message(room, karoline.write(room, content, "m.room.encrypted")))
    assert "krypteret" in message.text


def test_in_a_group_we_hear_who_names_or_answers_us(butik: Person, karoline: Person, mads: Person, ears: Listener) -> None:
    group = karoline.room_with(mads.user, butik.user, direct=False, name="Cykelklubben")
    mads.join(group)
    karoline.write(group, "Uden om jer")
    assert butik.user not in butik_members(karoline, group)  # an invitation to a group is not accepted by itself
    butik.join(group)
    apart = karoline.write(group, "Også uden om jer")
    naming = {"msgtype": "m.text", "body": "Butik: hvad siger I?", "m.mentions": {"user_ids": [butik.user]}}
    asked = ears.wait(is_message(group, karoline.write(group, naming)))
    assert (asked.public, asked.extra["group"]) == (True, "Cykelklubben")
    sent = CHANNEL.send(out(karoline.user, "Det er fint", in_reply_to=asked.external_id), account(butik))
    relation = {"m.in_reply_to": {"event_id": place_of(sent.external_id)[1]}}
    answer = ears.wait(is_message(group, mads.write(group, {"msgtype": "m.text", "body": "Godt", "m.relates_to": relation})))
    assert list(answer.references) == [sent.external_id]
    assert not [one for one in ears.envelopes if one.external_id == apart]


def butik_members(by: Person, room: str) -> set[str]:
    time.sleep(2)
    return by.members(room)


def test_a_gap_is_filled_and_nothing_comes_twice(
    butik: Person, karoline: Person, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "AT_ONCE", 5)
    monkeypatch.setattr(pull, "PAGE", 10)
    before = Listener(account(butik))
    last = karoline.write(room, "Før afbrydelsen")
    before.wait(is_message(room, last))
    cursor = before.stop()
    missed = [karoline.write(room, f"Nummer {number}") for number in range(47)]
    after = Listener(account(butik), cursor)
    after.wait(is_message(room, missed[-1]))
    after.stop()
    assert [place_of(one.external_id)[1] for one in after.found if isinstance(one, Message)] == missed


def test_what_we_wrote_with_another_program_is_ours(butik: Person, karoline: Person, room: str, ears: Listener) -> None:
    message = ears.wait(is_message(room, butik.write(room, "Skrevet i en anden klient")))
    assert (message.outgoing, [one.address for one in message.to]) == (True, [karoline.user])


def test_we_can_write_first_and_are_told_of_who_left(butik: Person, synapse: Synapse, ears: Listener) -> None:
    nina = synapse.person("nina", "Nina")
    first = CHANNEL.send(out(nina.user, "Din cykel er klar"), account(butik))
    again = CHANNEL.send(out(nina.user, "Vi har åbent til 18"), account(butik))
    made = place_of(first.external_id)[0]
    assert place_of(again.external_id)[0] == made
    nina.join(made)
    assert [one["content"]["body"] for one in nina.seen(made) if one["type"] == "m.room.message"] == [
        "Din cykel er klar",
        "Vi har åbent til 18",
    ]
    message = ears.wait(is_message(made, nina.write(made, "Tak")))
    assert message.thread == made
    nina.call("POST", f"/rooms/{quote(made)}/leave", json={})
    with pytest.raises(Unreachable, match="has left the room"):
        CHANNEL.send(out(nina.user, "Hallo?", in_reply_to=message.external_id), account(butik))


def test_a_stranger_who_is_nobody_cannot_be_reached(butik: Person) -> None:
    with pytest.raises((Unreachable, TryLater)):
        CHANNEL.send(out(f"@findes-ikke:{NAME}x.invalid", "Hej"), account(butik))


def test_who_was_put_out_of_a_room_is_told(butik: Person, karoline: Person, mads: Person) -> None:
    group = karoline.room_with(mads.user, direct=False)
    external = f"{group}/{karoline.write(group, 'Kun os to')}"
    with pytest.raises(Unreachable, match="M_FORBIDDEN"):
        CHANNEL.send(out(karoline.user, "Hej", in_reply_to=external), account(butik))


def test_haste_is_asked_to_wait(synapse: Synapse, butik: Person, karoline: Person, room: str) -> None:
    guard = synapse.person("vagt", admin=True)
    limit = f"/_synapse/admin/v1/users/{quote(butik.user)}/override_ratelimit"
    guard.call("POST", limit, json={"messages_per_second": 1, "burst_count": 1})
    asked = f"{room}/{karoline.write(room, 'Skynd jer')}"
    try:
        told = hurry(account(butik), karoline.user, asked)
    finally:
        guard.call("DELETE", limit)
    assert "patience" in str(told)
    assert told.after is not None
    assert 0 < told.after <= 60


def hurry(ours: Account, to: str, asked: str) -> TryLater:
    for number in range(10):
        try:
            CHANNEL.send(out(to, f"Svar {number}", in_reply_to=asked), ours)
        except TryLater as error:
            return error
    raise AssertionError("nobody asked for patience")


def test_a_password_does_as_well(synapse: Synapse, karoline: Person) -> None:
    kiosk = synapse.person("kiosk", "Kiosk")
    ours = account(kiosk, access_token="", password=kiosk.password)
    heard = Listener(ours)
    made = karoline.room_with(kiosk.user)
    asked = heard.wait(is_message(made, karoline.write(made, "Hej")))
    answer = out(karoline.user, "Hej igen", in_reply_to=asked.external_id)
    first = CHANNEL.send(answer, ours)
    server.Server(ours, "out").forget()  # as another process would: it signs in by itself, and the answer still stands once
    assert CHANNEL.send(answer, ours) == first
    assert heard.wait(is_message(made, karoline.write(made, "Endnu en")))
    heard.stop()


def test_an_application_service_is_brought_its_messages(synapse: Synapse, karoline: Person, service: Service) -> None:
    owner = Person(synapse.url, f"@tjeneste:{NAME}", AS_TOKEN)
    ours = account(owner, hs_token=HS_TOKEN)
    assert all(line.ok for line in CHANNEL.check(ours)), CHANNEL.check(ours)
    service.account, service.refuse = ours, 1
    invitations = Listener(ours)
    made = karoline.room_with(owner.user)
    until = time.monotonic() + 30
    while owner.user not in karoline.members(made) and time.monotonic() < until:
        time.sleep(0.2)
    event = karoline.write(made, "Til tjenesten")
    with service.came:
        assert service.came.wait_for(lambda: any(one.external_id == event for one in service.heard), 60)
    [message] = [found for one in service.heard if one.external_id == event for found in CHANNEL.understand(one, ours)]
    assert isinstance(message, Message)
    assert (message.external_id, message.text) == (f"{made}/{event}", "Til tjenesten")
    sent = CHANNEL.send(out(karoline.user, "Svar fra tjenesten", in_reply_to=message.external_id), ours)
    assert seen(karoline, made, sent.external_id)[0]["body"] == "Svar fra tjenesten"
    karoline.read(made, place_of(sent.external_id)[1])
    with service.came:
        assert service.came.wait_for(lambda: any(one.external_id.startswith("read:") for one in service.heard), 30)
    invitations.stop()
    assert [one for one in invitations.found if isinstance(one, Message)] == []
    assert any(path.startswith("/in/0b9d/_matrix/app/v1/transactions/") for path in service.paths)
    assert not [one for one in service.heard if one.external_id == place_of(sent.external_id)[1]]
