"""A site with feeds and a hub of its own, over HTTP on this machine: conditional requests, faults, and WebSub as its document says.

The hub verifies who subscribes by calling back, keeps the lease, and sends contents signed with the subscriber's secret.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

import httpx


@dataclass
class Page:
    """What stands at a path; a status other than 200 is a fault."""

    body: bytes = b""
    kind: str = "application/rss+xml"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass
class Subscriber:
    callback: str
    secret: str
    lease: int


class Site:
    """The pages, what was asked of them, and who subscribes."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, int]] = []
        self.subscribers: dict[str, Subscriber] = {}
        self.verified = threading.Event()
        self.url = ""

    def verify(self, form: dict[str, str]) -> None:
        """Ask the subscriber whether it asked, in a request of its own."""
        challenge = secrets.token_hex(12)
        told = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": challenge,
            "hub.lease_seconds": "86400",
        }
        joint = "&" if "?" in form["hub.callback"] else "?"
        answer = httpx.get(f"{form['hub.callback']}{joint}{urlencode(told)}", timeout=10)
        if answer.is_success and answer.text == challenge:
            self.subscribers[form["hub.topic"]] = Subscriber(form["hub.callback"], form["hub.secret"], 86400)
            self.verified.set()

    def distribute(self, topic: str, body: bytes, *, key: str | None = None) -> httpx.Response:
        """Send contents to who subscribes to a topic; ``key`` another secret than theirs."""
        to = self.subscribers[topic]
        signed = hmac.new((to.secret if key is None else key).encode(), body, hashlib.sha512).hexdigest()
        headers = {"x-hub-signature": f"sha512={signed}", "content-type": "application/rss+xml", "link": f'<{topic}>; rel="self"'}
        return httpx.post(to.callback, content=body, headers=headers, timeout=10)


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = site.pages.get(self.path, Page(status=404))
            held = page.status == 200 and self.headers.get("if-none-match") == page.etag
            status = 304 if held else page.status
            site.asked.append((self.path, status))
            self.send_response(status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if page.status == 200:
                self.send_header("etag", page.etag)
                self.send_header("last-modified", formatdate(usegmt=True))
            body = b"" if held else page.body
            self.send_header("content-type", page.kind)
            if not held:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            site.asked.append((self.path, 202))
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()
            threading.Thread(target=site.verify, args=(form,), daemon=True).start()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running() -> Iterator[Site]:
    site = Site()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(site)) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield site
        server.shutdown()
