"""The stream, against a server of WebSockets on this machine: what it wakes, what it tells, and how it is come back to."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from samspil.channels.mastodon import pull, stream
from samspil.channels.mastodon.channel import channel
from samspil.channels.mastodon.settings import settings_of
from samspil.channels.mastodon.stream import Stream, address_of, tried
from samspil.kit import Account, Delete
from samspil.kit.web import Answer, Web


class Streams:
    """Accepts whoever shows the token, in a header."""

    def __init__(self) -> None:
        self.came: queue.Queue[ServerConnection] = queue.Queue()
        self.paths: list[str] = []
        self.refuses: HTTPStatus | None = None
        self._server = serve(
            self._talk,
            "127.0.0.1",
            0,
            process_request=self._look,
            select_subprotocol=lambda _c, given: given[0] if given else None,
        )
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _look(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        if self.refuses is not None:
            return connection.respond(self.refuses, "no")
        known = request.headers.get("Authorization") == "Bearer hemmelig"
        return None if known else connection.respond(HTTPStatus.UNAUTHORIZED, "no")

    def _talk(self, connection: ServerConnection) -> None:
        self.came.put(connection)
        for _ in connection:
            pass

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def streams() -> Iterator[Streams]:
    made = Streams()
    yield made
    made.close()


def account(streams: Streams, shown: str = "hemmelig") -> Account:
    config = {"server": f"http://127.0.0.1:{streams.port}", "access_token": shown}
    return Account(id="1", name="Butik", config=config, key=b"0" * 32)


def listening(streams: Streams, shown: str = "hemmelig") -> Stream:
    settings = settings_of(account(streams, shown))
    return Stream(settings, address_of(settings, None))


def event(kind: Any, payload: Any = "{}") -> str:
    return json.dumps({"stream": ["user"], "event": kind, "payload": payload})


def soon(what: Callable[[], Any]) -> Any:
    until = time.monotonic() + 5
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.01)
    return found


def test_who_waits_is_woken_and_told_what_was_taken_back(streams: Streams) -> None:
    with listening(streams) as heard:
        said = streams.came.get(timeout=5)
        assert heard.wait(5)  # what came before there was a connection
        assert heard.live
        assert not heard.wait(0.05)
        for odd in ("", "{", "[]", event("delete", {}), event("delete", "a b"), event(7), event("update"), "[" * 100_000):
            said.send(odd)
        said.send(event("notification"))
        assert heard.wait(5)
        said.send(event("delete", "109"))
        said.send(event("delete", 110))
        assert soon(lambda: len(heard._gone) == 2)
        assert heard.gone() == ["109", "110"]
        assert heard.gone() == []
    assert streams.paths == ["/api/v1/streaming?stream=user"]  # and no token


def test_a_lost_connection_is_made_anew_and_wakes(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PAUSES", (0.05,))
    with listening(streams) as heard:
        first = streams.came.get(timeout=5)
        assert heard.wait(5)
        first.close()
        streams.came.get(timeout=5)
        assert heard.wait(5)
    assert soon(lambda: not heard.live)


def test_who_is_refused_does_not_knock_again_at_once(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PAUSES", (0.01,))
    with listening(streams, "forkert") as heard:
        assert soon(lambda: streams.paths)
        assert not heard.wait(0.3)
        assert not heard.live
    assert len(streams.paths) == 1


def test_the_check_says_which_way_there_is(streams: Streams) -> None:
    settings = settings_of(account(streams))
    assert tried(settings, address_of(settings, None)) == "what comes is told at once"
    streams.refuses = HTTPStatus.NOT_FOUND
    assert tried(settings, address_of(settings, None)) == ""


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("wss://streaming.social.example", "wss://streaming.social.example"),
        ("wss://social.example:4000", "wss://social.example:4000"),
        ("wss://evil.example", "wss://social.example"),
        ("wss://evilsocial.example", "wss://social.example"),
        ("wss://x@social.example", "wss://social.example"),
        ("ws://social.example", "wss://social.example"),
        ("wss://[", "wss://social.example"),
        (None, "wss://social.example"),
        ({}, "wss://social.example"),
    ],
)
def test_the_token_stays_at_the_server_s_own_domain(told: object, where: str) -> None:
    settings = settings_of(Account(id="1", name="", config={"server": "https://social.example"}, key=b""))
    assert address_of(settings, told) == f"{where}/api/v1/streaming?stream=user"


def test_a_notification_is_fetched_when_it_comes_and_its_taking_back_too(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "LEAST", 0.0)
    notes: list[dict[str, Any]] = []

    def call(_web: Web, _method: str, path: str, **given: Any) -> Answer:
        found: Any = {"domain": "eksempel.dk"} if path.endswith("instance") else []
        if path.endswith("notifications"):
            after = int(given["query"].get("min_id", 0))
            found = [one for one in reversed(notes) if int(one["id"]) > after]
        return Answer(status=200, headers={}, body=json.dumps(found).encode())

    monkeypatch.setattr(Web, "call", call)
    batches = pull.pull(account(streams), None)
    came: queue.Queue[Any] = queue.Queue()

    def run() -> None:
        for batch in batches:
            came.put(batch)
            if batch.envelopes and b"samspil:gone" in batch.envelopes[0].payload:
                return

    running = threading.Thread(target=run, daemon=True)
    running.start()
    said = streams.came.get(timeout=5)
    karoline = {"acct": "karoline@andre.example"}
    status = {"id": "109", "account": karoline, "content": "<p>Hej</p>", "created_at": "2026-11-26T10:00:00Z"}
    notes.append({"id": "1", "type": "mention", "created_at": "2026-11-26T10:00:00Z", "account": karoline, "status": status})
    said.send(event("notification"))
    assert soon(lambda: [b for b in list(came.queue) if b.envelopes])
    said.send(event("delete", "55"))  # somebody's, to somebody else
    said.send(event("delete", "109"))
    running.join(10)
    found = [b for b in list(came.queue) if b.envelopes]
    assert [one.external_id for b in found for one in b.envelopes] == ["mention:1", "samspil:gone:109"]
    assert [b.cursor["told"] for b in found] == [[["109", "karoline@andre.example"]], []]
    place = f"127.0.0.1:{streams.port}"
    message, gone = (channel().understand(b.envelopes[0], account(streams))[0] for b in found)
    assert message.external_id == f"{place}/109"
    assert isinstance(gone, Delete)
    assert (gone.target, gone.author) == (message.external_id, message.author)
    batches.close()
