"""The API channel as its page says: both examples are run, against the live process on a real database, with answers to the app and back."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection
from granian.constants import Interfaces
from granian.server.embed import Server
from psycopg.conninfo import make_conninfo
from standardwebhooks.webhooks import Webhook

from samspil import kit
from samspil.base import bell
from samspil.base.clock import now
from samspil.base.models import Counter
from samspil.channels.api.channel import channel
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, understand_waiting
from samspil.intake.models import Account, Envelope, Interaction
from samspil.kit.webhooks import signed
from samspil.organisation.models import Organisation
from samspil.project.live.app import Live
from samspil.reply.actions import change, change_due, send_due, sent_again, write
from samspil.reply.models import Reply
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DOC = Path(kit.__file__).parents[1] / "channels" / "api" / "doc.md"


def example(language: str) -> str:
    """The page's only block of the language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


class App(BaseHTTPRequestHandler):
    """Somebody's app, with the reference library: takes answers once by their id; ``answers`` come instead, in their order."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        said = Webhook(SECRET).verify(body, dict(self.headers.items()))
        if said["type"] == "ping":
            self.say(200, {})
        elif self.server.answers:
            status, answer = self.server.answers.pop(0)
            if status == "lost":
                self.server.got.setdefault(self.headers["webhook-id"], said)
                self.close_connection = True
                return
            self.say(status, answer)
        else:
            again = self.headers["webhook-id"] in self.server.got
            self.server.got.setdefault(self.headers["webhook-id"], said)
            self.say(409 if again else 200, {"id": f"app-{len(self.server.got)}"})

    def say(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def app() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        server.got, server.answers = {}, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def config(app: ThreadingHTTPServer, /, **more: object) -> dict[str, object]:
    return {"app": "shop-app", "secret": SECRET, "url": f"http://127.0.0.1:{app.server_address[1]}/in", **more}


def account(app: ThreadingHTTPServer, /, **more: object) -> kit.Account:
    return kit.Account(id="a", name="App", config=config(app, **more), key=bytes(32))


def outbound(**more: object) -> kit.Outbound:
    values = {
        "id": "r-1",
        "conversation": "c",
        "to": kit.Handle(network="app", address="u-17", display="Karoline"),
        "text": "Hej Æ",
    }
    return kit.Outbound(**values | {"author": "Mette", **more})


def test_the_app_gets_an_answer_once_whatever_happens(app):
    app.answers = [("lost", {}), (503, {}), (429, {})]
    for _ in range(3):
        with pytest.raises(kit.TryLater):
            channel().send(outbound(), account(app))
    assert channel().send(outbound(), account(app)) == kit.Sent(external_id="shop-app:app-1")
    (said,) = app.got.values()
    assert (said["text"], said["author"], said["to"]) == ("Hej Æ", "Mette", {"id": "u-17", "name": "Karoline"})


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        ("edit", {"text": "Hej Ø"}, {"type": "edit", "text": "Hej Ø"}),
        ("delete", {}, {"type": "delete"}),
        ("react", {"emoji": "👍"}, {"type": "reaction", "emoji": "👍", "removed": False}),
        ("unreact", {"emoji": "👍"}, {"type": "reaction", "emoji": "👍", "removed": True}),
        ("read", {}, {"type": "read"}),
    ],
)
def test_what_we_do_to_a_message_is_told_once_whatever_happens(app, kind, more, told):
    to = kit.Handle(network="app", address="u-17", display="Karoline")
    made = kit.Change(id="c-1", kind=kind, to=to, target="shop-app:m-1", author="Mette", **more)
    app.answers = [("lost", {}), (503, {})]
    for _ in range(2):
        with pytest.raises(kit.TryLater):
            channel().change(made, account(app))
    assert channel().change(made, account(app)) == kit.Sent(external_id="shop-app:app-1")
    common = {"id": "c-1", "target": "m-1", "to": {"id": "u-17", "name": "Karoline"}, "author": "Mette"}
    assert app.got == {"c-1": {**told, **common}}
    app.answers = [(422, {"error": "Too old"})]
    with pytest.raises(kit.Unreachable, match="The app: Too old"):
        channel().change(made, account(app))


def test_typing_is_told(app):
    channel().typing(kit.Handle(network="app", address="u-17"), "shop-app:m-1", account(app))
    (said,) = app.got.values()
    assert (said["type"], said["to"]) == ("typing", {"id": "u-17", "name": ""})


def test_files_go_along(app, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"hej")
    file = kit.File(name="a.txt", content_type="text/plain", size=3, open=(tmp_path / "a.txt").open)
    channel().send(
        outbound(files=[kit.File(name="a.txt", content_type="text/plain", size=3, open=lambda: (tmp_path / "a.txt").open("rb"))]),
        account(app),
    )
    assert app.got["r-1"]["attachments"] == [{"name": "a.txt", "type": "text/plain", "size": 3, "content": "aGVq"}]
    with pytest.raises(kit.Unreachable, match="at most 5 MB"):
        channel().send(
            outbound(files=[kit.File(name=file.name, content_type="a/b", size=5_000_001, open=file.open)]), account(app)
        )


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((404, {"error": "Karoline has deleted the app", "permanent": True}), kit.Unreachable, "Karoline has deleted the app"),
        ((400, {"error": 1}), kit.Unreachable, "The app: 400"),
        ((401, {}), kit.TryLater, "the same secret"),
    ],
)
def test_what_the_app_refuses(app, answer, error, says):
    app.answers = [answer]
    with pytest.raises(error, match=says) as caught:
        channel().send(outbound(), account(app))
    assert getattr(caught.value, "permanent", False) == (answer[1].get("permanent") is True)


def test_without_an_address_or_a_secret_nothing_is_sent(app):
    for wrong in ({"url": ""}, {"url": "ftp://x.example"}, {"secret": "short"}):
        with pytest.raises(kit.Unreachable, match="in its settings"):
            channel().send(outbound(), account(app, **wrong))


def test_check_pings(app):
    assert [(c.name, c.ok) for c in channel().check(account(app))] == [("name", True), ("secret", True), ("send", True)]
    assert [(c.name, c.ok) for c in channel().check(account(app, app="Shop", secret="x"))] == [("name", False), ("secret", False)]
    app.shutdown()
    assert [(c.name, c.ok) for c in channel().check(account(app, url="http://127.0.0.1:9/"))][-1] == ("send", False)


@contextmanager
def served() -> Iterator[str]:
    """The live process's application on a port of its own, by the server that it has outside."""
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as free:
        port = free.server_address[1]
    server = Server(Live(), address="127.0.0.1", port=port, interface=Interfaces.ASGINL, log_enabled=False)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    for _ in range(400):
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/healthz").status_code == 200:
                break
        time.sleep(0.05)
    yield address
    server.stop()
    thread.join(20)


