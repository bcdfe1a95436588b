"""HTTP for channels, against a server on this machine: errors in the contract's words, and no way inside for what strangers name."""

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.kit import NotUnderstood, TryLater, Uncertain, web
from samspil.kit.web import NotAllowed, Web, fetch, is_public, pause_of


class Handler(BaseHTTPRequestHandler):
    """Answers by the path; what it was asked is in ``seen``."""

    seen: list[tuple[str, str, bytes, str]] = []

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        Handler.seen.append((self.command, self.path, body, self.headers.get("authorization", "")))
        word, _, rest = self.path[1:].partition("/")
        if word == "cut":
            self.connection.close()
            return
        if word == "drip":
            self.send_response(200)
            self.send_header("content-type", "text/plain")
            self.end_headers()
            try:
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                pass
            return
        headers = {"content-type": "application/json"}
        status, answer = 200, b'{"a": 1}'
        if word == "status":
            status = int(rest)
            headers["retry-after"] = "7"
        elif word == "to":
            status, headers["location"] = 302, rest
        elif word == "large":
            answer = b"x" * int(rest)
        elif word == "html":
            headers["content-type"], answer = "text/html; charset=utf-8", b"<p>"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = _do  # noqa: N815 - names of http.server

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.fixture(autouse=True)
def _unseen():
    Handler.seen.clear()


def test_a_call_goes_with_the_account_s_headers_and_gives_every_answer(server):
    ours = Web(base=f"{server}/api/", headers={"authorization": "Bearer t"})
    answer = ours.call("POST", "/messages", json={"text": "Hej"})
    assert (answer.status, answer.ok, answer.json()) == (200, True, {"a": 1})
    assert Handler.seen == [("POST", "/api/messages", b'{"text":"Hej"}', "Bearer t")]
    assert Web(base=server).call("GET", "status/404").status == 404


def test_an_answer_that_is_no_json_is_not_understood(server):
    with pytest.raises(NotUnderstood, match="200: the answer is not JSON"):
        Web(base=server).call("GET", "html").json()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_asks_for_patience_is_asked_later(server, status):
    with pytest.raises(TryLater) as caught:
        Web(base=server).call("POST", f"status/{status}")
    assert caught.value.after == 7
    assert str(caught.value) == f'127.0.0.1: {status}: {{"a": 1}}'
    assert Web(base=server).call("POST", f"status/{status}", every=True).json() == {"a": 1}


def test_a_connection_that_breaks_leaves_only_what_may_not_be_repeated_uncertain(server):
    with pytest.raises(Uncertain):
        Web(base=server).call("POST", "cut")
    for method, more in (("GET", {}), ("PUT", {}), ("POST", {"repeatable": True})):
        with pytest.raises(TryLater):
            Web(base=server).call(method, "cut", **more)
    with pytest.raises(TryLater):  # nothing was sent: it is certain that nothing arrived
        Web(base="http://127.0.0.1:1").call("POST", "x")
    with pytest.raises(TryLater, match="more than 10 bytes"):
        Web(base=server, largest=10).call("GET", "large/11")


def test_a_server_that_others_named_is_called_only_where_it_may_be(server):
    with pytest.raises(NotAllowed, match=r"127\.0\.0\.1 is not a public address"):
        Web(base=server, inside=()).call("POST", "/messages", json={}, headers={"authorization": "ours"})
    with pytest.raises(NotAllowed, match="localhost is not a public address"):
        Web(base=server.replace("127.0.0.1", "localhost"), inside=("127.0.0.1",)).call("GET", "/")
    assert Handler.seen == []
    named = Web(base=server, inside=("127.0.0.1",), headers={"authorization": "ours"})
    assert named.call("POST", "/messages", json={"a": 1}).json() == {"a": 1}
    assert Handler.seen == [("POST", "/messages", b'{"a":1}', "ours")]
    assert named.call("GET", f"{server}/to/{server}/open").status == 302  # no redirect is followed
    with pytest.raises(Uncertain):
        named.call("POST", "cut")


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
    ids=["seconds", "long", "past", "words", "silent"],
)
def test_the_pause_that_a_server_asks_for(headers, pause):
    assert pause_of(headers) == pause


@pytest.mark.parametrize("form", ["http", "iso", "epoch"])
def test_the_pause_until_a_time(form):
    at = datetime.now(UTC) + timedelta(seconds=90)
    text = {"http": format_datetime(at, usegmt=True), "iso": at.isoformat(), "epoch": str(at.timestamp())}[form]
    assert 85 < (pause_of({"x-ratelimit-reset": text}) or 0) <= 90


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://10.1.2.3/", "http://169.254.169.254/",
        "http://100.64.0.1/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/",
    ],
)  # fmt: skip
def test_no_address_inside_is_fetched(server, url):
    with pytest.raises(NotAllowed, match="not a public address"):
        fetch(url.format(port=server.rsplit(":", 1)[1]))
    assert Handler.seen == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.example/", "http://", "//x.example", "http://a:b@x.example/", "x"]
)
def test_only_addresses_of_web_pages_are_fetched(url):
    with pytest.raises(NotAllowed):
        fetch(url)


