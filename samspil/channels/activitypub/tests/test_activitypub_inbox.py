"""What is taken in, what is refused at the door, and that the network is asked no more than is needed."""

import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from samspil.channels.activitypub import answers, inbox
from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.channel import ActivityPubChannel
from samspil.channels.activitypub.settings import settings_of
from samspil.channels.activitypub.tests.peer import KAROLINE, US, Net, account, actor, create, delivery, private
from samspil.kit import Forged, Heard, Message, NotUnderstood, Request, TryLater
from samspil.kit.web import Answer


@pytest.fixture
def net() -> Net:
    found = Net()
    found.add(actor())
    return found


@pytest.fixture
def actors(net: Net) -> Actors:
    return Actors(net.get)


def hear(request: Request, actors: Actors, *, personal: bool = True, **config: Any) -> Heard:
    return inbox.hear(request, settings_of(account(**config)), actors, personal=personal)


def refused(request: Request, actors: Actors, **config: Any) -> str:
    with pytest.raises(Forged) as caught:
        hear(request, actors, **config)
    return str(caught.value)


@pytest.mark.parametrize("rfc", [False, True])
def test_a_note_is_taken_in_as_it_came(actors: Actors, *, rfc: bool) -> None:
    heard = hear(delivery(create(), rfc=rfc), actors)
    [envelope] = heard.envelopes
    assert (heard.status, envelope.external_id) == (202, f"{KAROLINE}/statuses/1/activity")
    assert json.loads(envelope.payload) == create()
    assert envelope.headers["acct"] == "karoline@norrebro.example"
    [event] = ActivityPubChannel(actors).understand(envelope, account())
    assert isinstance(event, Message)
    assert (event.text, event.author.address, event.public) == ("Mit batteri er fladt", "karoline@norrebro.example", False)


@pytest.mark.parametrize("rfc", [False, True])
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"body": b"{}"}, "digest"),
        ({"url": f"{US}/shared"}, "not https://norrebro"),
        ({"method": "PUT"}, "not https://norrebro"),
    ],
)
def test_what_is_changed_on_the_way_is_refused(actors: Actors, changed: dict[str, Any], says: str, *, rfc: bool) -> None:
    request = delivery(create(), rfc=rfc)
    values = {"method": request.method, "url": request.url, "headers": request.headers, "body": request.body}
    assert says in refused(Request(**{**values, **changed}), actors)


@pytest.mark.parametrize("name", ["digest", "date", "host", "signature"])
def test_every_signed_header_must_be_there(actors: Actors, name: str) -> None:
    request = delivery(create())
    headers = {key: value for key, value in request.headers.items() if key != name}
    assert refused(Request(method="POST", url=request.url, headers=headers, body=request.body), actors)


@pytest.mark.parametrize("rfc", [False, True])
@pytest.mark.parametrize("hours", [-13, 2])
def test_old_and_future_signatures_are_refused(actors: Actors, hours: int, *, rfc: bool) -> None:
    request = delivery(create(), at=datetime.now(UTC) + timedelta(hours=hours), rfc=rfc)
    assert "twelve hours" in refused(request, actors)


def test_a_signature_that_leaves_out_the_digest_is_refused(actors: Actors) -> None:
    request = delivery(create())
    short = request.headers["signature"].replace(" digest", "")
    headers = {**request.headers, "signature": short}
    assert "cover" in refused(Request(method="POST", url=request.url, headers=headers, body=request.body), actors)


def test_what_was_signed_for_another_server_is_refused(actors: Actors) -> None:
    request = delivery(create(), url="https://other.example/in/1/inbox")
    assert "another server" in refused(request, actors)


def test_the_key_of_another_server_is_refused(actors: Actors, net: Net) -> None:
    net.add(actor("https://evil.example/users/eve", private(1)))
    stolen = delivery(create(), key=private(1), key_id="https://evil.example/users/eve#main-key")
    assert "another server" in refused(stolen, actors)
    assert net.asked == []


def test_the_key_of_another_person_on_the_server_is_refused(actors: Actors, net: Net) -> None:
    net.add(actor("https://norrebro.example/users/eve", private(1)))
    stolen = delivery(create(), key=private(1), key_id="https://norrebro.example/users/eve#main-key")
    assert "karoline's" in refused(stolen, actors)


def test_a_document_that_is_another_servers_is_refused(net: Net) -> None:
    net.pages[KAROLINE] = actor("https://evil.example/users/karoline")
    assert "another" in refused(delivery(create()), Actors(net.get))


