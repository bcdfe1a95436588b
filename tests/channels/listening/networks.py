"""A stand-in on this machine for the public paths of the networks, as their documents describe them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


class Networks:
    """What each path answers: a value, a status, or a function of the query."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {"/api/v2/instance": {"domain": "example.social"}}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.statuses: list[dict[str, Any]] = []
        self.url = ""

    def status(self, number: int, content: str, *, acct: str = "karoline", minutes: float = 5, **person: Any) -> dict[str, Any]:
        return {
            "id": str(number),
            "created_at": ago(minutes),
            "visibility": "public",
            "content": f"<p>{content}</p>",
            "url": f"https://example.social/@{acct}/{number}",
            "tags": [{"name": "nordlys"}],
            "account": {"id": "7", "acct": acct, "display_name": "Karoline", "note": "", "bot": False, **person},
        }

    def timeline(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """The newest first, at most ``limit``, before ``max_id``."""
        rows = sorted(self.statuses, key=lambda row: -int(row["id"]))
        before = int(query.get("max_id", ["999999999"])[0])
        return [row for row in rows if int(row["id"]) < before][: int(query["limit"][0])]


def handler(networks: Networks) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            networks.asked.append((parts.path, query))
            found = networks.says.get(parts.path, 404)
            answer = found(query) if callable(found) else found
            status, body = (answer, b"{}") if isinstance(answer, int) else (200, json.dumps(answer).encode())
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("retry-after", "1200")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running() -> Iterator[Networks]:
    networks = Networks()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(networks)) as server:
        networks.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield networks
        server.shutdown()
