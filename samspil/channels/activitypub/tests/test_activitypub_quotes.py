"""Who may quote notes of ours: what is answered, what is shown, and what is refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from samspil.channels.activitypub import answers, notes, quotes
from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.channel import ActivityPubChannel
from samspil.channels.activitypub.settings import settings_of
from samspil.channels.activitypub.tests.peer import KAROLINE, US, Net, account, actor, delivery
from samspil.kit import Forged, Heard, Request, TryLater
from samspil.kit.web import Answer

QUOTE = "https://norrebro.example/users/karoline/statuses/9"
KEY = account().key


class Kept:
    """What the core has of our notes."""

    def __init__(self, **notes_: Mapping[str, Any]) -> None:
        self.notes = {f"{US}/notes/{name}": note for name, note in notes_.items()}

    def sent(self, external_id: str) -> Mapping[str, Any] | None:
        return {"note": self.notes[external_id]} if external_id in self.notes else None


OURS: Any = Kept(
    public={"type": "Note", "to": [KAROLINE], "cc": [notes.PUBLIC]},
    direct={"type": "Note", "to": [KAROLINE], "cc": []},
    gone={"type": "Tombstone", "to": [KAROLINE], "cc": [notes.PUBLIC]},
)


@pytest.fixture
def net() -> Net:
    found = Net()
    found.add(actor())
    return found


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], str]]:
    found: list[tuple[dict[str, Any], str]] = []

    def deliver(body: bytes, inbox: str, _settings: object, _strangers: object = None) -> Answer:
        found.append((json.loads(body), inbox))
        return Answer(status=202, headers={})

    monkeypatch.setattr(answers, "deliver", deliver)
    return found


def asked(target: str, **more: Any) -> dict[str, Any]:
    quote = {"id": QUOTE, "type": "Note", "attributedTo": KAROLINE, "quote": target}
    return {"id": f"{KAROLINE}/q/1", "type": "QuoteRequest", "actor": KAROLINE, "object": target, "instrument": quote, **more}


def heard(activity: dict[str, Any], net: Net, **config: Any) -> Heard:
    found = ActivityPubChannel(Actors(net.get)).host(delivery(activity), account(**config), OURS)
    assert found is not None
    return found


def shown(url: str, **config: Any) -> dict[str, Any] | None:
    request = Request(method="GET", url=url, headers={"host": "firma.example"}, body=b"")
    found = ActivityPubChannel().host(request, account(**config), OURS)
    return json.loads(found.body) if found is not None else None


def test_a_public_note_may_be_quoted_and_the_permission_is_shown(net: Net, posted: list[tuple[dict[str, Any], str]]) -> None:
    found = heard(asked(f"{US}/notes/public"), net)
    assert (found.status, found.envelopes, posted) == (202, (), [])
    assert found.then is not None
    found.then()
    [(said, where)] = posted
    assert (said["type"], said["to"], where) == ("Accept", [KAROLINE], f"{KAROLINE}/inbox")
    assert said["object"] == {
        "id": f"{KAROLINE}/q/1", "type": "QuoteRequest", "actor": KAROLINE, "object": f"{US}/notes/public", "instrument": QUOTE,
    }  # fmt: skip
    permission = shown(said["result"])
    assert permission is not None
    assert {name: value for name, value in permission.items() if name != "@context"} == {
        "id": said["result"],
        "type": "QuoteAuthorization",
        "attributedTo": settings_of(account()).actor,
        "interactingObject": QUOTE,
        "interactionTarget": f"{US}/notes/public",
    }


@pytest.mark.parametrize(
    "target", [f"{US}/notes/direct", f"{US}/notes/gone", f"{US}/notes/none", f"{US}/actor", "https://x.example/1", ""]
)
def test_what_is_not_public_or_not_ours_may_not_be_quoted(
    net: Net, posted: list[tuple[dict[str, Any], str]], target: str
) -> None:
    then = heard(asked(target), net).then
    assert then is not None
    then()
    [(said, _)] = posted
    assert said["type"] == "Reject"
    assert "result" not in said


def test_the_account_may_say_no(net: Net, posted: list[tuple[dict[str, Any], str]]) -> None:
    then = heard(asked(f"{US}/notes/public"), net, quotes=False).then
    assert then is not None
    then()
    assert posted[0][0]["type"] == "Reject"
    good = quotes.stamp("public", QUOTE, settings_of(account()), KEY)
    assert shown(good) is not None
    assert shown(good, quotes=False) is None  # a permission ends with the account's leave


@pytest.mark.parametrize("instrument", [None, "", "https://evil.example/1", "x", f"{KAROLINE}/{'x' * 1000}"])
def test_nobody_asks_for_others(net: Net, instrument: object) -> None:
    with pytest.raises(Forged, match="not theirs"):
        heard(asked(f"{US}/notes/public", instrument=instrument), net)


def test_a_permission_cannot_be_made_up() -> None:
    settings = settings_of(account())
    good = quotes.stamp("public", QUOTE, settings, KEY)
    assert shown(good) is not None
    start, name, packed, mark = good.rsplit("/", 3)
    other = quotes.stamp("public", "https://evil.example/1", settings, KEY).rsplit("/", 2)[1]
    for wrong in (
        f"{start}/{name}/{other}/{mark}",
        f"{start}/{name}/{packed}/{'0' * 32}",
        f"{start}/{name}/{packed}/æ",
        f"{start}/{name}/!/{mark}",
        f"{start}/{name}/_w/{mark}",
        quotes.stamp("direct", QUOTE, settings, KEY),
        quotes.stamp("gone", QUOTE, settings, KEY),
        quotes.stamp("none", QUOTE, settings, KEY),
        quotes.stamp("public", QUOTE, settings, b"another key"),
    ):
        assert shown(wrong) is None


def test_an_answer_that_is_not_taken_is_asked_for_again(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "deliver", lambda *_: Answer(status=500, headers={}))
    then = heard(asked(f"{US}/notes/public"), net).then
    assert then is not None
    with pytest.raises(TryLater):
        then()