def test_a_key_that_names_another_owner_is_none(net: Net) -> None:
    document = actor()
    document["publicKey"]["owner"] = "https://norrebro.example/users/other"
    net.add(document)
    assert refused(delivery(create()), Actors(net.get))


@pytest.mark.parametrize(
    "activity",
    [
        {**create(), "id": "https://evil.example/1"},
        create(id="https://evil.example/note"),
        create(attributedTo="https://norrebro.example/users/other"),
        {
            "id": f"{KAROLINE}/u/1",
            "type": "Update",
            "actor": KAROLINE,
            "object": {"id": "https://evil.example/n", "type": "Note"},
        },
        {"id": f"{KAROLINE}/d/1", "type": "Delete", "actor": KAROLINE, "object": "https://evil.example/n"},
        {"id": f"{KAROLINE}/u/2", "type": "Undo", "actor": KAROLINE, "object": {"type": "Follow", "actor": f"{KAROLINE}2"}},
    ],
)
def test_nobody_speaks_for_others(actors: Actors, activity: dict[str, Any]) -> None:
    assert refused(delivery(activity), actors)


def test_a_changed_key_is_asked_for_once(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    actors = Actors(net.get)
    hear(delivery(create()), actors)
    net.add(actor(key=private(1)))
    net.asked.clear()
    # Within the minute nobody is asked again, however many wrong signatures come.
    assert refused(delivery(create(), key=private(1)), actors)
    assert net.asked == []
    monkeypatch.setattr("samspil.channels.activitypub.actors.AGAIN", -1.0)
    assert hear(delivery(create(), key=private(1)), actors).envelopes
    assert net.asked.count(KAROLINE) == 1


def test_known_keys_are_not_asked_for(net: Net, actors: Actors) -> None:
    hear(delivery(create()), actors)
    asked = len(net.asked)
    for _ in range(5):
        hear(delivery(create()), actors)
    assert len(net.asked) == asked


def test_a_server_that_fails_is_left_alone_for_a_while(net: Net, actors: Actors) -> None:
    net.pages[KAROLINE] = TryLater("norrebro.example: slow")
    for _ in range(3):
        with pytest.raises(TryLater):
            hear(delivery(create()), actors)
    assert net.asked == [KAROLINE]


def test_many_at_once_ask_once_for_each_and_none_is_taken_for_a_failure(net: Net) -> None:
    people = [f"https://norrebro.example/users/u{n}" for n in range(4)]
    for one in people:
        net.add(actor(one))
    asked: Counter[str] = Counter()

    def slow(url: str, **more: Any) -> Answer:
        asked[url] += 1
        time.sleep(0.05)
        return net.get(url, **more)

    actors, found = Actors(slow), []
    work = [
        threading.Thread(target=lambda who=one: found.append(actors.actor(who, settings_of(account())).id)) for one in people * 5
    ]
    # As many as have a turn or may wait for one; those beyond are asked to come again.
    for number in range(0, len(work), 10):
        for thread in work[number : number + 10]:
            thread.start()
        for thread in work[number : number + 10]:
            thread.join()
    assert sorted(found) == sorted(people * 5)
    assert {asked[one] for one in people} == {1}


def test_whoever_finds_the_line_full_is_no_failure(net: Net) -> None:
    free = threading.Event()

    def stuck(url: str, **more: Any) -> Answer:
        free.wait(10)
        return net.get(url, **more)

    people = [f"https://norrebro.example/users/u{n}" for n in range(12)]
    for one in people:
        net.add(actor(one))
    actors, settings = Actors(stuck), settings_of(account())
    busy = [threading.Thread(target=lambda who=one: actors.actor(who, settings)) for one in people]
    for thread in busy:
        thread.start()
    time.sleep(0.3)
    with pytest.raises(TryLater, match="asked already"):
        actors.actor(KAROLINE, settings)
    free.set()
    for thread in busy:
        thread.join()
    assert actors.actor(KAROLINE, settings).id == KAROLINE


def test_the_end_of_an_unknown_account_is_answered_and_forgotten(net: Net, actors: Actors) -> None:
    net.pages[KAROLINE] = 410
    heard = hear(delivery({"id": f"{KAROLINE}#delete", "type": "Delete", "actor": KAROLINE, "object": KAROLINE}), actors)
    assert (heard.status, list(heard.envelopes)) == (202, [])
    with pytest.raises(Forged):
        hear(delivery(create()), actors)


@pytest.mark.parametrize("blocked", ["norrebro.example", "@karoline@norrebro.example", KAROLINE])
def test_of_the_blocked_nothing_is_kept(actors: Actors, blocked: str) -> None:
    heard = hear(delivery(create()), actors, blocked=f"other.example, {blocked}")
    assert (heard.status, list(heard.envelopes)) == (202, [])


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"[" * 500_000, b'{"a":' * 90 + b"1" + b"}" * 90, b" " * 1_100_000])
def test_what_is_no_activity_is_refused(actors: Actors, net: Net, body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        hear(delivery(body), actors)
    assert net.asked == []


def test_of_what_comes_for_all_only_ours_is_kept(actors: Actors) -> None:
    public = {"to": ["https://www.w3.org/ns/activitystreams#Public"], "tag": []}
    assert not hear(delivery(create(**public), place="shared"), actors, personal=False).envelopes
    assert hear(delivery(create(**public, inReplyTo=f"{US}/notes/1"), place="shared"), actors, personal=False).envelopes
    for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        assert hear(delivery(create(**public, **{name: f"{US}/notes/1"}), place="shared"), actors, personal=False).envelopes
        assert not hear(
            delivery(create(**public, **{name: "https://x.example/1"}), place="shared"), actors, personal=False
        ).envelopes
    assert hear(delivery(create(), place="shared"), actors, personal=False).envelopes


def test_the_name_is_the_one_that_people_write(net: Net) -> None:
    net.add(actor(), finger="karoline@krogh.example")
    [envelope] = hear(delivery(create()), Actors(net.get)).envelopes
    assert (envelope.headers["acct"], envelope.headers["name"]) == ("karoline@krogh.example", "@karoline@krogh.example")


@pytest.mark.parametrize(
    "who", ["acct:karoline@norrebro.example", "karoline", "urn:x", "https://a:b@norrebro.example/x", "https://["]
)
def test_who_has_no_address_is_nobody(actors: Actors, who: str) -> None:
    actors.find("karoline@norrebro.example", settings_of(account()))
    assert refused(delivery({**create(), "actor": who}, key_id=who), actors)
    assert refused(delivery({**create(), "actor": who}), actors)


def test_who_has_no_user_name_is_known_by_the_id(net: Net) -> None:
    document = actor()
    del document["preferredUsername"]
    net.pages[KAROLINE] = document
    actors = Actors(net.get)
    [envelope] = hear(delivery(create()), actors).envelopes
    assert (envelope.headers["acct"], envelope.headers["name"]) == (KAROLINE, "@karoline@norrebro.example")
    [event] = ActivityPubChannel(actors).understand(envelope, account())
    assert isinstance(event, Message)
    assert event.author.address == KAROLINE
    assert actors.find(KAROLINE, settings_of(account())).inbox == f"{KAROLINE}/inbox"


def test_a_name_that_the_other_host_does_not_confirm_is_not_believed(net: Net) -> None:
    net.add(actor(), finger="direktør@bank.example")
    net.pages["acct:direktør@bank.example@@bank.example"] = {"links": []}
    [envelope] = hear(delivery(create()), Actors(net.get)).envelopes
    assert envelope.headers["acct"] == "karoline@norrebro.example"


def test_what_is_only_named_is_fetched(net: Net, actors: Actors) -> None:
    note = create()["object"]
    net.pages[note["id"]] = note
    [envelope] = hear(delivery({**create(), "object": note["id"]}), actors).envelopes
    [event] = ActivityPubChannel(actors).understand(envelope, account())
    assert isinstance(event, Message)
    assert event.text == "Mit batteri er fladt"


FOLLOW = {"id": f"{KAROLINE}/follows/1", "type": "Follow", "actor": KAROLINE, "object": f"{US}/actor"}


def test_a_follow_is_kept_and_then_accepted(actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[tuple[str, Any]] = []

    def post(url: str, *, content: bytes, headers: dict[str, str], **_more: Any) -> Answer:
        posted.append((url, json.loads(content)))
        assert "signature" in headers
        return Answer(status=202, headers={})

    monkeypatch.setattr(answers, "post", post)
    heard = hear(delivery(FOLLOW), actors)
    assert len(heard.envelopes) == 1
    assert posted == []
    assert heard.then is not None
    heard.then()
    [(url, said)] = posted
    assert (url, said["type"], said["actor"], said["object"]["id"]) == (
        f"{KAROLINE}/inbox",
        "Accept",
        f"{US}/actor",
        FOLLOW["id"],
    )


def test_a_follow_that_cannot_be_accepted_is_to_come_again(actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "post", lambda *_a, **_k: Answer(status=500, headers={}))
    heard = hear(delivery(FOLLOW), actors)
    assert heard.then is not None
    with pytest.raises(TryLater):
        heard.then()
