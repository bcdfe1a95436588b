"""A colleague told over a real Synapse, in the open and in secret, and what they do there."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from samspil.channels.matrix.settings import place_of
from samspil.kit import ColleagueWrote, Event, Handle, Notice, Unreachable
from samspil.kit.testing import Drawer
from tests.channels.matrix.listener import CHANNEL, Listener
from tests.channels.matrix.nio_person import NioPerson
from tests.channels.matrix.secrecy import account_of, joined, secret_room
from tests.channels.matrix.synapse import Person, Synapse

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def team(synapse: Synapse) -> Person:
    return synapse.person("hold", "Samspil")


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture(scope="module")
def ears(team: Person, drawer: Drawer) -> Iterator[Listener]:
    heard = Listener(account_of(team, drawer, people="colleagues"))
    yield heard
    heard.stop()


def notice(to: Person, words: str = "Anna har skrevet") -> Notice:
    return Notice(id=f"besked-{time.time_ns()}", to=Handle(network="matrix", address=to.user), subject="", text=words)


def thread(root: str, body: str) -> dict[str, Any]:
    relation = {"rel_type": "m.thread", "event_id": root, "m.in_reply_to": {"event_id": root}}
    return {"msgtype": "m.text", "body": body, "m.relates_to": relation}


def is_from(room: str, event: str) -> Any:
    return lambda one: isinstance(one, ColleagueWrote) and one.external_id == f"{room}/{event}"


def seen(one: Event) -> tuple[str, ...]:
    assert isinstance(one, ColleagueWrote)
    return (one.author.address, one.kind, one.text, one.place, one.target, one.unsure)


def test_told_and_answered_in_the_open(team: Person, synapse: Synapse, ears: Listener) -> None:
    bo, eve = synapse.person("kollega-bo", "Bo"), synapse.person("kollega-eve", "Bo")
    asked = notice(bo)
    place = CHANNEL.notify(asked, ears.account).external_id
    assert CHANNEL.notify(asked, ears.account).external_id == place  # the homeserver does not write it twice
    room, root = place_of(place)
    bo.join(room)
    assert [e["content"]["body"] for e in bo.seen(room) if e["type"] == "m.room.message"] == ["Anna har skrevet"]
    answer = bo.write(room, thread(root, "Kom forbi i morgen."))
    assert seen(ears.wait(is_from(room, answer))) == (bo.user, "said", "Kom forbi i morgen.", place, "", "")
    sign = bo.write(room, {"m.relates_to": {"rel_type": "m.annotation", "event_id": root, "key": "✅"}}, "m.reaction")
    assert seen(ears.wait(is_from(room, sign))) == (bo.user, "sign", "✅", place, "", "")
    beside = bo.write(room, "Hallo?")
    assert seen(ears.wait(is_from(room, beside))) == (bo.user, "said", "Hallo?", "", "", "")
    own = f"{room}/{answer}"
    newest = {"msgtype": "m.text", "body": "Kom i dag."}
    edit = bo.write(room, newest | {"m.new_content": newest, "m.relates_to": {"rel_type": "m.replace", "event_id": answer}})
    assert seen(ears.wait(is_from(room, edit))) == (bo.user, "edit", "Kom i dag.", own, own, "")
    bo.call("POST", f"/rooms/{quote(room)}/invite", json={"user_id": eve.user})
    with pytest.raises(Unreachable):
        CHANNEL.notify(notice(bo, "Hemmeligt"), ears.account)
    assert "Hemmeligt" not in str(bo.seen(room))
    eve.join(room)
    hers = eve.write(room, thread(root, "Fra Eve"))
    assert seen(ears.wait(is_from(room, hers))) == (eve.user, "said", "Fra Eve", place, "", "")
    assert all(isinstance(one, ColleagueWrote) for one in ears.found)


def test_told_and_answered_in_secret(team: Person, synapse: Synapse, ears: Listener, tmp_path: Path) -> None:
    bo = NioPerson(synapse.person("kollega-bodil", "Bodil"), tmp_path)
    room = secret_room(bo.person, team.user)
    joined(bo, room, team.user)
    place = CHANNEL.notify(notice(bo.person, "Et fladt batteri"), ears.account).external_id
    assert place_of(place)[0] == room
    assert "Et fladt batteri" not in str(bo.person.seen(room))
    bo.wait(lambda event: getattr(event, "body", "") == "Et fladt batteri")
    answer = bo.write(room, thread(place_of(place)[1], "Lad det op."))
    assert seen(ears.wait(is_from(room, answer))) == (bo.person.user, "said", "Lad det op.", place, "", "")
    open_ = bo.person.write(room, thread(place_of(place)[1], "I det åbne"))
    assert seen(ears.wait(is_from(room, open_)))[-1] == "not encrypted"
    bo.close()
