"""Rooms that are encrypted from end to end, on a real Synapse, with matrix-nio as the other person."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samspil.kit import Change, Edit, File, Handle
from samspil.kit.testing import Drawer
from tests.channels.matrix.listener import CHANNEL, Listener
from tests.channels.matrix.nio_person import NioPerson
from tests.channels.matrix.secrecy import account_of, is_message, joined, out, secret_room, token_of
from tests.channels.matrix.synapse import Person, Synapse

pytestmark = [pytest.mark.servers, pytest.mark.filterwarnings("default")]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60


@pytest.fixture(scope="module")
def butik(synapse: Synapse) -> Person:
    return synapse.person("hemmelig-butik", "Butik")


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture(scope="module")
def ears(butik: Person, drawer: Drawer) -> Iterator[Listener]:
    heard = Listener(account_of(butik, drawer))
    yield heard
    heard.stop()


@pytest.fixture(scope="module")
def karoline(synapse: Synapse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NioPerson]:
    person = synapse.person("hemmelig-karoline", "Karoline")
    made = NioPerson(person, tmp_path_factory.mktemp("nio"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def room(butik: Person, karoline: NioPerson, ears: Listener) -> str:
    made = secret_room(karoline.person, butik.user)
    until = time.monotonic() + 30
    while butik.user not in karoline.person.members(made):
        assert time.monotonic() < until
        time.sleep(0.1)
    karoline.sync()
    return made


def test_what_is_written_in_secret_is_read(room: str, karoline: NioPerson, ears: Listener) -> None:
    first = karoline.write(room, "Mit batteri er fladt")
    message = ears.wait(is_message(room, first))
    assert (message.text, message.author.address, message.public) == ("Mit batteri er fladt", karoline.person.user, False)
    on_the_server = next(one for one in karoline.person.seen(room) if one["event_id"] == first)
    assert on_the_server["type"] == "m.room.encrypted"
    assert "batteri" not in str(on_the_server)


def test_an_answer_is_read_by_the_other_and_comes_back_to_nobody(
    room: str, butik: Person, karoline: NioPerson, drawer: Drawer, ears: Listener
) -> None:
    asked = karoline.write(room, "Kan I hjælpe?")
    ears.wait(is_message(room, asked))
    sent = CHANNEL.send(out(karoline.person.user, "Ja, æøå", in_reply_to=f"{room}/{asked}"), account_of(butik, drawer))
    ident = sent.external_id.partition("/")[2]
    read = karoline.wait(lambda one: one.event_id == ident)
    assert (read.body, read.decrypted, read.sender) == ("Ja, æøå", True, butik.user)
    on_the_server = next(one for one in karoline.person.seen(room) if one["event_id"] == ident)
    assert on_the_server["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
    assert sorted(on_the_server["content"]) == [
        "algorithm",
        "ciphertext",
        "device_id",
        "m.relates_to",
        "sender_key",
        "session_id",
    ]
    after = karoline.write(room, "Tak")
    ears.wait(is_message(room, after))
    assert [one for one in ears.found if getattr(one, "external_id", "") == sent.external_id] == []


def test_new_words_signs_and_taking_back(room: str, butik: Person, karoline: NioPerson, drawer: Drawer, ears: Listener) -> None:
    account = account_of(butik, drawer)
    first = karoline.write(room, "Jeg komer")
    ears.wait(is_message(room, first))
    newest = {"msgtype": "m.text", "body": "Jeg kommer"}
    relation = {"rel_type": "m.replace", "event_id": first}
    theirs = karoline.write(room, {"msgtype": "m.text", "body": "* x", "m.new_content": newest, "m.relates_to": relation})
    edit = ears.wait(is_message(room, theirs, Edit))
    assert (edit.text, edit.target) == ("Jeg kommer", f"{room}/{first}")

    sent = CHANNEL.send(out(karoline.person.user, "Vi haber", in_reply_to=f"{room}/{first}"), account)
    asked = {"to": Handle(network="matrix", address=karoline.person.user), "target": sent.external_id, "own": True}
    done = CHANNEL.change(Change(id="ny-1", kind="edit", text="Vi håber", **asked), account)
    again = CHANNEL.change(Change(id="ny-1", kind="edit", text="Vi håber", **asked), account)
    assert again.external_id == done.external_id
    ours = karoline.wait(lambda one: one.event_id == done.external_id.partition("/")[2])
    assert ours.source["content"]["m.new_content"]["body"] == "Vi håber"
    on_the_server = next(one for one in karoline.person.seen(room) if one["event_id"] == ours.event_id)
    assert on_the_server["type"] == "m.room.encrypted"
    assert "håber" not in str(on_the_server)

    sign = CHANNEL.change(Change(id="tegn-1", kind="react", emoji="👍", **asked | {"target": f"{room}/{first}"}), account)
    shown = next(one for one in karoline.person.seen(room) if one["event_id"] == sign.external_id.partition("/")[2])
    assert (shown["type"], shown["content"]["m.relates_to"]["key"]) == ("m.reaction", "👍")
    CHANNEL.change(Change(id="vaek-1", kind="delete", **asked), account)
    gone = next(one for one in karoline.person.seen(room) if one["event_id"] == sent.external_id.partition("/")[2])
    assert gone["content"] == {}


def test_files_both_ways(room: str, butik: Person, karoline: NioPerson, drawer: Drawer, ears: Listener) -> None:
    async def put_up() -> Any:
        return await karoline.client.upload(io.BytesIO(PNG), "application/octet-stream", encrypt=True, filesize=len(PNG))

    said, keys = karoline.do(put_up())
    content = {"msgtype": "m.image", "body": "cykel.png", "info": {"mimetype": "image/png", "size": len(PNG)}}
    first = karoline.write(room, content | {"file": {"url": said.content_uri, **keys}})
    message = ears.wait(is_message(room, first))
    [attachment] = message.attachments
    assert (attachment.name, attachment.content_type, attachment.size) == ("cykel.png", "image/png", len(PNG))
    envelope = next(one for one in ears.envelopes if one.external_id == first)
    assert CHANNEL.attachment(envelope, attachment.part) == PNG
    assert PNG not in karoline.do(karoline.client.download(said.content_uri)).body

    wrong = {**keys, "hashes": {"sha256": keys["hashes"]["sha256"][::-1]}}
    second = karoline.write(room, content | {"file": {"url": said.content_uri, **wrong}})
    changed = ears.wait(is_message(room, second))
    assert (changed.attachments, changed.notes) == ([], ["cykel.png was not fetched: it is encrypted"])

    data = PNG * 3000
    file = File(name="svar.png", content_type="image/png", size=len(data), open=lambda: io.BytesIO(data))
    sent = CHANNEL.send(out(karoline.person.user, "", in_reply_to=f"{room}/{first}", files=[file]), account_of(butik, drawer))
    ours = karoline.wait(lambda one: one.event_id == sent.external_id.partition("/")[2])
    from nio.crypto.attachments import decrypt_attachment

    sealed = karoline.do(karoline.client.download(ours.url)).body
    assert (len(sealed), sealed == data) == (len(data), False)
    assert decrypt_attachment(sealed, ours.key["k"], ours.hashes["sha256"], ours.iv) == data


def test_a_restart_goes_on_with_the_same_keys(butik: Person, karoline: NioPerson) -> None:
    drawer = Drawer()
    person = Person(butik.url, butik.user, token_of(butik, "GENSTART"), butik.password)
    ears = Listener(account_of(person, drawer))
    room = secret_room(karoline.person, butik.user)
    joined(karoline, room, butik.user)
    first = karoline.write(room, "Før")
    ears.wait(is_message(room, first))
    CHANNEL.send(out(karoline.person.user, "Svar før", in_reply_to=f"{room}/{first}"), account_of(person, drawer))
    cursor = ears.stop()
    between = karoline.write(room, "Imens")  # the same session, whose key was told before
    karoline.client.invalidate_outbound_session(room)
    anew = karoline.write(room, "Imens, ny nøgle")
    ears = Listener(account_of(person, drawer), cursor)
    assert ears.wait(is_message(room, between)).text == "Imens"
    assert ears.wait(is_message(room, anew)).text == "Imens, ny nøgle"
    sent = CHANNEL.send(out(karoline.person.user, "Svar efter", in_reply_to=f"{room}/{anew}"), account_of(person, drawer))
    assert karoline.wait(lambda one: one.event_id == sent.external_id.partition("/")[2]).body == "Svar efter"
    ears.stop()


def test_a_device_that_comes_later_reads_from_then_on(
    room: str, butik: Person, karoline: NioPerson, drawer: Drawer, ears: Listener, tmp_path: Path
) -> None:
    before = CHANNEL.send(out(karoline.person.user, "Til én", in_reply_to=f"{room}/$x"), account_of(butik, drawer))
    later = NioPerson(karoline.person, tmp_path / "senere")
    after = CHANNEL.send(out(karoline.person.user, "Til begge", in_reply_to=f"{room}/$x"), account_of(butik, drawer))
    ident = after.external_id.partition("/")[2]
    assert later.wait(lambda one: one.event_id == ident).body == "Til begge"
    assert karoline.wait(lambda one: one.event_id == ident).body == "Til begge"
    assert [one.event_id for one in later.said if one.event_id == before.external_id.partition("/")[2]] == []
    theirs = later.write(room, "Fra den nye")
    assert ears.wait(is_message(room, theirs)).text == "Fra den nye"
    later.do(later.client.logout())
    later.close()


def test_who_has_left_reads_nothing_new(butik: Person, karoline: NioPerson, synapse: Synapse, tmp_path: Path) -> None:
    drawer = Drawer()
    person = Person(butik.url, butik.user, token_of(butik, "GRUPPE"), butik.password)
    mads = NioPerson(synapse.person("hemmelig-mads", "Mads"), tmp_path / "mads")
    room = secret_room(person, karoline.person.user, mads.person.user, direct=False, rotation_period_msgs=3)
    for one in (karoline, mads):
        one.sync()
        one.sync()
    account = account_of(person, drawer)
    sessions = []

    def say(words: str) -> str:
        sent = CHANNEL.send(out(karoline.person.user, words, in_reply_to=f"{room}/$x"), account)
        ident = sent.external_id.partition("/")[2]
        sessions.append(next(e["content"]["session_id"] for e in person.seen(room) if e["event_id"] == ident))
        return ident

    idents = [say(f"Nummer {number}") for number in range(4)]
    assert [one.body for ident in idents for one in [mads.wait(lambda e, i=ident: e.event_id == i)]] == [
        f"Nummer {number}" for number in range(4)
    ]
    assert [one == sessions[0] for one in sessions] == [True, True, True, False]  # three messages each, says the room
    mads.person.call("POST", f"/rooms/{room}/leave", json={})
    last = say("Uden Mads")
    assert sessions[4] != sessions[3]
    assert karoline.wait(lambda e: e.event_id == last).body == "Uden Mads"
    mads.close()


def test_in_a_group_what_names_us_is_taken_in(butik: Person, karoline: NioPerson) -> None:
    person = Person(butik.url, butik.user, token_of(butik, "NAVNE"), butik.password)
    ears = Listener(account_of(person, Drawer(), invitations="all"))
    others = [karoline.person.user, person.user, "@nogen:eksempel.test"]
    room = secret_room(karoline.person, *others[1:], direct=False)
    joined(karoline, room, person.user)
    karoline.write(room, "Til de andre")
    named = {"msgtype": "m.text", "body": "Hej Butik", "m.mentions": {"user_ids": [person.user]}}
    event = karoline.write(room, named)
    message = ears.wait(is_message(room, event))
    assert (message.text, message.author.address) == ("Hej Butik", karoline.person.user)
    ears.stop()


def test_what_is_written_in_the_open_there_is_marked_and_its_changes_are_not_believed(
    room: str, karoline: NioPerson, ears: Listener
) -> None:
    plain = karoline.person.write(room, "Uden kryptering")
    [note] = ears.wait(is_message(room, plain)).notes
    assert note.startswith("written in the open")
    replaced = {"rel_type": "m.replace", "event_id": plain}
    words = {"msgtype": "m.text", "body": "Betal til en anden konto"}
    karoline.person.write(room, {**words, "m.new_content": words, "m.relates_to": replaced})
    last = karoline.write(room, "Med kryptering")
    assert ears.wait(is_message(room, last)).notes == []
    assert [one for one in ears.odd if "came in the open" in one]
    assert not [one for one in ears.found if isinstance(one, Edit) and one.text == words["body"]]
