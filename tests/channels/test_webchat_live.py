"""The live process on a real database: what visitors and colleagues are told, and what is refused."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil import kit
from samspil.base import bell
from samspil.base import live as signals
from samspil.base.clock import now
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.base.models import Counter, FactRow
from samspil.channels.webchat import tokens
from samspil.channels.webchat.channel import WebChat
from samspil.conversation.actions import finish, mark_read
from samspil.conversation.facts import ColleagueNotified, ConversationChanged
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, understand_waiting
from samspil.intake.models import Account, Attachment, Envelope, Handle, Interaction
from samspil.intake.queries import envelope_view
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Colleague
from samspil.project.live import arrivals
from samspil.project.live.app import Live
from samspil.project.live.tests.client import Answer, Client
from samspil.project.settings import settings as ours
from samspil.pulse.actions import arrange, ask_due
from samspil.pulse.models import Said
from samspil.reply.actions import attach, change_due, send_due, send_now, write
from samspil.reply.actions import change as carry_out
from samspil.reply.models import Change, Reply
from samspil.reply.queries import files_of

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "kun til prøver"
Scenario = Callable[[Live, Client], Awaitable[None]]


@pytest.fixture(autouse=True)
def _heard(settings, monkeypatch):
    """The tests' own database rings: a bell's thread would keep a connection to it."""
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])

    def ring(topic: str, data: object = None) -> None:
        with psycopg.connect(settings.SAMSPIL_DSN, autocommit=True) as ringing:
            ringing.execute("SELECT pg_notify(%s, %s)", [bell.CHANNEL, json.dumps([topic, data])])

    monkeypatch.setattr(bell, "ring", ring)


@pytest.fixture
def account(db) -> Account:
    found(name="Havblik", language="da")
    return connect(channel="webchat", name="Havblik", config={"origins": "https://butik.example", "identity_secret": SECRET})


@pytest.fixture
def jonas(account) -> Colleague:
    return take_in(email="jonas@firma.example", name="Jonas Lund", password="cykelkurv-i-sol", role="admin")


def cookie(colleague: Colleague) -> dict[str, str]:
    store = SessionStore()
    store[SESSION_KEY] = str(colleague.pk)
    store[BACKEND_SESSION_KEY] = "samspil.organisation.ui.backend.WithRole"
    store[HASH_SESSION_KEY] = colleague.get_session_auth_hash()
    store.save()
    return {"cookie": f"theme=dark; sessionid={store.session_key}"}


def run(scenario: Scenario) -> None:
    async def whole() -> None:
        live = Live()
        try:
            await asyncio.wait_for(scenario(live, Client(live)), 60)
        finally:
            await live.close()

    asyncio.run(whole())


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def say(token: str, text: str = "Hej", **more: object) -> dict[str, object]:
    return {"token": token, "id": str(uuid4()), "text": text, **more}


async def begin(client: Client, account: Account) -> str:
    return str((await client.post(f"/widget/{account.pk}/session", {"language": "da"})).json()["token"])


async def understood(live: Live) -> int:
    return await live.database.ask(understand_waiting, at=now())


def answer_as(jonas: Colleague, text: str) -> Reply:
    reply = write(conversation=Conversation.objects.get().pk, by=jonas, text=text, at=now())
    send_now(reply=reply.pk, by=jonas, at=now())
    assert send_due(at=now()) == reply.pk
    return reply


def test_a_message_is_on_disk_when_it_is_answered_and_stored_once(account):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        said = say(token, "Hej\x00 på jer", page={"url": "https://butik.example/a", "title": "A"})
        first, second = [await client.post(f"/in/{account.pk}", said) for _ in range(2)]
        assert (first.status, first.json(), second.status) == (202, {"id": said["id"]}, 202)
        assert await live.database.ask(Envelope.objects.count) == 1
        assert await understood(live) == 1
        rows = await live.database.ask(
            lambda: list(Interaction.objects.values_list("text", "data__page__title", "handle__network"))
        )
        assert rows == [("Hej på jer", "A", "webchat")]

    run(scenario)


def test_a_hundred_at_once_share_transactions_and_all_are_there(account):
    async def scenario(live: Live, client: Client) -> None:
        tokens_ = [tokens.token_of(uuid4().hex, bytes(account.key)) for _ in range(100)]
        answers = await asyncio.gather(*[client.post(f"/in/{account.pk}", say(t)) for t in tokens_])
        assert [a.status for a in answers] == [202] * 100
        assert await live.database.ask(Envelope.objects.count) == 100

    run(scenario)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": "v1." + "0" * 32 + "." + "0" * 32}, 403),
        ({"identity": {"mail": "a@b.example", "signature": "0" * 64}}, 403),
        ({"text": ""}, 400),
        ({"text": "a" * 4001}, 400),
        ({"id": "../x"}, 400),
    ],
)
def test_what_is_forged_or_without_form_is_refused_and_nothing_is_stored(account, change, status):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        answer = await client.post(f"/in/{account.pk}", {**say(token), **change})
        assert answer.status == status
        assert await live.database.ask(Envelope.objects.count) == 0
        counted = await live.database.ask(lambda: dict(Counter.objects.values_list("name", "count")))
        assert counted == ({"forged.webchat": 1} if status == 403 else {})
        forged = await client.get(f"/widget/{account.pk}/history", bearer(token[:-1] + "x"))
        assert forged.status == 403
        assert (await client.get(f"/widget/{account.pk}/history")).status == 401

    run(scenario)


@pytest.mark.parametrize(("minutes", "status", "kept"), [(19, 202, 2), (21, 409, 1)])
def test_words_are_changed_while_they_are_new_whoever_asks_and_taken_back_at_any_time(account, minutes, status, kept):
    async def scenario(live: Live, client: Client) -> None:
        token, other = [await begin(client, account) for _ in range(2)]
        said = say(token, "Mit bateri")
        door = f"/in/{account.pk}"
        change = {"token": token, "id": new_ident(), "edit": said["id"], "text": "Mit batteri"}
        # It may come before what it changes has been understood: then that has just come.
        assert [(await client.post(door, one)).status for one in (said, change)] == [202, 202]
        await live.database.ask(lambda: Envelope.objects.filter(external_id__endswith=change["id"]).delete())
        await understood(live)
        came = now() - timedelta(minutes=minutes)
        await live.database.ask(lambda: Interaction.objects.update(at=came))
        answer = await client.post(door, {**change, "id": new_ident()})
        assert (answer.status, await live.database.ask(Envelope.objects.count)) == (status, kept)
        # Another visitor's message of that id is another message, and not there.
        assert (await client.post(door, {**change, "token": other, "id": new_ident()})).status == 202
        assert (await client.post(door, {"token": token, "id": new_ident(), "delete": said["id"]})).status == 202

    run(scenario)


def new_ident() -> str:
    return uuid4().hex


def test_bodies_accounts_and_addresses_have_bounds(account):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        big = say(token, "a", padding="x" * 5_000_001)
        assert (await client.post(f"/in/{account.pk}", big)).status == 413
        small = len(json.dumps(say(token, "a", padding="x" * 200_000)))
        silent = say(token, "a", padding="x" * 200_000)  # whoever does not say how much it is may send little
        assert (await client.post(f"/in/{account.pk}", silent)).status == 413
        assert (await client.post(f"/in/{account.pk}", b"x" * small, {"content-length": str(small)})).status == 400
        declared = await client.post(f"/in/{account.pk}", b"{}", {"content-length": "12000001"})
        assert declared.status == 413
        assert (await client.post(f"/in/{uuid4()}", say(token))).status == 404
        assert (await client.post("/in/../../etc", say(token))).status == 404
        assert (await client.get("/widget/x/y/z")).status == 404
        assert await live.database.ask(Envelope.objects.count) == 0

    run(scenario)


def test_only_pages_of_the_account_may_call(account):
    async def scenario(live: Live, client: Client) -> None:
        here, there = {"origin": "https://butik.example"}, {"origin": "https://evil.example"}
        asked = await client.call("OPTIONS", f"/widget/{account.pk}/events", headers=here)
        assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, "https://butik.example")
        assert "authorization" in asked.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in asked.headers
        assert (await client.call("OPTIONS", f"/widget/{account.pk}/events", headers=there)).status == 403
        token = await begin(client, account)
        assert (await client.post(f"/in/{account.pk}", say(token), there)).status == 403
        assert await live.database.ask(Envelope.objects.count) == 0
        welcome = await client.post(f"/in/{account.pk}", say(token), here)
        assert (welcome.status, welcome.headers["access-control-allow-origin"]) == (202, "https://butik.example")

    run(scenario)


def test_one_visitor_and_one_address_cannot_flood(account):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        answers = [await client.post(f"/in/{account.pk}", say(token)) for _ in range(25)]
        assert [a.status for a in answers[:20]] == [202] * 20
        assert answers[-1].status == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
        kept = await live.database.ask(Envelope.objects.count)
        assert kept == sum(a.status == 202 for a in answers)
        stranger = Client(live, "203.0.113.7")
        statuses = [(await stranger.post(f"/widget/{account.pk}/session", {})).status for _ in range(70)]
        assert statuses[:60] == [200] * 60
        assert statuses[-1] == 429

    run(scenario)


def test_nothing_is_acknowledged_that_is_not_on_disk(account, monkeypatch):
    def broken(**_: object) -> int:
        raise psycopg.OperationalError("the disk is full")

    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        whole = arrivals.keep_many
        monkeypatch.setattr(arrivals, "keep_many", broken)
        answers = await asyncio.gather(*[client.post(f"/in/{account.pk}", say(token)) for _ in range(3)])
        assert [(a.status, a.headers["retry-after"]) for a in answers] == [(503, "2")] * 3
        assert await live.database.ask(Envelope.objects.count) == 0
        monkeypatch.setattr(arrivals, "keep_many", whole)
        assert (await client.post(f"/in/{account.pk}", say(token))).status == 202
        assert await live.database.ask(Envelope.objects.count) == 1

    run(scenario)


def test_a_lost_connection_costs_one_answer_and_no_message(account):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        assert (await client.post(f"/in/{account.pk}", say(token))).status == 202
        await live.database.ask(_cut_all)
        statuses = [(await client.post(f"/in/{account.pk}", say(token))).status for _ in range(3)]
        assert set(statuses) <= {202, 503}
        assert statuses[-1] == 202
        assert await live.database.ask(Envelope.objects.count) == 1 + statuses.count(202)

    run(scenario)
    connection.close()  # the test's own was cut too


def _cut_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_one_that_the_database_refuses_does_not_take_the_others_along(account, monkeypatch):
    whole = arrivals.keep_many

    def picky(*, envelopes, at):
        if any(b"poison" in envelope.payload for _, envelope in envelopes):
            raise psycopg.DataError("no")
        return whole(envelopes=envelopes, at=at)

    monkeypatch.setattr(arrivals, "keep_many", picky)

    async def scenario(live: Live, client: Client) -> None:
        key = bytes(account.key)
        texts = ["a", "poison", "b", "c"]
        answers = await asyncio.gather(
            *[client.post(f"/in/{account.pk}", say(tokens.token_of(uuid4().hex, key), text)) for text in texts]
        )
        assert [a.status for a in answers] == [202, 503, 202, 202]
        assert await live.database.ask(Envelope.objects.count) == 3

    run(scenario)


def test_the_visitor_is_answered_and_both_see_what_was_read(account, jonas):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        stream = await client.open(f"/widget/{account.pk}/events", bearer(token))
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert await stream.event() == ("messages", {"messages": [], "read": None, "more": False}, "")
        said = say(token, "Hvor er min pakke?")
        await client.post(f"/in/{account.pk}", said)
        await understood(live)
        name, data, _ = await stream.event()
        (mine,) = data["messages"]
        assert (name, mine["text"], mine["mine"], mine["sent"], data["read"]) == (
            "messages",
            "Hvor er min pakke?",
            True,
            said["id"],
            None,
        )
        conversation = await live.database.ask(Conversation.objects.get)
        await live.database.ask(mark_read, conversation=conversation.pk, by=jonas, at=now())
        _, data, _ = await stream.event()
        assert data["messages"] == []
        assert data["read"] >= mine["at"]
        reply = await live.database.ask(answer_as, jonas, "På vej")
        _, data, _ = await stream.event()
        (theirs,) = data["messages"]
        assert theirs == {
            "id": theirs["id"], "at": theirs["at"], "text": "På vej", "mine": False, "sent": str(reply.pk), "by": "Jonas",
            "state": "accepted", "files": [],
        }  # fmt: skip
        for what in ("delivered", "read"):
            await client.post(f"/in/{account.pk}", {"token": token, "id": str(uuid4()), what: str(reply.pk)})
            await understood(live)
            _, data, _ = await stream.event()
            assert [m["state"] for m in data["messages"]] == [what]
        await live.database.ask(reply.refresh_from_db)
        assert reply.state == "read"
        answer = await client.get(f"/widget/{account.pk}/history", bearer(token))
        assert [(m["text"], m["mine"]) for m in answer.json()["messages"]] == [("Hvor er min pakke?", True), ("På vej", False)]
        await stream.close()
        assert live.hub.visitors == {}

    run(scenario)


def test_a_question_with_answers_to_press_is_answered_by_a_press(account, jonas):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        await client.post(f"/in/{account.pk}", say(token, "Hvor er min pakke?"))
        await understood(live)
        conversation = await live.database.ask(Conversation.objects.get)
        await live.database.ask(answer_as, jonas, "Den kom i går")
        at = now().replace(hour=12)
        await live.database.ask(finish, conversations=[conversation.pk], by=jonas, at=at - timedelta(hours=1))
        await live.database.ask(arrange, unit=None, by=jonas, at=at, active=True, needs_yes=False)
        assert await live.database.ask(ask_due, at=at) == 1
        assert await live.database.ask(send_due, at=at + timedelta(minutes=1))
        shown = (await client.get(f"/widget/{account.pk}/history", bearer(token))).json()["messages"]
        question = shown[-1]
        assert [sign for sign, _ in question["choices"]] == ["😞", "🙁", "😐", "🙂", "😀"]
        assert "choices" not in shown[0]
        press = {"token": token, "id": str(uuid4()), "react": question["sent"], "emoji": "🙂"}
        assert (await client.post(f"/in/{account.pk}", press)).status == 202
        await understood(live)
        said = await live.database.ask(lambda: list(Said.objects.values_list("score", "via")))
        assert said == [(4, "sign")]
        again = (await client.get(f"/widget/{account.pk}/history", bearer(token))).json()["messages"][-1]
        assert again["signs"] == [{"sign": "🙂", "mine": True}]

    run(scenario)


def file_of(size: int, name: str = "kvittering.png", kind: str = "image/png") -> dict[str, object]:
    return {"name": name, "type": kind, "data": base64.b64encode(b"\x89PNG\r\n\x1a\n".ljust(size, b"0")).decode()}


async def send_file(client: Client, account: Account, token: str, file: object, **more: object) -> Answer:
    body = json.dumps({"token": token, "id": str(uuid4()), "file": file, **more}).encode()
    return await client.post(f"/in/{account.pk}", body, {"content-length": str(len(body))})


def test_files_go_both_ways_and_each_only_to_whom_it_was_sent(account, jonas):
    def answered() -> Reply:
        conversation = Conversation.objects.get()
        given = {"conversation": conversation.pk, "by": jonas, "at": now()}
        file = attach(**given, name="faktura <1>.pdf", content_type="application/pdf", pieces=[b"%PDF-1.7"])
        reply = write(**given, text="Se her", files=[file.pk])
        send_now(reply=reply.pk, by=jonas, at=now())
        assert send_due(at=now()) == reply.pk
        return reply

    async def scenario(live: Live, client: Client) -> None:
        token, other = await begin(client, account), await begin(client, account)
        assert (await send_file(client, account, token, file_of(3_000_000, "C:\\billeder/kvit\ntering.png"))).status == 202
        await understood(live)
        (kept,) = await live.database.ask(lambda: list(Attachment.objects.values_list("name", "content_type", "size")))
        assert kept == ("kvit tering.png", "image/png", 3_000_000)
        (mine,) = (await client.get(f"/widget/{account.pk}/history", bearer(token))).json()["messages"]
        assert (mine["text"], mine["files"]) == ("", [{"name": "kvit tering.png", "size": 3_000_000}])
        envelope = await live.database.ask(lambda: envelope_view(Envelope.objects.get()))
        assert WebChat().attachment(envelope, "file") == base64.b64decode(str(file_of(3_000_000)["data"]))
        reply = await live.database.ask(answered)
        address = f"/widget/{account.pk}/file?of={reply.pk}&n=0"
        got = await client.get(address, bearer(token))
        assert (got.status, got.body, got.headers["content-disposition"]) == (200, b"%PDF-1.7", "attachment")
        assert (got.headers["content-type"], got.headers["x-content-type-options"]) == ("application/octet-stream", "nosniff")
        assert [(await client.get(address, headers)).status for headers in (bearer(other), bearer("x"), {})] == [404, 403, 401]
        for wrong in ("n=1", "n=-1", "n=", "n=9999", "n=²"):
            assert (await client.get(f"/widget/{account.pk}/file?of={reply.pk}&{wrong}", bearer(token))).status == 404
        assert (await client.get(f"/widget/{account.pk}/file?of={mine['sent']}&n=0", bearer(token))).status == 404

    run(scenario)


def test_a_file_is_given_to_a_network_that_fetches_it_until_it_is_taken_back(account, jonas, settings):
    settings.SAMSPIL_LIVE_URL = "https://live.example"

    def written() -> tuple[Reply, list[kit.File]]:
        given = {"conversation": Conversation.objects.get().pk, "by": jonas, "at": now()}
        kinds = {"tegning.png": "image/png", "side.html": "text/html"}
        files = [attach(**given, name=name, content_type=kind, pieces=[name.encode()]).pk for name, kind in kinds.items()]
        reply = write(**given, text="Se her", files=files)
        send_now(reply=reply.pk, by=jonas, at=now())
        assert send_due(at=now()) == reply.pk
        reply.refresh_from_db()
        return reply, list(files_of(Reply.objects.get()))

    def taken_back(reply: Reply) -> None:
        made = carry_out(conversation=reply.conversation_id, interaction=reply.interaction_id, by=jonas, kind="delete", at=now())
        Change.objects.filter(pk=made.pk).update(send_at=now())
        assert change_due(at=now()) == made.pk

    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        await client.post(f"/in/{account.pk}", say(token))
        await understood(live)
        reply, (picture, page) = await live.database.ask(written)
        paths = [file.url.removeprefix("https://live.example") for file in (picture, page)]
        assert paths[0].startswith(f"/in/{account.pk}/files/{reply.pk}/0/")
        first, second = [await client.get(path) for path in paths]
        assert (first.status, first.body, first.headers["content-type"]) == (200, b"tegning.png", "image/png")
        assert (second.status, second.body, second.headers["content-type"]) == (200, b"side.html", "application/octet-stream")
        assert second.headers["content-disposition"] == "attachment"
        assert first.headers["content-security-policy"] == "sandbox; default-src 'none'"
        swapped = [paths[0].replace("/0/", "/1/"), paths[0][:-1], f"{paths[0]}0", paths[0].replace("/0/", "/²/")]
        for wrong in [*swapped, paths[0].replace(str(reply.pk), str(uuid4())), f"{paths[0]}/x"]:
            assert (await client.get(wrong)).status in {400, 404}
        await live.database.ask(taken_back, reply)
        assert (await client.get(paths[0])).status == 404

    run(scenario)


@pytest.mark.parametrize(
    "file",
    [
        "x", [], {}, {"name": "a"}, {"name": "a", "data": ""}, {"name": "a", "data": "%%%"}, {"name": "a", "data": 7},
        {"name": "a", "data": "YQ"}, file_of(8_000_001),
    ],
)  # fmt: skip
def test_what_is_no_file_or_too_large_is_refused(account, file):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        assert (await send_file(client, account, token, file, text="Hej")).status == 400
        assert await live.database.ask(Envelope.objects.count) == 0

    run(scenario)


def test_files_can_be_switched_off(account):
    account.config |= {"files": False}
    account.save()

    async def scenario(live: Live, client: Client) -> None:
        session = (await client.post(f"/widget/{account.pk}/session", {"language": "da"})).json()
        assert session["max_file"] == 0
        assert (await send_file(client, account, session["token"], file_of(10))).status == 400

    run(scenario)


def test_one_address_cannot_fill_the_disk(account):
    async def scenario(live: Live, client: Client) -> None:
        stranger = Client(live, "203.0.113.7")
        token = await begin(client, account)
        statuses = [(await send_file(stranger, account, token, file_of(6_000_000))).status for _ in range(9)]
        assert statuses == [202] * 7 + [429] * 2
        assert (await stranger.post(f"/in/{account.pk}", say(token))).status == 202  # words still come through

    run(scenario)


def test_a_visitor_sees_nothing_of_others_not_even_of_the_same_consumer(account, jonas):
    async def scenario(live: Live, client: Client) -> None:
        signed = {"mail": "karoline@mail.example", "signature": tokens.signature(SECRET, mail="karoline@mail.example")}
        first, second, third = [await begin(client, account) for _ in range(3)]
        streams = [await client.open(f"/widget/{account.pk}/events", bearer(t)) for t in (second, third)]
        for stream in streams:
            await stream.event()
        for token in (first, second):
            await client.post(f"/in/{account.pk}", say(token, f"hemmeligt {token[-4:]}", identity=signed))
            await understood(live)
        assert (
            await live.database.ask(lambda: Conversation.objects.filter(merged_into=None).values("consumer").distinct().count())
            == 1
        )
        _, data, _ = await streams[0].event()
        assert [m["text"] for m in data["messages"]] == [f"hemmeligt {second[-4:]}"]
        assert await streams[0].silent()
        assert await streams[1].silent()
        history = (await client.get(f"/widget/{account.pk}/history", bearer(second))).json()["messages"]
        assert [m["text"] for m in history] == [f"hemmeligt {second[-4:]}"]
        for stream in streams:
            await stream.close()

    run(scenario)


def test_older_messages_come_by_pages(account):
    async def scenario(live: Live, client: Client) -> None:
        visitor = uuid4().hex
        token = tokens.token_of(visitor, bytes(account.key))
        live.webhooks.guard._senders.burst = 1000
        for number in range(60):
            assert (await client.post(f"/in/{account.pk}", say(token, f"nr. {number}"))).status == 202
        assert await understood(live) == 60
        page = (await client.get(f"/widget/{account.pk}/history", bearer(token))).json()
        assert (len(page["messages"]), page["more"], page["messages"][-1]["text"]) == (50, True, "nr. 59")
        first = page["messages"][0]
        at = first["at"].replace("+", "%2B")
        older = (await client.get(f"/widget/{account.pk}/history?before={at}_{first['id']}", bearer(token))).json()
        assert [m["text"] for m in older["messages"]] == [f"nr. {n}" for n in range(10)]
        assert older["more"] is False
        assert (await client.get(f"/widget/{account.pk}/history?before=x", bearer(token))).status == 400

    run(scenario)


async def heard(stream):
    """The next event but for what is told of earlier changes, which a busy machine tells late."""
    while (event := await stream.event())[0] == "changed":
        pass
    return event


def test_typing_reaches_the_other_side_and_notes_stay_inside(account, jonas):
    async def scenario(live: Live, client: Client) -> None:
        token = await begin(client, account)
        await client.post(f"/in/{account.pk}", say(token))
        await understood(live)
        visitor = await client.open(f"/widget/{account.pk}/events", bearer(token))
        await visitor.event()
        desk = await client.open("/events", await live.database.ask(cookie, jonas))
        conversation = (await live.database.ask(Conversation.objects.get)).pk
        who = {"conversation": conversation, "colleague": jonas.pk, "name": jonas.name}
        await live.database.ask(signals.typing, **who, note=True)
        assert await heard(desk) == (
            "typing",
            {"conversation": str(conversation), "colleague": str(jonas.pk), "name": "Jonas Lund", "note": True},
            "",
        )
        await live.database.ask(signals.typing, **who)
        assert (await heard(desk))[1]["note"] is False
        assert await visitor.event() == ("typing", {"name": "Jonas"}, "")
        assert (await client.post(f"/widget/{account.pk}/typing", {}, bearer(token))).status == 204
        assert await heard(desk) == ("typing", {"conversation": str(conversation), "visitor": True}, "")
        assert await visitor.silent()
        await live.database.ask(signals.presence, **who, what="looking")
        assert (await heard(desk))[1]["what"] == "looking"
        late = await client.open("/events", await live.database.ask(cookie, jonas))
        assert (await heard(late))[0] == "presence"
        for stream in (visitor, desk, late):
            await stream.close()

    run(scenario)


def change(conversation: object, colleague: Colleague | None = None) -> int:
    with step():
        if colleague:
            publish(ColleagueNotified(colleague=colleague.pk, conversation=conversation, what="mention"))
        else:
            publish(ConversationChanged(conversation=conversation, what="label"))
    return FactRow.objects.order_by("-id").values_list("id", flat=True)[0]


def test_colleagues_hear_ids_each_once_and_what_they_missed(account, jonas):
    amira = take_in(email="amira@firma.example", name="Amira Said", password="cykelkurv-i-sne")

    async def scenario(live: Live, client: Client) -> None:
        mine, theirs = [await live.database.ask(cookie, c) for c in (jonas, amira)]
        one, two = [await client.open("/events", c) for c in (mine, theirs)]
        thing = new_id()
        first = await live.database.ask(change, thing)
        for stream in (one, two):
            name, data, ident = await stream.event()
            assert (name, ident) == ("changed", str(first))
            assert data == {
                "kind": "conversation.conversation_changed",
                "conversation": str(thing),
                "what": "label",
                "by": None,
                "assignee": None,
                "cause": None,
            }
        personal = await live.database.ask(change, thing, jonas)
        assert (await one.event())[2] == str(personal)
        assert await two.silent()
        await one.close()
        last = [await live.database.ask(change, new_id()) for _ in range(3)][-1]
        again = await client.open(f"/events?after={first}", mine)
        heard = [await again.event() for _ in range(4)]
        assert [h[2] for h in heard] == [str(n) for n in range(personal, last + 1)]
        resumed = await client.open(f"/events?after={first}", {**mine, "last-event-id": str(last - 1)})
        assert (await resumed.event())[2] == str(last)
        assert await resumed.silent()
        for stream in (two, again, resumed):
            await stream.close()

    run(scenario)


def test_a_row_that_commits_late_is_told_too(account, jonas, settings):
    async def scenario(live: Live, client: Client) -> None:
        desk = await client.open("/events", await live.database.ask(cookie, jonas))
        row = '[{"conversation": "01999999-1111-7222-8333-44444444444%s", "what": "label"}]'
        insert = "INSERT INTO base_fact (kind, data) VALUES ('conversation.conversation_changed', %s::jsonb) RETURNING id"
        async with await psycopg.AsyncConnection.connect(settings.SAMSPIL_DSN) as slow:
            late = (await (await slow.execute(insert, [row % 1])).fetchone())[0]
            early = await live.database.ask(change, new_id())
            assert early > late
            assert (await desk.event())[2] == str(early)
            assert await desk.silent(1.3)
            await slow.commit()
        assert (await desk.event())[2] == str(late)
        assert await desk.silent(1.3)
        again = await client.open(f"/events?after={early}", await live.database.ask(cookie, jonas))
        assert (await again.event())[2] == str(late)
        for stream in (desk, again):
            await stream.close()

    run(scenario)


def test_too_long_ago_asks_for_everything_anew(account, jonas):
    async def scenario(live: Live, client: Client) -> None:
        live.hub.log._most = 3
        mine = await live.database.ask(cookie, jonas)
        desk = await client.open("/events", mine)
        first = await live.database.ask(change, new_id())
        for _ in range(4):
            await live.database.ask(change, new_id())
        for _ in range(5):
            await desk.event()
        back = await client.open(f"/events?after={first}", mine)
        assert await back.event() == ("reset", {}, "")
        for stream in (desk, back):
            await stream.close()

    run(scenario)


def test_the_stream_is_for_those_who_are_signed_in_on_our_own_pages(account, jonas):
    port = ours().port

    async def scenario(live: Live, client: Client) -> None:
        mine = await live.database.ask(cookie, jonas)

        async def answer(headers: dict[str, str]) -> Answer:
            stream = await client.open("/events", headers)
            await stream.close()
            return stream.answer

        assert (await answer({})).status == 401
        assert (await answer({"cookie": "sessionid=0123456789abcdef0123456789abcdef"})).status == 401
        own = await answer({**mine, "origin": f"http://localhost:{port}"})
        assert (own.status, own.headers["access-control-allow-origin"]) == (200, f"http://localhost:{port}")
        assert own.headers["access-control-allow-credentials"] == "true"
        for origin in ("https://evil.example", "null", f"http://localhost:{port + 7}", f"http://localhost.evil.example:{port}"):
            assert (await answer({**mine, "origin": origin})).status == 403
        assert (await answer({**mine, "host": "evil.example:8001"})).status == 403
        await live.database.ask(Colleague.objects.filter(pk=jonas.pk).update, is_active=False)
        assert (await answer(mine)).status == 401

    run(scenario)


def test_a_session_that_ends_ends_its_stream(account, jonas, monkeypatch):
    from samspil.project.live import desk as desk_module

    monkeypatch.setattr(desk_module, "RECHECK", 0.2)
    monkeypatch.setattr(desk_module, "PING", 0.1)

    async def scenario(live: Live, client: Client) -> None:
        desk = await client.open("/events", await live.database.ask(cookie, jonas))
        assert await desk.silent(0.6)
        assert not desk.ended.is_set()
        await live.database.ask(SessionStore.get_model_class().objects.all().delete)
        await asyncio.wait_for(desk.ended.wait(), 5)
        assert live.hub.desks == set()

    run(scenario)


def test_a_stream_ends_after_so_many_bytes_and_goes_on_without_a_gap(account, jonas, monkeypatch):
    from samspil.project.live import desk as desk_module

    monkeypatch.setattr(desk_module, "MOST_WRITTEN", 500)

    async def scenario(live: Live, client: Client) -> None:
        mine = await live.database.ask(cookie, jonas)
        desk = await client.open("/events", mine)
        told = []
        while not desk.ended.is_set():
            last = await live.database.ask(change, new_id())
            told.append((await desk.event())[2])
            assert told[-1] == str(last)
            await asyncio.sleep(0.02)
        assert 2 <= len(told) <= 5
        missed = await live.database.ask(change, new_id())
        again = await client.open("/events", {**mine, "last-event-id": told[-1]})
        assert (await again.event())[2] == str(missed)
        await again.close()

    run(scenario)


def test_a_reader_that_is_too_slow_is_let_go(account, jonas):
    async def scenario(live: Live, client: Client) -> None:
        await client.get("/healthz")
        slow = live.hub.open_desk(jonas.pk, None)
        for _ in range(1200):
            slow.put(b"x" * 1000)
        assert slow.closed
        assert len(await slow.take(within=0.1)) <= 1_000_000

    run(scenario)


def test_health_says_whether_it_listens(account):
    async def scenario(live: Live, client: Client) -> None:
        assert (await client.get("/healthz")).status == 503
        await asyncio.wait_for(live.reader.begun.wait(), 5)
        await asyncio.sleep(0.05)
        answer = await client.get("/healthz")
        assert (answer.status, answer.json()) == (200, {"listening": True, "streams": 0})

    run(scenario)


def test_a_changed_account_is_known_at_once(account):
    from samspil.intake.actions import configure

    async def scenario(live: Live, client: Client) -> None:
        there = {"origin": "https://ny.example"}
        await begin(client, account)
        assert (await client.post(f"/widget/{account.pk}/session", {}, there)).status == 403
        await live.database.ask(configure, account=account.pk, name="Havblik", config={"origins": "https://ny.example"})
        await asyncio.sleep(0.3)
        assert (await client.post(f"/widget/{account.pk}/session", {}, there)).status == 200

    run(scenario)


def test_the_script_is_served_small_and_kept(account):
    async def scenario(live: Live, client: Client) -> None:
        plain = await client.get("/widget/chat.js")
        packed = await client.get("/widget/chat.js", {"accept-encoding": "gzip, br"})
        assert (plain.status, packed.headers["content-encoding"]) == (200, "br")
        assert len(packed.body) < 25_000 < len(plain.body)
        assert packed.headers["cache-control"].startswith("public, max-age=3600")
        known = await client.get("/widget/chat.js", {"if-none-match": plain.headers["etag"]})
        assert (known.status, known.body) == (304, b"")
        assert await live.database.ask(Handle.objects.count) == 0

    run(scenario)
