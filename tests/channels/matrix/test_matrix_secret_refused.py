"""What is refused in encrypted rooms, and what is done when keys are lost or late: a real Synapse, matrix-nio as the other person."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.matrix import words
from samspil.channels.matrix.crypto import identity
from samspil.kit import Account, Edit, Message, TryLater, Unreachable
from samspil.kit.testing import Drawer
from tests.channels.matrix.listener import CHANNEL, Listener
from tests.channels.matrix.nio_person import NioPerson
from tests.channels.matrix.secrecy import account_of, is_message, joined, out, secret_room, token_of
from tests.channels.matrix.synapse import Person, Synapse

pytestmark = [pytest.mark.servers, pytest.mark.filterwarnings("default")]
UNREADABLE = words.NO_KEY["da"]


@pytest.fixture(scope="module")
def shop(synapse: Synapse) -> Person:
    return synapse.person("laas-butik", "Butik")


@pytest.fixture(scope="module")
def karoline(synapse: Synapse, tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = NioPerson(synapse.person("laas-karoline", "Karoline"), tmp_path_factory.mktemp("nio"))
    yield made
    made.close()


class Setting:
    """A device of the shop that listens, and a room with somebody."""

    def __init__(self, shop: Person, karoline: NioPerson, device: str) -> None:
        self.person = Person(shop.url, shop.user, token_of(shop, device), shop.password)
        self.drawer, self.device, self.karoline = Drawer(), device, karoline
        self.account: Account = account_of(self.person, self.drawer)
        self.ears = Listener(self.account)
        self.room = secret_room(karoline.person, shop.user)
        joined(karoline, self.room, shop.user)

    def heard(self, event: str) -> Message:
        return self.ears.wait(is_message(self.room, event))

    def raw(self, event: str) -> dict[str, Any]:
        return next(one["content"] for one in self.person.seen(self.room) if one["event_id"] == event)

    def answer(self, words: str) -> str:
        sent = CHANNEL.send(out(self.karoline.person.user, words, in_reply_to=f"{self.room}/$x"), self.account)
        return sent.external_id.partition("/")[2]


@pytest.fixture
def here(shop: Person, karoline: NioPerson, request: pytest.FixtureRequest) -> Any:
    made = Setting(shop, karoline, f"P{abs(hash(request.node.name)) % 10**8}")
    yield made
    made.ears.stop()


def test_a_message_that_is_shown_again_is_not_read_again(here: Setting) -> None:
    first = here.karoline.write(here.room, "Send cyklen til Vejen")
    assert here.heard(first).text == "Send cyklen til Vejen"
    again = here.karoline.person.write(here.room, here.raw(first), "m.room.encrypted")
    assert here.heard(again).text == UNREADABLE
    other = secret_room(here.karoline.person, here.person.user)
    joined(here.karoline, other, here.person.user)
    elsewhere = here.karoline.person.write(other, here.raw(first), "m.room.encrypted")
    assert here.ears.wait(is_message(other, elsewhere)).text == UNREADABLE


def test_what_was_tampered_with_is_not_read(here: Setting) -> None:
    first = here.karoline.write(here.room, "100 kroner")
    here.heard(first)
    raw = here.raw(first)
    for place in (20, len(raw["ciphertext"]) // 2, len(raw["ciphertext"]) - 5):
        text = raw["ciphertext"]
        other = "B" if text[place] == "A" else "A"
        changed = here.karoline.person.write(
            here.room, raw | {"ciphertext": text[:place] + other + text[place + 1 :]}, "m.room.encrypted"
        )
        assert here.heard(changed).text == UNREADABLE


def test_nobody_speaks_with_the_keys_of_another(here: Setting, synapse: Synapse) -> None:
    mads = synapse.person("laas-mads", "Mads")
    here.karoline.person.call("POST", f"/rooms/{here.room}/invite", json={"user_id": mads.user})
    mads.join(here.room)
    here.karoline.sync()
    here.karoline.sync()
    here.heard(here.karoline.write(here.room, "Så er vi tre"))
    content = {"msgtype": "m.text", "body": f"{here.person.user} Jeg er Karoline"}
    _, sealed = here.karoline.client.encrypt(here.room, "m.room.message", content)
    stolen = mads.write(here.room, dict(sealed), "m.room.encrypted")
    hers = here.karoline.person.write(here.room, dict(sealed), "m.room.encrypted")
    assert here.heard(hers).text == content["body"]
    shown = here.ears.wait(is_message(here.room, stolen))
    assert (shown.text, shown.author.address) == (UNREADABLE, mads.user)


def test_only_what_is_said_may_be_said_in_secret(here: Setting) -> None:
    first = here.karoline.write(here.room, "Bliver stående")
    here.heard(first)
    _, sealed = here.karoline.client.encrypt(here.room, "m.room.redaction", {"redacts": first})
    taken = here.karoline.person.write(here.room, dict(sealed), "m.room.encrypted")
    assert here.heard(taken).text == UNREADABLE


def test_a_key_that_comes_later_reads_what_came_before(here: Setting) -> None:
    here.heard(here.karoline.write(here.room, "Goddag"))
    told = here.karoline.without_telling(here.room)
    early = here.karoline.write(here.room, "Før nøglen")
    assert here.heard(early).text == UNREADABLE
    here.karoline.tell(here.person.user, told)
    read = here.ears.wait(lambda one: isinstance(one, Edit) and one.target == f"{here.room}/{early}")
    assert (read.text, read.author.address) == ("Før nøglen", here.karoline.person.user)
    after = here.karoline.write(here.room, "Efter nøglen")
    assert here.heard(after).text == "Efter nøglen"


def test_what_was_read_before_a_crash_is_read_again_after_it(here: Setting) -> None:
    here.heard(here.karoline.write(here.room, "Først"))
    before = here.ears.cursor
    here.karoline.client.invalidate_outbound_session(here.room)
    event = here.karoline.write(here.room, "Lige før strømmen gik")
    here.heard(event)
    here.ears.stop()
    here.ears = Listener(here.account, before)  # keys and places were kept, and the batch was not
    assert here.heard(event).text == "Lige før strømmen gik"


def test_who_lost_the_keys_neither_reads_nor_writes_in_the_open(here: Setting) -> None:
    here.heard(here.karoline.write(here.room, "Før tabet"))
    here.ears.stop()
    lost = account_of(here.person, Drawer())
    event = here.karoline.write(here.room, "Efter tabet")
    ears = Listener(lost, here.ears.cursor)
    assert ears.wait(is_message(here.room, event)).text == UNREADABLE
    before = [one["event_id"] for one in here.person.seen(here.room)]
    with pytest.raises(Unreachable, match=r"^The room is encrypted. The keys of this device were lost"):
        CHANNEL.send(out(here.karoline.person.user, "I det åbne?", in_reply_to=f"{here.room}/{event}"), lost)
    assert [one["event_id"] for one in here.person.seen(here.room)] == before
    line = CHANNEL.check(lost)[-1]
    assert (line.name, line.ok, line.detail) == (
        "Encryption",
        False,
        "The homeserver has other keys of this device than we have.",
    )
    assert CHANNEL.check(here.account)[-1].detail == f"device {here.device} has its keys"
    ears.stop()


def test_with_a_password_lost_keys_make_another_device(synapse: Synapse, karoline: NioPerson) -> None:
    person = synapse.person("kode-butik", "Butik")
    drawer = Drawer()

    def account(kept: Drawer) -> Account:
        return account_of(person, kept, access_token="", password=person.password)

    ears = Listener(account(drawer))
    room = secret_room(karoline.person, person.user)
    joined(karoline, room, person.user)
    first = karoline.write(room, "Med adgangskode")
    assert ears.wait(is_message(room, first)).text == "Med adgangskode"
    # Two uses are two devices: what one writes the other reads, and knows for its own.
    sent = CHANNEL.send(out(karoline.person.user, "Svar", in_reply_to=f"{room}/{first}"), account(drawer))
    assert karoline.wait(lambda one: one.event_id == sent.external_id.partition("/")[2]).body == "Svar"
    second = karoline.write(room, "Og igen")
    assert ears.wait(is_message(room, second)).text == "Og igen"
    assert [one for one in ears.found if getattr(one, "external_id", "") == sent.external_id] == []
    cursor = ears.stop()

    empty = Drawer()
    ears = Listener(account(empty), cursor)
    karoline.sync()
    third = karoline.write(room, "Efter tabet")
    assert ears.wait(is_message(room, third)).text == "Efter tabet"
    fourth = CHANNEL.send(out(karoline.person.user, "Også os", in_reply_to=f"{room}/{third}"), account(empty))
    assert karoline.wait(lambda one: one.event_id == fourth.external_id.partition("/")[2]).body == "Også os"
    ears.stop()


def test_processes_that_write_at_once_use_no_place_twice(here: Setting) -> None:
    here.heard(here.karoline.write(here.room, "Nu"))
    sent: list[str] = []

    def write(worker: int) -> None:
        for number in range(5):
            for _ in range(20):
                try:
                    sent.append(here.answer(f"{worker}.{number}"))
                    break
                except TryLater:
                    time.sleep(0.05)

    workers = [threading.Thread(target=write, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    read = [here.karoline.wait(lambda one, i=ident: one.event_id == i) for ident in sent]
    assert sorted(one.body for one in read) == sorted(f"{w}.{n}" for w in range(3) for n in range(5))
    import vodozemac

    raw = [here.raw(ident) for ident in sent]
    places = {(one["session_id"], vodozemac.MegolmMessage.from_base64(one["ciphertext"]).message_index()) for one in raw}
    assert len(places) == 15


def test_nothing_is_sent_before_the_key_is_kept(here: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    first = here.answer("Den første")
    assert here.karoline.wait(lambda one: one.event_id == first).body == "Den første"
    before = [one["event_id"] for one in here.person.seen(here.room)]
    monkeypatch.setattr(here.drawer, "write", lambda _values: False)
    with pytest.raises(TryLater, match="Another process writes the same keys"):
        here.answer("Aldrig")
    monkeypatch.undo()
    assert [one["event_id"] for one in here.person.seen(here.room)] == before


def test_a_broken_ratchet_is_mended(here: Setting) -> None:
    here.heard(here.karoline.write(here.room, "Før"))
    cursor = here.ears.stop()
    for name in [one for one in here.drawer.rows if one.startswith("olm:")]:
        del here.drawer.rows[name]
    here.karoline.client.invalidate_outbound_session(here.room)
    dark = here.karoline.write(here.room, "Nøglen går tabt")
    here.ears = Listener(here.account, cursor)
    assert here.heard(dark).text == UNREADABLE
    time.sleep(1)
    here.karoline.sync()
    here.karoline.client.invalidate_outbound_session(here.room)
    assert here.heard(here.karoline.write(here.room, "Igen")).text == "Igen"


def test_keys_are_given_out_once_and_the_last_one_stays(
    here: Setting, karoline: NioPerson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(identity, "FALLBACK_SECONDS", 0)
    here.heard(karoline.write(here.room, "Først"))
    cursor = here.ears.stop()
    asked = {"one_time_keys": {here.person.user: {here.device: "signed_curve25519"}}}

    def claim() -> dict[str, Any]:
        found = karoline.person.call("POST", "/keys/claim", json=asked)["one_time_keys"]
        [key] = found[here.person.user][here.device].values()
        return key

    given: list[dict[str, Any]] = [claim()]
    while not given[-1].get("fallback"):
        given.append(claim())
        assert len(given) < 80
    assert len({one["key"] for one in given}) == len(given) >= 40
    assert claim()["key"] == given[-1]["key"]
    # Whoever comes now begins with the last key, and is read.
    later = NioPerson(karoline.person, tmp_path / "sidste")
    event = later.write(here.room, "Med den sidste nøgle")
    here.ears = Listener(here.account, cursor)
    assert here.heard(event).text == "Med den sidste nøgle"
    assert claim().get("fallback") is None
    later.do(later.client.logout())
    later.close()
