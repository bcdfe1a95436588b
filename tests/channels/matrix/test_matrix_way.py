"""The whole way on a real homeserver: written there, fetched by the runner, in a conversation, answered, seen there; then changed and taken back."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell
from samspil.base.clock import now
from samspil.base.live import TOPIC
from samspil.base.models import Kept
from samspil.channels.matrix import words
from samspil.conversation.models import Conversation
from samspil.conversation.queries import thread
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, understand_waiting
from samspil.intake.models import Account, Envelope, Handle, Interaction
from samspil.organisation.models import Organisation
from samspil.project.runners import _Runner
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.matrix.nio_person import NioPerson
from tests.channels.matrix.secrecy import joined, secret_room
from tests.channels.matrix.synapse import Person, Synapse
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def karoline(synapse: Synapse) -> Person:
    return synapse.person("karoline", "Karoline Vestergaard")


@pytest.fixture
def account(synapse: Synapse, organisation, settings, request) -> Account:  # noqa: F811
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    Organisation.objects.update(undo_seconds=0)
    # Another one for each test: the keys of the one before went with its database.
    shop = synapse.person(request.node.name, "Nordlys")
    config = {"server": synapse.url, "user": shop.user, "access_token": shop.token}
    return connect(channel="matrix", name="Nordlys", config=config)


@pytest.fixture
def runner(account: Account, karoline: Person) -> Iterator[_Runner]:
    """The program's own runner; a last message lets its question return, so that it sees that it shall stop."""
    running = _Runner(account.pk, ())
    running.start()
    yield running
    running.stop.set()
    karoline.write(karoline.room_with(account.config["user"]), "Farvel")
    running.join(40)
    assert not running.is_alive()


def until(found: Callable[[], Any], seconds: float = 40) -> Any:
    """What is found, once it is; the spine takes meanwhile what has come."""
    end = time.monotonic() + seconds
    while not (got := found()):
        assert time.monotonic() < end, [(e.state, e.error) for e in Envelope.objects.all()]
        while understand_waiting(at=now()):
            pass
        time.sleep(0.1)
    return got


def test_the_whole_way(
    account: Account,
    karoline: Person,
    mette: Any,  # noqa: F811
    runner: _Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = karoline.room_with(account.config["user"])
    first = karoline.write(room, "Mit batteri er fladt")
    message = until(lambda: Interaction.objects.filter(kind="message").first())
    assert (message.text, message.external_id, message.public) == ("Mit batteri er fladt", f"{room}/{first}", False)
    handle, person, conversation = Handle.objects.get(), Consumer.objects.get(), Conversation.objects.get()
    assert (handle.network, handle.address, person.name) == ("matrix", karoline.user, "Karoline Vestergaard")

    told: list[Any] = []
    ring = bell.ring
    monkeypatch.setattr(bell, "ring", lambda topic, data=None: (told.append((topic, data)), ring(topic, data)))
    karoline.call("PUT", f"/_matrix/client/v3/rooms/{room}/typing/{karoline.user}", json={"typing": True, "timeout": 5000})
    until(lambda: (TOPIC, {"signal": "typing", "conversation": str(conversation.pk), "visitor": True}) in told)

    write(conversation=conversation.pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert reply.state == "accepted", reply.detail
    answer = reply.external_id.partition("/")[2]
    [seen] = [one["content"] for one in karoline.seen(room) if one["event_id"] == answer]
    assert (seen["body"], seen["m.relates_to"]["m.in_reply_to"]["event_id"]) == ("Det klarer vi", first)

    karoline.read(room, answer)
    until(lambda: Reply.objects.get().state == "read")
    newest = {"msgtype": "m.text", "body": "Mit batteri er fladt igen"}
    relation = {"rel_type": "m.replace", "event_id": first}
    karoline.write(room, {"msgtype": "m.text", "body": "* x", "m.new_content": newest, "m.relates_to": relation})
    until(lambda: Interaction.objects.filter(kind="edit", text="Mit batteri er fladt igen").exists())
    second = karoline.write(room, "Og så et til")
    until(lambda: Interaction.objects.filter(external_id=f"{room}/{second}").exists())
    karoline.redact(room, second)
    until(lambda: Interaction.objects.filter(kind="delete").exists())

    # Anybody may write an event that says it changes ours; it is not believed.
    relation = {"rel_type": "m.replace", "event_id": answer}
    newest = {"msgtype": "m.text", "body": "Det klarer vi ikke"}
    forged = karoline.write(room, {"msgtype": "m.text", "body": "* x", "m.new_content": newest, "m.relates_to": relation})
    until(lambda: Interaction.objects.filter(external_id=f"{room}/{forged}").exists())

    shown, _ = thread(Conversation.objects.get())
    assert [(one.kind, one.text, one.original, one.deleted) for one in shown if one.kind in {"in", "out"}] == [
        ("in", "Mit batteri er fladt igen", "Mit batteri er fladt", False),
        ("out", "Det klarer vi", "", False),
        ("in", "Og så et til", "Og så et til", True),
    ]


@pytest.mark.filterwarnings("default")
def test_the_whole_way_in_secret(
    account: Account,
    synapse: Synapse,
    mette: Any,  # noqa: F811
    runner: _Runner,
    tmp_path: Path,
) -> None:
    other = NioPerson(synapse.person("vej-hemmelig", "Karoline Hemmelig"), tmp_path)
    room = secret_room(other.person, account.config["user"])
    joined(other, room, account.config["user"])
    first = other.write(room, "Mit batteri er fladt")
    message = until(lambda: Interaction.objects.filter(external_id=f"{room}/{first}").first())
    assert (message.text, message.public) == ("Mit batteri er fladt", False)
    assert Kept.objects.filter(owner=account.pk).count() >= 4

    write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert reply.state == "accepted", reply.detail
    ident = reply.external_id.partition("/")[2]
    assert other.wait(lambda one: one.event_id == ident).body == "Det klarer vi"
    [seen] = [one for one in other.person.seen(room) if one["event_id"] == ident]
    assert seen["type"] == "m.room.encrypted"

    newest = {"msgtype": "m.text", "body": "Mit batteri er fladt igen"}
    relation = {"rel_type": "m.replace", "event_id": first}
    other.write(room, {"msgtype": "m.text", "body": "* x", "m.new_content": newest, "m.relates_to": relation})
    until(lambda: Interaction.objects.filter(kind="edit", text="Mit batteri er fladt igen").exists())
    shown, _ = thread(Conversation.objects.get())
    assert [(one.kind, one.text, one.original) for one in shown if one.kind in {"in", "out"}] == [
        ("in", "Mit batteri er fladt igen", "Mit batteri er fladt"),
        ("out", "Det klarer vi", ""),
    ]

    # A message whose key comes later: shown as what it is, and read when the key is there.
    told = other.without_telling(room)
    early = other.write(room, "Før nøglen")
    dark = until(lambda: Interaction.objects.filter(external_id=f"{room}/{early}").first())
    assert dark.text == words.NO_KEY["da"]
    other.tell(account.config["user"], told)
    until(lambda: Interaction.objects.filter(kind="edit", text="Før nøglen").exists())
    shown, _ = thread(Conversation.objects.get())
    assert [(one.text, one.original) for one in shown if one.kind == "in"][-1] == ("Før nøglen", words.NO_KEY["da"])
    other.close()