@pytest.fixture
def live(db, settings, monkeypatch) -> Iterator[str]:
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])

    def ring(topic: str, data: object = None) -> None:
        with psycopg.connect(settings.SAMSPIL_DSN, autocommit=True) as ringing:
            ringing.execute("SELECT pg_notify(%s, %s)", [bell.CHANNEL, json.dumps([topic, data])])

    monkeypatch.setattr(bell, "ring", ring)
    with served() as address:
        yield address


def post(hook: str, said: object, **headers: str) -> httpx.Response:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    own = signed(ident="r-9", at=int(time.time()), body=body, secrets=[SECRET])
    return httpx.post(hook, content=body, headers=own | headers)


def understood() -> None:
    while understand_waiting(at=now()):
        pass


def answered(row: Account, mette, text: str) -> Reply:  # noqa: F811
    reply = write(conversation=Conversation.objects.get().pk, by=mette, text=text, at=now())
    while send_due(at=now()):
        pass
    return Reply.objects.get(pk=reply.pk)


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_page(live, organisation, mette, tmp_path):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="api", name="App", config={"app": "shop-app", "secret": SECRET})
    # Only what the examples need: they are somebody else's programs, and know nothing of ours.
    said = {"SAMSPIL_HOOK": f"{live}/in/{row.pk}", "SAMSPIL_SECRET": SECRET, "PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", example("sh")], env=said, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ('{"accepted": 1}', 0), done.stderr
    (tmp_path / "app.py").write_text(example("python"))
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as free:
        port = free.server_address[1]
    program = subprocess.Popen(
        [sys.executable, tmp_path / "app.py"], env=said | {"PORT": str(port)}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert [program.stdout.readline() for _ in range(2)] == ["{'accepted': 1}\n"] * 2
        understood()
        talk = Conversation.objects.get()
        assert talk.messages == 2
        assert set(Interaction.objects.values_list("kind", "text", "amount")) == {
            ("message", "Hvor er min pakke?", None), ("message", "Den skulle være kommet i går", None), ("purchase", "", 499),
        }  # fmt: skip
        Account.objects.filter(pk=row.pk).update(config={**row.config, "url": f"http://127.0.0.1:{port}"})
        assert answered(row, mette, "Den kommer i dag").state == "accepted"
        assert program.stdout.readline() == "Mette Krogh to u-17: Den kommer i dag\n"
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
    assert Consumer.objects.get(pk=talk.consumer_id).name == "Karoline Holm"


@pytest.mark.django_db(transaction=True)
def test_there_and_back_and_what_was_missed(live, app, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="api", name="App", config=config(app))
    hook = f"{live}/in/{row.pk}"
    karoline = {"id": "u-17", "name": "Karoline Holm"}
    first = {"type": "message", "id": "m-1", "author": karoline, "text": "Hvor er min pakke?"}
    assert [post(hook, first).json() for _ in range(2)] == [{"accepted": 1}] * 2
    understood()
    assert answered(row, mette, "Den er på vej").external_id == "shop-app:app-1"
    (told,) = app.got.values()
    assert told["in_reply_to"] == "m-1"
    files = [{"name": "lås.txt", "type": "text/plain", "content": "aGVq"}]
    post(hook, {"events": [
        {"type": "delivery", "id": "f-1", "target": "app-1", "state": "delivered"},
        {"type": "message", "id": "m-2", "author": karoline, "text": "Tak", "conversation": told["conversation"], "attachments": files},
        {"type": "edit", "id": "e-1", "author": karoline, "target": "m-2", "text": "Mange tak"},
    ]})  # fmt: skip
    understood()
    talk = Conversation.objects.get()
    assert (talk.messages, Reply.objects.get().state) == (3, "delivered")
    assert Interaction.objects.get(external_id="shop-app:m-2").attachments.get().size == 3
    for _ in range(101):
        write(conversation=talk.pk, by=mette, text="mere", at=now())
    while send_due(at=now()):
        pass
    pages = [post(hook, {"type": "replay"}).json()]
    pages.append(post(hook, {"type": "replay", "after": pages[0]["next"]}).json())
    assert [len(p["messages"]) for p in pages] == [100, 2]
    assert pages[1]["next"] == ""
    assert (
        {m["id"] for p in pages for m in p["messages"]}
        == {told["id"], *app.got}
        == {str(r) for r in Reply.objects.values_list("pk", flat=True)}
    )
    assert pages[0]["messages"][0] == told
    assert post(hook, {"type": "replay", "since": now().isoformat()}).json() == {"messages": [], "next": ""}
    assert (post(hook, {"type": "replay", "after": "here"}).status_code) == 400


@pytest.mark.django_db(transaction=True)
def test_what_was_missed_has_its_newest_words(live, app, organisation, mette, django_assert_num_queries):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="api", name="App", config=config(app))
    hook = f"{live}/in/{row.pk}"
    karoline = {"id": "u-17", "name": "Karoline Holm"}
    post(hook, {"type": "message", "id": "m-1", "author": karoline, "text": "Hvor er min pakke?"})
    understood()
    replies = [answered(row, mette, text) for text in ("Den er på vje", "Forkert kunde", "Ellers andet?")]
    talk = Conversation.objects.get().pk

    def act(reply: Reply, kind: str, **more: str) -> None:
        change(conversation=talk, interaction=reply.interaction_id, by=mette, kind=kind, at=now(), **more)
        while change_due(at=now()):
            pass

    act(replies[0], "edit", text="Den er på vejen")
    act(replies[0], "edit", text="Den er på vej")
    act(replies[1], "edit", text="Glem det")
    act(replies[1], "delete")
    act(replies[2], "react", emoji="👍")
    # The app itself may not change what is ours, whatever it says.
    theirs = {"author": karoline, "target": replies[2].external_id.removeprefix("shop-app:")}
    events = [{"type": "edit", "id": "e-9", "text": "Nej", **theirs}, {"type": "delete", "id": "d-9", **theirs}]
    assert post(hook, {"events": events}).json() == {"accepted": 2}
    understood()
    told = post(hook, {"type": "replay"}).json()["messages"]
    assert [(m["text"], m.get("edited"), m.get("deleted")) for m in told] == [
        ("Den er på vej", True, None),
        ("", None, True),
        ("Ellers andet?", None, None),
    ]
    with django_assert_num_queries(3):
        sent_again(account=row.pk, since=None, after="", limit=100)


@pytest.mark.django_db(transaction=True)
def test_nothing_forged_stale_or_wrong_is_kept(live, app, organisation):  # noqa: F811
    row = connect(channel="api", name="App", config=config(app))
    hook = f"{live}/in/{row.pk}"
    event = {"type": "message", "id": "m-1", "author": {"id": "u-17"}, "text": "Hej"}
    body = json.dumps(event).encode()
    stale = signed(ident="r", at=int(time.time()) - 301, body=body, secrets=[SECRET])
    assert [httpx.post(hook, content=body).status_code, httpx.post(hook, content=body, headers=stale).status_code] == [403, 403]
    assert post(hook, event, **{"webhook-id": "r-10"}).status_code == 403
    wrong = post(hook, {"events": [event, {**event, "id": "m-2", "author": {}}]})
    assert (wrong.status_code, wrong.json()) == (400, {"error": "events[1].author.id must be a text that is not empty"})
    assert post(hook, b"x" * 5_000_001).status_code == 413
    assert Envelope.objects.count() == 0
    assert Counter.objects.get(name="forged.api").count == 3
