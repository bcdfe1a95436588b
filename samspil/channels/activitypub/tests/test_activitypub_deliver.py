"""A fan-out to servers on this machine: grouped, signed, side by side, and not held up by the dead and the slow."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from samspil.channels.activitypub.deliver import Follower, Servers, fan_out, followers_of, inboxes_of
from samspil.channels.activitypub.settings import Settings, settings_of
from samspil.channels.activitypub.tests.peer import account


class Server(ThreadingHTTPServer):
    """Answers by the first word of the path; ``seen`` are the paths that were posted to."""

    seen: Counter[str]
    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.seen[self.path] += 1
        word = self.path.split("/")[1]
        if word == "slow":
            time.sleep(2)
        status = {
            "gone": 410,
            "busy": 429,
            "down": 503,
            "refuse": 403,
            "newer": 202 if "signature-input" in self.headers else 401,
        }.get(word, 202)
        assert "signature" in self.headers
        self.send_response(status)
        if word == "busy":
            self.send_header("retry-after", "90")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    found = []
    for _ in range(3):
        server = Server(("127.0.0.1", 0), Handler)
        server.seen = Counter()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.append(server)
    yield found
    for server in found:
        server.shutdown()
        server.server_close()


SETTINGS: Settings = settings_of(account(inside="127.0.0.1"))


def at(server: Server, path: str) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{path}"


def test_a_server_with_an_inbox_for_all_is_told_once() -> None:
    followers = [Follower(inbox=f"https://a.example/{n}", shared="https://a.example/inbox") for n in range(5)]
    followers += [Follower(inbox="https://b.example/1"), Follower(inbox="https://b.example/2"), Follower(inbox="no address")]
    assert inboxes_of(followers, public=True) == {
        "a.example": ["https://a.example/inbox"],
        "b.example": ["https://b.example/1", "https://b.example/2"],
    }
    assert len(inboxes_of(followers, public=False)["a.example"]) == 5


def test_every_inbox_has_its_fate(servers: list[Server]) -> None:
    one, two, three = servers
    paths = ["ok/1", "ok/2", "gone/1", "refuse/1", "newer/1"]
    followers = [Follower(inbox=at(one, path)) for path in paths]
    followers += [Follower(inbox=at(two, f"busy/{n}")) for n in range(3)] + [
        Follower(inbox=at(three, f"down/{n}")) for n in range(3)
    ]
    followers += [Follower(inbox="https://10.0.0.1/inbox"), Follower(inbox="http://127.0.0.1:1/inbox")]
    told: list[str] = []
    report = fan_out(b"{}", followers, SETTINGS, done=told.append)
    assert sorted(report.delivered) == sorted(told) == sorted(at(one, path) for path in ("ok/1", "ok/2", "newer/1"))
    assert report.gone == [at(one, "gone/1")]
    assert set(report.refused) == {at(one, "refuse/1"), "https://10.0.0.1/inbox"}
    assert report.later == {
        **{at(two, f"busy/{n}"): 90.0 for n in range(3)},
        **{at(three, f"down/{n}"): 60.0 for n in range(3)},
        "http://127.0.0.1:1/inbox": 60.0,
    }
    # A server that fails is left alone at its first failure.
    assert (two.seen.total(), three.seen.total()) == (1, 1)


def test_the_slow_and_the_dead_do_not_hold_up_the_rest(servers: list[Server]) -> None:
    one, two, _ = servers
    began, took = time.monotonic(), []
    followers = [
        Follower(inbox=at(two, "slow/1")),
        Follower(inbox="http://127.0.0.1:1/inbox"),
        *(Follower(inbox=at(one, f"ok/{n}")) for n in range(50)),
    ]
    report = fan_out(b"{}", followers, SETTINGS, done=lambda _inbox: took.append(time.monotonic() - began), seconds=1)
    assert len(report.delivered) == 50
    assert max(took) < 1.5
    assert set(report.later) == {at(two, "slow/1"), "http://127.0.0.1:1/inbox"}


def test_a_server_that_failed_lately_comes_last_and_waits_longer() -> None:
    hosts = Servers()
    assert [hosts.failed("a.example") for _ in range(3)] == [60.0, 120.0, 240.0]
    assert hosts.is_doubtful("a.example")
    assert not hosts.is_doubtful("b.example")
    hosts.answered("a.example")
    assert not hosts.is_doubtful("a.example")
    assert hosts.failed("a.example") == 60.0
    for _ in range(40):
        longest = hosts.failed("a.example")
    assert longest == 86_400.0


def test_followers_as_the_core_keeps_them() -> None:
    rows = [{"inbox": "https://a.example/1", "shared": ""}, {"actor": "x"}]
    assert followers_of(rows) == [Follower(inbox="https://a.example/1")]
