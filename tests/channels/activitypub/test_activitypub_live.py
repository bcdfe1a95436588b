"""The live process as a server of the fediverse, on a real database: pages, deliveries, and what is refused."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell, registry
from samspil.base.clock import now
from samspil.base.models import Counter
from samspil.channels.activitypub import answers
from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.tests.peer import KAROLINE, Net, actor, create, delivery, private
from samspil.conversation.models import Conversation
from samspil.intake.actions import configure, connect, understand_waiting
from samspil.intake.actions.accounts import Incomplete
from samspil.intake.models import Account, Envelope, Handle, Interaction
from samspil.intake.queries import followers, followers_count
from samspil.kit.web import Answer
from samspil.organisation.models import Organisation
from samspil.project.live import hosting
from samspil.project.live.app import Live
from samspil.project.live.tests.client import Answer as Given
from samspil.project.live.tests.client import Client
from samspil.reply.actions import attach, change, change_due, send_due, write
from samspil.reply.models import Change, Reply
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
Scenario = Callable[[Live, Client], Awaitable[None]]
HOST = {"host": "firma.example"}


@pytest.fixture(autouse=True)
def _heard(settings, monkeypatch):
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    monkeypatch.setattr(bell, "ring", lambda *_args: None)


@pytest.fixture
def net(monkeypatch) -> Net:
    found = Net()
    found.add(actor())
    monkeypatch.setattr(registry.channel("activitypub"), "actors", Actors(found.get))
    return found


@pytest.fixture
def posted(monkeypatch) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def post(url: str, *, content: bytes, **_more: Any) -> Answer:
        found.append((url, json.loads(content)))
        return Answer(status=202, headers={})

    monkeypatch.setattr(answers, "post", post)
    return found


@pytest.fixture
def account(organisation, net) -> Account:  # noqa: F811
    return connect(channel="activitypub", name="Fediverse", config={"host": "firma.example", "username": "firma"})


def run(scenario: Scenario) -> None:
    async def whole() -> None:
        live = Live()
        live.ours = live.hosting._ours = live.ours.model_copy(update={"live_url": "https://firma.example"})
        try:
            await asyncio.wait_for(scenario(live, Client(live)), 60)
        finally:
            await live.close()

    asyncio.run(whole())


async def hand_in(client: Client, row: Account, activity: Any, place: str = "inbox", **more: Any) -> Given:
    text = json.dumps(activity).replace("https://firma.example/in/1", f"https://firma.example/in/{row.pk}")
    asked = delivery(text.encode(), url=f"https://firma.example/in/{row.pk}/{place}", **more)
    return await client.post(urlsplit(asked.url).path, asked.body, asked.headers)


def test_pages_are_found_by_the_public_name(account):
    root = f"https://firma.example/in/{account.pk}"

    async def scenario(live: Live, client: Client) -> None:
        finger = "/.well-known/webfinger?resource=acct:firma@firma.example"
        assert (await client.get(finger, HOST)).json()["links"][0]["href"] == f"{root}/actor"
        assert (await client.get(finger, {"host": "other.example"})).status == 404
        assert (await client.get("/.well-known/webfinger?resource=acct:x@firma.example", HOST)).status == 404
        assert (await client.get("/.well-known/nodeinfo", HOST)).status == 200
        shown = await client.get(f"/in/{account.pk}/actor", HOST)
        assert (shown.status, shown.headers["content-type"]) == (200, "application/activity+json; charset=utf-8")
        assert shown.json()["inbox"] == f"{root}/inbox"
        for path in ("outbox", "followers", "following", "nodeinfo/2.1"):
            assert (await client.get(f"/in/{account.pk}/{path}", HOST)).status == 200
        for path in ("", "/nothing", "/notes/1", "/inbox"):
            assert (await client.get(f"/in/{account.pk}{path}", HOST)).status == 404

    run(scenario)


def test_two_accounts_of_one_name_are_asked_in_turn(account):
    second = connect(channel="activitypub", name="Salg", config={"host": "firma.example", "username": "salg"})

    async def scenario(live: Live, client: Client) -> None:
        for row, user in ((account, "firma"), (second, "salg")):
            found = await client.get(f"/.well-known/webfinger?resource=acct:{user}@firma.example", HOST)
            assert found.json()["links"][0]["href"].endswith(f"{row.pk}/actor")

    run(scenario)


@pytest.mark.parametrize("rfc", [False, True])
def test_a_delivery_is_kept_once(account, rfc):
    async def scenario(live: Live, client: Client) -> None:
        for _ in range(3):
            assert (await hand_in(client, account, create(), rfc=rfc)).status == 202

    run(scenario)
    assert Envelope.objects.count() == 1


def test_what_is_forged_is_401_and_counted_and_nothing_is_kept(account):
    async def scenario(live: Live, client: Client) -> None:
        assert (await hand_in(client, account, create(), key=private(1))).status == 401
        assert (await client.post(f"/in/{account.pk}/inbox", create(), HOST)).status == 401
        assert (await hand_in(client, account, create(id="https://evil.example/1"))).status == 401

    run(scenario)
    assert Envelope.objects.count() == 0
    assert Counter.objects.get(name="forged.activitypub").count == 3


def test_what_is_too_large_or_no_activity_is_refused(account):
    async def scenario(live: Live, client: Client) -> None:
        assert (await client.post(f"/in/{account.pk}/inbox", b"x" * 10_000_000, HOST)).status == 413
        assert (await hand_in(client, account, [])).status == 400
        assert (await hand_in(client, account, create(), place="nothing")).status == 404

    run(scenario)
    assert Envelope.objects.count() == 0


def test_a_server_that_hangs_holds_up_neither_readers_nor_the_rest(account, net, monkeypatch):
    monkeypatch.setattr(hosting, "SECONDS_TO_HOST", 0.5)
    free = threading.Event()
    get = net.get

    def slow(url: str, **more: Any) -> Answer:
        if "slow.example" in url:
            free.wait(10)
        return get(url, **more)

    registry.channel("activitypub").actors = Actors(slow)
    hanging = "https://slow.example/users/eve"
    activity = {"id": f"{hanging}/1", "type": "Like", "actor": hanging, "object": "x"}

    async def scenario(live: Live, client: Client) -> None:
        waiting = [asyncio.ensure_future(hand_in(client, account, activity, key_id=f"{hanging}#main-key")) for _ in range(30)]
        await asyncio.sleep(0.1)
        assert (await client.get(f"/in/{account.pk}/actor", HOST)).status == 200
        assert (await hand_in(client, account, create())).status == 202
        assert {given.status for given in await asyncio.gather(*waiting)} == {503}
        free.set()

    run(scenario)
    assert Envelope.objects.count() == 1


FOLLOW = {"id": f"{KAROLINE}/follows/1", "type": "Follow", "actor": KAROLINE, "object": "https://firma.example/in/1/actor"}


def test_followers_stay_and_go(account, posted):
    async def follow(live: Live, client: Client) -> None:
        assert (await hand_in(client, account, FOLLOW)).status == 202
        assert (await hand_in(client, account, FOLLOW)).status == 202

    async def leave(live: Live, client: Client) -> None:
        assert (await client.get(f"/in/{account.pk}/followers", HOST)).json()["totalItems"] == 1
        undo = {"id": f"{KAROLINE}/undo/1", "type": "Undo", "actor": KAROLINE, "object": FOLLOW}
        assert (await hand_in(client, account, undo)).status == 202

    run(follow)
    understand_waiting(at=now())
    assert [said["type"] for _, said in posted] == ["Accept", "Accept"]
    [(handle, reach)] = followers(account=account.pk)
    assert handle == Handle.objects.get(address="karoline@norrebro.example").pk
    assert (reach["inbox"], reach["shared"]) == (f"{KAROLINE}/inbox", "https://norrebro.example/inbox")
    run(leave)
    understand_waiting(at=now())
    assert followers(account=account.pk) == []
    again = {**FOLLOW, "id": f"{KAROLINE}/follows/2", "published": "2020-01-01T00:00:00Z"}
    run(lambda _live, client: hand_in(client, account, again))  # type: ignore[arg-type,return-value]
    understand_waiting(at=now())
    # The last word is the last that came, whatever time it bears.
    assert followers_count(account=account.pk) == 1
    Handle.objects.update(dead_at=now())
    assert followers_count(account=account.pk) == 0


def test_a_follow_that_cannot_be_accepted_is_asked_for_again(account, monkeypatch):
    monkeypatch.setattr(answers, "post", lambda *_a, **_k: Answer(status=500, headers={}))

    async def scenario(live: Live, client: Client) -> None:
        assert (await hand_in(client, account, FOLLOW)).status == 503

    run(scenario)
    assert Envelope.objects.count() == 1


def test_the_whole_way_of_a_question(account, posted, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    public = {"to": ["https://www.w3.org/ns/activitystreams#Public"]}

    async def ask(live: Live, client: Client) -> None:
        assert (await hand_in(client, account, create(**public), place="shared")).status == 202

    run(ask)
    understand_waiting(at=now())
    question = Interaction.objects.get()
    assert (question.text, question.public) == ("Mit batteri er fladt", True)
    write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    root = f"https://firma.example/in/{account.pk}"
    assert (reply.state, reply.external_id) == ("accepted", f"{root}/notes/{reply.pk}")
    [(inbox, said)] = posted
    assert (inbox, said["object"]["inReplyTo"]) == ("https://norrebro.example/inbox", f"{KAROLINE}/statuses/1")
    answer = Interaction.objects.get(outgoing=True)
    assert (answer.public, answer.text) == (True, "Det klarer vi")

    async def look(live: Live, client: Client) -> None:
        shown = (await client.get(urlsplit(reply.external_id).path, HOST)).json()
        assert {key: shown[key] for key in said["object"]} == said["object"]
        assert (await client.get(f"/in/{account.pk}/outbox", HOST)).json()["totalItems"] == 1
        page = (await client.get(f"/in/{account.pk}/outbox?page=true", HOST)).json()
        assert [item["object"]["id"] for item in page["orderedItems"]] == [reply.external_id]
        older = f"/in/{account.pk}/outbox?page=true&before={reply.pk}"
        assert (await client.get(older, HOST)).json()["orderedItems"] == []
        like = {"id": f"{KAROLINE}/l/1", "type": "Like", "actor": KAROLINE, "object": reply.external_id}
        assert (await hand_in(client, account, like)).status == 202
        back = create(id=f"{KAROLINE}/statuses/2", content="Tak", inReplyTo=reply.external_id)
        assert (await hand_in(client, account, {**back, "id": f"{KAROLINE}/statuses/2/activity"})).status == 202

    run(look)
    understand_waiting(at=now())
    assert Conversation.objects.count() == 1
    assert Interaction.objects.filter(kind="reaction", data__target=reply.external_id).count() == 1


def test_keys_are_made_at_connect_and_are_a_secret(account):
    assert "keys" not in account.config
    assert b"PRIVATE" not in bytes(account.secrets)
    row = configure(account=account.pk, name="F", config={"host": "firma.example", "username": "firma", "display_name": "Firma"})
    assert row.secrets
    with pytest.raises(Incomplete, match="host name"):
        connect(channel="activitypub", name="x", config={"host": "no/host", "username": "firma"})
    assert Account.objects.count() == 1


def test_what_is_changed_is_told_and_shown_and_what_is_taken_back_is_gone(account, posted, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    public = {"to": ["https://www.w3.org/ns/activitystreams#Public"]}

    async def ask(live: Live, client: Client) -> None:
        assert (await hand_in(client, account, create(**public), place="shared")).status == 202

    run(ask)
    understand_waiting(at=now())
    row = Conversation.objects.get()
    write(conversation=row.pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    ours = Interaction.objects.get(outgoing=True)
    place = urlsplit(ours.external_id).path

    def does(kind: str, **more: str) -> Change:
        made = change(conversation=row.pk, interaction=ours.pk, by=mette, kind=kind, at=now(), **more)
        assert change_due(at=now()) == made.pk
        made.refresh_from_db()
        assert made.state == "done", made.detail
        return made

    first = does("edit", text="Det klarer vi i dag")
    second = does("edit", text="Det klarer vi nu")
    root = f"https://firma.example/in/{account.pk}"
    assert [(inbox, said["id"], said["type"]) for inbox, said in posted[1:]] == [
        ("https://norrebro.example/inbox", f"{root}/changes/{made.pk}", "Update") for made in (first, second)
    ]
    assert posted[2][1]["object"] == posted[0][1]["object"] | {
        key: posted[2][1]["object"][key] for key in ("content", "contentMap", "updated")
    }

    async def changed(live: Live, client: Client) -> None:
        shown = (await client.get(place, HOST)).json()
        assert "Det klarer vi nu" in shown["content"]
        assert shown["updated"] >= shown["published"]
        page = (await client.get(f"/in/{account.pk}/outbox?page=true", HOST)).json()
        assert [item["object"]["content"] for item in page["orderedItems"]] == [shown["content"]]

    run(changed)
    third = does("delete")
    assert posted[3][1]["object"] == {"id": ours.external_id, "type": "Tombstone"}
    assert (posted[3][1]["id"], posted[3][1]["type"]) == (f"{root}/changes/{third.pk}", "Delete")

    async def gone(live: Live, client: Client) -> None:
        answer = await client.get(place, HOST)
        assert answer.status == 410
        assert (answer.json()["type"], "content" in answer.json()) == ("Tombstone", False)
        assert (await client.get(f"{place}/create", HOST)).status == 410
        assert (await client.get(f"/in/{account.pk}/outbox", HOST)).json()["totalItems"] == 0
        assert (await client.get(f"/in/{account.pk}/outbox?page=true", HOST)).json()["orderedItems"] == []

    run(gone)


def test_a_file_of_ours_is_shown_to_who_has_its_address_until_the_note_is_taken_back(account, posted, mette, settings, tmp_path):  # noqa: F811
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"
    Organisation.objects.update(undo_seconds=0)
    public = create(to=["https://www.w3.org/ns/activitystreams#Public"])

    async def ask(live: Live, client: Client) -> None:
        assert (await hand_in(client, account, public, place="shared")).status == 202

    run(ask)
    understand_waiting(at=now())
    row = Conversation.objects.get()
    kept = [
        attach(conversation=row.pk, by=mette, name=name, content_type=kind, pieces=[content], at=now(), alt=alt)
        for name, kind, content, alt in (("a.png", "image/png", b"PNG", "En kat"), ("b.html", "text/html", b"<script>", ""))
    ]
    reply = write(conversation=row.pk, by=mette, text="Se her", files=[f.pk for f in kept], at=now())
    while send_due(at=now()):
        pass
    shown = posted[0][1]["object"]["attachment"]
    assert [(f["type"], f["mediaType"], f["name"]) for f in shown] == [
        ("Document", "image/png", "En kat"),
        ("Document", "text/html", "b.html"),
    ]
    places = [urlsplit(f["url"]).path for f in shown]
    assert places[0].startswith(f"/in/{account.pk}/files/{reply.pk}/0/")

    async def look(live: Live, client: Client) -> None:
        first, second = [await client.get(place, HOST) for place in places]
        assert [(a.status, a.headers["content-type"], a.body) for a in (first, second)] == [
            (200, "image/png", b"PNG"),
            (200, "application/octet-stream", b"<script>"),
        ]
        assert second.headers["x-content-type-options"] == "nosniff"
        assert second.headers["content-security-policy"].startswith("sandbox")
        last = "0" if places[0][-1] != "0" else "1"
        for wrong in (places[0][:-1] + last, places[0].replace("/0/", "/1/"), places[0].replace("/0/", "/9/")):
            assert (await client.get(wrong, HOST)).status == 404

    run(look)
    ours = Interaction.objects.get(kind="message", outgoing=True)
    change(conversation=row.pk, interaction=ours.pk, by=mette, kind="edit", text="Se nu", at=now())
    assert change_due(at=now())
    assert posted[-1][1]["object"]["attachment"] == shown
    change(conversation=row.pk, interaction=ours.pk, by=mette, kind="delete", at=now())
    assert change_due(at=now())

    async def gone(live: Live, client: Client) -> None:
        assert [(await client.get(place, HOST)).status for place in places] == [410, 410]

    run(gone)
