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
from samspil.reply.actions import change, change_due, send_due, write
from samspil.reply.models import Change, Reply
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


def does(row: Conversation, interaction: Interaction, mette, kind: str, **more: Any) -> Change:  # noqa: F811
    made = change(conversation=row.pk, interaction=interaction.pk, by=mette, kind=kind, at=now(), **more)
    assert change_due(at=now()) == made.pk
    made.refresh_from_db()
    assert made.state == "done", made.detail
    return made


def test_what_we_do_to_messages_and_who_may_quote_them(fedify: str, account: Account, mette) -> None:  # noqa: F811
    with listening(OURS, 80, f"http://{OURS}") as seen:
        us = f"http://{OURS}/in/{account.pk}/actor"
        question = karoline(type="Create", to=us, content="<p>Mit batteri er fladt</p>")
        asked = until(lambda: Interaction.objects.filter(kind="message", outgoing=False).first(), "the question", seen)
        row = Conversation.objects.get()
        write(conversation=row.pk, by=mette, text="Det klarer vi", at=now())
        while send_due(at=now()):
            pass
        ours = Interaction.objects.get(kind="message", outgoing=True)
        until(lambda: heard("Create"), "the answer", seen)

        karoline(type="QuoteRequest", to=us, object=ours.external_id)
        [yes] = until(lambda: heard("Accept"), "the leave to quote", seen)
        permission = httpx.get(yes["result"], headers={"accept": "application/activity+json"}).json()
        assert (permission["type"], permission["interactionTarget"]) == ("QuoteAuthorization", ours.external_id)
        assert permission["interactingObject"].startswith(f"http://{THEIRS}/notes/")

        does(row, ours, mette, "edit", text="Det klarer vi i dag")
        [update] = until(lambda: heard("Update"), "the new words", seen)
        assert (update["id"], "Det klarer vi i dag" in update["content"]) == (ours.external_id, True)
        assert update["quotable"] == ["https://www.w3.org/ns/activitystreams#Public"]
        does(row, asked, mette, "react", emoji="⭐")
        [like] = until(lambda: heard("Like"), "the sign", seen)
        assert like["object"] == question
        does(row, asked, mette, "unreact", emoji="⭐")
        [undo] = until(lambda: heard("Undo"), "its taking back", seen)
        assert undo["id"] == like["id"]
        does(row, ours, mette, "delete")
        [gone] = until(lambda: heard("Delete"), "the taking back", seen)
        assert gone["id"] == ours.external_id
        karoline(type="QuoteRequest", to=us, object=ours.external_id)
        until(lambda: heard("Reject"), "the no", seen)
        assert httpx.get(yes["result"]).status_code == 404
        assert not Envelope.objects.filter(state__in=["quarantined", "not_understood"]).exists()
        assert not heard("Error")
        assert {line for line in seen if line.startswith("POST") and not line.endswith("202")} == set(), fedify
