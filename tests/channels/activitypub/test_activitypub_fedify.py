"""Both ways with a server on Fedify, whose signatures and JSON-LD are code of its own: with either kind of signature first."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell, registry
from samspil.base.clock import now
from samspil.channels.activitypub.actors import Actors
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, understand_waiting
from samspil.intake.models import Account, Envelope, Handle, Interaction
from samspil.intake.queries import followers
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.activitypub.fedify import running
from tests.channels.activitypub.ours import listening
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

THEIRS, OURS = "127.0.0.4", "127.0.0.2"
pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1", "::1", THEIRS, OURS]),
]
PATIENCE = 45.0
KAROLINE = f"http://{THEIRS}/users/karoline"


@pytest.fixture(params=["draft-cavage-http-signatures-12", "rfc9421"])
def fedify(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if os.geteuid() != 0:
        pytest.skip("Fedify needs port 80 here, which only root may have")
    with running(tmp_path, ORIGIN=f"http://{THEIRS}", HOST=THEIRS, KNOCK=request.param):
        yield request.param


@pytest.fixture
def account(organisation, settings, monkeypatch) -> Account:  # noqa: F811
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    monkeypatch.setattr(bell, "ring", lambda *_args: None)
    monkeypatch.setattr(registry.channel("activitypub"), "actors", Actors())
    Organisation.objects.update(undo_seconds=0)
    config = {"host": f"http://{OURS}", "username": "firma", "inside": THEIRS}
    return connect(channel="activitypub", name="Fediverse", config=config)


def karoline(**wanted: Any) -> str:
    answer = httpx.post(f"http://{THEIRS}/_do", json=wanted, timeout=30)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def heard(kind: str) -> list[dict[str, Any]]:
    return [one for one in httpx.get(f"http://{THEIRS}/_heard").json() if one["type"] == kind]


def until(found: Callable[[], Any], what: str, seen: list[str]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        while understand_waiting(at=now()):
            pass
        if value := found():
            return value
        time.sleep(0.3)
    trouble = list(Envelope.objects.values_list("state", "error"))
    raise AssertionError(f"{what} was not seen: {trouble} {seen} {httpx.get(f'http://{THEIRS}/_heard').json()}")


def test_both_ways(fedify: str, account: Account, mette) -> None:  # noqa: F811
    with listening(OURS, 80, f"http://{OURS}") as seen:
        us = f"http://{OURS}/in/{account.pk}/actor"
        karoline(type="Follow", to=us)
        [(_, reach)] = until(lambda: followers(account=account.pk), "the follow", seen)
        assert (reach["actor"], reach["shared"]) == (KAROLINE, f"http://{THEIRS}/inbox")
        until(lambda: heard("Accept"), "the acceptance", seen)

        question = karoline(type="Create", to=us, content="<p>Mit batteri er fladt</p>")
        asked = until(lambda: Interaction.objects.filter(kind="message", outgoing=False).first(), "the question", seen)
        assert (asked.text, asked.public, asked.external_id) == ("Mit batteri er fladt", True, question)
        assert Handle.objects.get().address == f"karoline@{THEIRS}"
        write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
        while send_due(at=now()):
            pass
        reply = Reply.objects.get()
        assert reply.state == "accepted", reply.detail
        [answer] = until(lambda: heard("Create"), "the answer", seen)
        assert (answer["reply"], answer["id"], answer["actor"]) == (question, reply.external_id, us)
        assert "Det klarer vi" in answer["content"]

        karoline(type="Like", to=us, object=reply.external_id)
        until(lambda: Interaction.objects.filter(kind="reaction", data__target=reply.external_id).exists(), "the like", seen)
        karoline(type="Create", to=us, content="Tak", reply=reply.external_id, direct=True)
        until(lambda: Interaction.objects.filter(kind="message", outgoing=False).count() == 2, "the thanks", seen)
        assert Conversation.objects.count() == 1
        assert not Interaction.objects.filter(kind="message", outgoing=False).latest("id").public
        karoline(type="Undo", to=us)
        until(lambda: not followers(account=account.pk), "the end of the follow", seen)
        assert not Envelope.objects.filter(state__in=["quarantined", "not_understood"]).exists()
        assert not heard("Error")
        assert {line for line in seen if line.startswith("POST") and not line.endswith("202")} == set(), fedify