def test_a_redirect_does_not_lead_inside_and_takes_no_secret_along(server):
    other = server.replace("127.0.0.1", "localhost")
    with pytest.raises(NotAllowed, match="localhost is not a public address"):
        fetch(f"{server}/to/{other}/secret", inside=("127.0.0.1",), headers={"authorization": "ours"})
    assert [(path, secret) for _, path, _, secret in Handler.seen] == [(f"/to/{other}/secret", "ours")]
    fetch(f"{server}/to/{other}/open", inside=("127.0.0.1", "localhost"), headers={"authorization": "ours"})
    assert Handler.seen[-1] == ("GET", "/open", b"", "")
    with pytest.raises(NotAllowed, match="no address of a web page"):
        fetch(f"{server}/to/file:///etc/passwd", inside=("127.0.0.1",))
    with pytest.raises(NotAllowed, match="too many redirects"):
        fetch(f"{server}/to/" + "/to/".join([server] * 5), inside=("127.0.0.1",))


def test_a_name_is_looked_up_once_and_that_is_what_is_connected_to(server, monkeypatch):
    port = int(server.rsplit(":", 1)[1])
    asked = []

    def answers(host, port, **_more):
        asked.append(host)
        return [(2, 1, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port))]

    reached = []
    monkeypatch.setattr(web, "getaddrinfo", answers)
    monkeypatch.setattr(
        web.httpcore.SyncBackend, "connect_tcp", lambda _self, host, _port, **_more: reached.append(host) or _refuse(host)
    )
    with pytest.raises(TryLater):
        fetch(f"http://rebound.example:{port}/")
    assert (asked, reached) == (["rebound.example"], ["93.184.216.34"])
    with pytest.raises(NotAllowed):
        fetch(f"http://rebound.example:{port}/")
    assert reached == ["93.184.216.34"]


def _refuse(host):
    raise web.httpcore.ConnectError(host)


def test_what_is_fetched_is_bounded_in_size_kind_and_time(server):
    ours = {"inside": ("127.0.0.1",)}
    assert fetch(f"{server}/x", kinds=("application/json",), **ours).json() == {"a": 1}
    assert fetch(f"{server}/large/10", largest=10, **ours).body == b"x" * 10
    with pytest.raises(NotAllowed, match="more than 10 bytes"):
        fetch(f"{server}/large/11", largest=10, **ours)
    with pytest.raises(NotAllowed, match="sent text/html"):
        fetch(f"{server}/html", kinds=("image/*", "application/json"), **ours)
    began = time.monotonic()
    with pytest.raises(TryLater, match="too slow"):
        fetch(f"{server}/drip", seconds=0.4, **ours)
    assert time.monotonic() - began < 3
    with pytest.raises(TryLater) as caught:
        fetch(f"{server}/status/503", **ours)
    assert caught.value.after == 7


@given(st.ip_addresses())
def test_nothing_that_is_not_global_is_public(address: IPv4Address | IPv6Address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_an_address_in_ipv6_s_clothes_is_as_public_as_itself(address: IPv4Address):
    if not is_public(str(address)):
        assert not is_public(f"::ffff:{address}")
        assert not is_public(str(IPv6Address((0x2002 << 112) | (int(address) << 80))))
        assert not is_public(str(IPv6Address((0x64FF9B << 96) | int(address))))


def test_nothing_inside_is_posted_to(server):
    for url in (f"{server}/x", "http://localhost/x", "file:///etc/passwd", "http://a:b@example.org/"):
        with pytest.raises(NotAllowed):
            web.post(url, content=b"{}")
    assert Handler.seen == []


def test_what_is_posted_to_strangers_follows_no_redirect_and_every_status_is_given(server):
    inside = {"127.0.0.1"}
    with web.Strangers(inside=inside) as strangers:
        for path, status in (("status/202", 202), ("status/429", 429), ("status/500", 500), ("to//x", 302)):
            assert strangers.post(f"{server}/{path}", content=b"{}", headers={"authorization": "s"}).status == status
        with pytest.raises(TryLater):
            strangers.post(f"{server}/cut", content=b"{}")
        with pytest.raises(NotAllowed):
            strangers.post(f"{server}/large/200000", content=b"{}")
    assert [(method, body) for method, _, body, _ in Handler.seen] == [("POST", b"{}")] * len(Handler.seen)
    with pytest.raises(TryLater):
        web.post(f"{server}/drip", content=b"{}", inside=inside, seconds=0.3)


def test_certificates_are_read_once_for_all_calls(server, monkeypatch):
    read = []
    monkeypatch.setattr(web.httpx, "create_ssl_context", lambda: read.append(1) or ssl.create_default_context())
    web._trusted.cache_clear()
    for _ in range(3):
        assert Web(base=server).call("GET", "/x").ok
    assert len(read) == 1
    assert web._trusted().verify_mode is ssl.CERT_REQUIRED
