"""The channel against the whole network as its makers try it: what a person writes is told to us by the network's own notifications."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from samspil.base.clock import now
from samspil.channels.bluesky import gone
from samspil.channels.bluesky import pull as pulling
from samspil.channels.bluesky.channel import BlueskyChannel
from samspil.channels.bluesky.session import forget_sessions
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.bluesky.network import running
from tests.channels.bluesky.pds import PNG, Person, join
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers
CHANNEL = BlueskyChannel()
PATIENCE = 30.0


@contextmanager
def database() -> Iterator[str]:
    """A database of its own on the tests' PostgreSQL; its address."""
    parts = urlsplit(os.environ["SAMSPIL_DATABASE_URL"])
    name = f"test_run{os.getpid()}_bluesky"  # the sweep of what killed runs left knows this form
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server of accounts, on a network of our own."""
    folder = tmp_path_factory.mktemp("network")
    with database() as url, running(folder, url) as address:
        yield address


@pytest.fixture
def people(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Person, Person]]:
    """Us and somebody else, new in each test."""
    forget_sessions()
    monkeypatch.setattr(pulling, "PAUSE", 0.2)
    monkeypatch.setattr(gone, "EVERY", 0)
    number = time.monotonic_ns() // 10**6 % 10**9
    yield join(server, f"butik{number}"), join(server, f"karoline{number}")
    forget_sessions()


@pytest.fixture
def row(people: tuple[Person, Person]) -> Any:
    """Our account."""
    butik = people[0]
    config = {"server": butik.url, "identifier": butik.handle, "app_password": butik.app_password(), "direct_messages": False}
    return connect(channel="bluesky", name="B", config=config, own=[butik.handle])


def fetched(row: Any, count: int) -> None:
    """Fetch until so many things have been understood."""
    until = time.monotonic() + PATIENCE
    batches = CHANNEL.pull(account_view(row), row.cursor)
    while Interaction.objects.filter(outgoing=False).count() < count:
        assert time.monotonic() < until, [str(one) for one in Interaction.objects.values_list("kind", "text")]
        batch = next(batches)
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        while understand_waiting(at=now()):
            pass
    batches.close()
    row.refresh_from_db()


def mention(name: Person, text: str) -> dict[str, Any]:
    """A text that begins with somebody's name, and the mark of it."""
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": name.did}
    return {
        "text": f"@{name.handle} {text}",
        "facets": [{"index": {"byteStart": 0, "byteEnd": len(f"@{name.handle}")}, "features": [feature]}],
    }


@pytest.mark.django_db
def test_the_whole_way_on_the_whole_network(people, row, organisation, mette) -> None:  # noqa: F811
    butik, karoline = people
    Organisation.objects.update(undo_seconds=0)
    asked = karoline.post(**mention(butik, "mit batteri er fladt"))
    fetched(row, 1)
    assert str(Handle.objects.get(address=karoline.did)) == f"@{karoline.handle}"
    said = Interaction.objects.get()
    assert (said.text, said.public, said.external_id) == (f"@{butik.handle} mit batteri er fladt", True, asked["uri"])

    write(conversation=Conversation.objects.get().pk, by=mette, text="Det er en sætning på dansk. " * 15, at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert reply.state == "accepted", reply.detail
    seen = _seen_by(karoline, asked["uri"], 2)
    assert seen[0]["uri"] == reply.external_id
    assert seen[1]["record"]["reply"]["parent"]["uri"] == reply.external_id

    ours = {key: seen[1][key] for key in ("uri", "cid")}
    karoline.call(
        "POST",
        "com.atproto.repo.createRecord",
        json={
            "repo": karoline.did,
            "collection": "app.bsky.feed.like",
            "record": {"$type": "app.bsky.feed.like", "subject": ours, "createdAt": "2026-03-02T09:15:00.000Z"},
        },
    )
    picture = karoline.call("POST", "com.atproto.repo.uploadBlob", content=PNG, headers={"content-type": "image/png"})["blob"]
    shown = {"$type": "app.bsky.embed.images", "images": [{"alt": "Den lyser", "image": picture}]}
    thanks = karoline.post("Tak!", reply={"root": asked, "parent": ours}, embed=shown)
    fetched(row, 3)
    assert Conversation.objects.get().messages == 3
    assert sorted(Interaction.objects.filter(outgoing=False).values_list("kind", flat=True)) == ["message", "message", "reaction"]

    said = Interaction.objects.get(external_id=thanks["uri"])
    assert said.text == "Tak!\n\n[image: Den lyser]"
    assert [one.name for one in said.attachments.all()] == ["image-1.webp"]  # as the network's view gives it

    repo, collection, key = thanks["uri"].removeprefix("at://").split("/")
    karoline.call("POST", "com.atproto.repo.deleteRecord", json={"repo": repo, "collection": collection, "rkey": key})
    fetched(row, 4)
    assert Interaction.objects.get(kind="delete").data["target"] == thanks["uri"]


@pytest.mark.django_db
def test_what_may_not_be_answered_is_told_before_it_is_posted(people, row, organisation, mette) -> None:  # noqa: F811
    butik, karoline = people
    Organisation.objects.update(undo_seconds=0)
    asked = karoline.post(**mention(butik, "kun for mig selv"))
    gate = {"$type": "app.bsky.feed.threadgate", "post": asked["uri"], "allow": [], "createdAt": "2026-03-02T09:15:00.000Z"}
    body = {
        "repo": karoline.did,
        "collection": "app.bsky.feed.threadgate",
        "rkey": asked["uri"].rpartition("/")[2],
        "record": gate,
    }
    karoline.call("POST", "com.atproto.repo.createRecord", json=body)
    fetched(row, 1)
    conversation = Conversation.objects.get()
    write(conversation=conversation.pk, by=mette, text="Javel", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert reply.state == "failed"
    assert "limited who may answer" in reply.detail


def _seen_by(person: Person, uri: str, count: int) -> list[dict[str, Any]]:
    """The posts below a post as somebody else sees them, one below the other."""
    until = time.monotonic() + PATIENCE
    while True:
        thread = person.call("GET", "app.bsky.feed.getPostThread", params={"uri": uri})["thread"]
        found = []
        while thread.get("replies"):
            thread = thread["replies"][0]
            found.append(thread["post"])
        if len(found) >= count:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.3)
