"""Files are fetched from the hosts that were named alone, and nothing is told to others."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from samspil.kit import TryLater, Unreachable
from samspil.kit.files import load, may_load

HOSTS = ("pbs.twimg.com", ".twilio.com")


class Store(BaseHTTPRequestHandler):
    """Says what ``said`` has for a path, and keeps what it was told."""

    def do_GET(self) -> None:
        self.server.told.append((self.path, self.headers.get("authorization", "")))
        status, headers, body = self.server.said[self.path]
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def store():
    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        server.said, server.told = {}, []
        server.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://pbs.twimg.com/a.jpg", True),
        ("https://PBS.twimg.com/a.jpg", True),
        ("https://api.twilio.com/a", True),
        ("https://a.b.twilio.com/a", True),
        ("https://twilio.com/a", False),
        ("https://ondtwilio.com/a", False),
        ("https://api.twilio.com.ond.example/a", False),
        ("http://pbs.twimg.com/a.jpg", False),
        ("https://pbs.twimg.com:8443/a.jpg", False),
        ("https://x.pbs.twimg.com/a.jpg", False),
        ("https://pbs.twimg.com@ond.example/a.jpg", False),
        ("ftp://pbs.twimg.com/a.jpg", False),
        ("/a.jpg", False),
        ("", False),
        ("https://[", False),
        ("http://127.0.0.1:8080/a", True),
        ("http://127.0.0.1:8081/a", False),
        ("https://127.0.0.1:8080/a", False),
    ],
)
def test_where_one_may_go(url, may):
    assert may_load(url, hosts=HOSTS, server="http://127.0.0.1:8080") is may
    if not may:
        with pytest.raises(Unreachable, match="from where nothing is fetched"):
            load(url, hosts=HOSTS, server="http://127.0.0.1:8080")


def test_what_was_meant_for_one_host_is_not_told_to_another(store):
    store.said = {
        "/a": (302, {"location": "/b"}, b""),
        "/b": (200, {"content-type": "image/png"}, b"PNG"),
    }
    answer = load(f"{store.address}/a", hosts=(), server=store.address, kinds=("image/*",), headers={"authorization": "Basic x"})
    assert answer.body == b"PNG"
    assert store.told == [("/a", "Basic x"), ("/b", "")]


@pytest.mark.parametrize(
    ("status", "kind", "error", "says"),
    [
        (404, "image/png", Unreachable, r"not there any more \(404\)"),
        (403, "image/png", Unreachable, r"not there any more \(403\)"),
        (200, "text/html", Unreachable, "sent text/html"),
        (200, "", Unreachable, "no content type"),
        (429, "image/png", TryLater, "429"),
        (503, "image/png", TryLater, "503"),
    ],
)
def test_what_is_not_kept(store, status, kind, error, says):
    store.said = {"/a": (status, {"content-type": kind}, b"x")}
    with pytest.raises(error, match=says):
        load(f"{store.address}/a", hosts=(), server=store.address, kinds=("image/*",))


def test_an_address_of_anybodys_choice_leads_nowhere_inside(store):
    store.said = {"/a": (200, {}, b"secret")}
    with pytest.raises(Unreachable, match="not a public address"):
        load(f"{store.address}/a", hosts=None)
    with pytest.raises(Unreachable, match="no address"):
        load("file:///etc/passwd", hosts=None)
    assert store.told == []


def test_a_networks_own_host_leads_nowhere_inside_although_it_is_the_accounts_server(monkeypatch):
    monkeypatch.setattr("samspil.kit.web.getaddrinfo", lambda *_args, **_more: [(0, 0, 0, "", ("127.0.0.1", 443))])
    with pytest.raises(Unreachable, match=r"api\.twilio\.com is not a public address"):
        load("https://api.twilio.com/a", hosts=HOSTS, server="https://api.twilio.com", headers={"authorization": "Basic x"})


def test_where_anybody_chooses_the_address_only_the_accounts_own_server_is_asked_inside(store):
    store.said = {"/a": (200, {"content-type": "image/png"}, b"PNG")}
    assert load(f"{store.address}/a", hosts=None, server=store.address).body == b"PNG"
    for server in ("", "http://127.0.0.1:1", "https://elsewhere.example"):
        with pytest.raises(Unreachable, match="not a public address"):
            load(f"{store.address}/a", hosts=None, server=server)
    assert store.told == [("/a", "")]
