"""What the stand-ins for networks with a REST API have in common: a server on this machine, tokens, faults, lost answers, files.

Each says in :meth:`StandIn.answer` what its network answers and refuses. Files are given to whoever asks without credentials: a network's
own stores know none, and a credential that is told to them is a fault of ours.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. ``path`` is without the API's prefix, ``body`` what the JSON says, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


class StandIn:
    """One network. ``asked`` are the calls; ``faults`` come instead of answers, by method; of a method in ``lose`` the next answer is lost."""

    prefix = "/"
    tokens_at = ""

    def __init__(self) -> None:
        self.address = ""
        self.tokens: set[str] = set()
        self.faults: dict[str, list[Any]] = {}
        self.lose: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.files: dict[str, tuple[str, bytes]] = {}

    def file(self, name: str, kind: str, content: bytes) -> str:
        """Keep a file; its address."""
        self.files[f"/files/{name}"] = (kind, content)
        return f"{self.address}/files/{name}"

    def renew(self, form: Mapping[str, str]) -> tuple[int, Any]:
        """The answer to whoever asks for a token."""
        raise NotImplementedError

    def refused(self, call: Call) -> tuple[int, Any] | None:
        """The answer to a call without a good token; None for one with it."""
        raise NotImplementedError

    def broken(self, fault: Any) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers of a fault."""
        raise NotImplementedError

    def answer(self, call: Call) -> tuple[Any, ...]:
        """Status, body, and headers where there are any."""
        raise NotImplementedError

    def bearer(self, call: Call) -> bool:
        """Whether the call has one of the tokens that were given."""
        return call.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens


class _Server(ThreadingHTTPServer):
    api: StandIn


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._called()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the server's names

    def _called(self) -> None:
        api, parts = self.server.api, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if parts.path == api.tokens_at:
            return self._say(*api.renew(dict(parse_qsl(body.decode()))))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if parts.path.startswith("/files/"):
            return self._give(parts.path, headers)
        call = Call(
            method=self.command, path=parts.path.removeprefix(api.prefix), query=dict(parse_qsl(parts.query)),
            body=json.loads(body or b"null"), headers=headers, url=f"http://{self.headers['host']}{self.path}",
        )  # fmt: skip
        api.asked.append((call.method, call.path))
        if (no := api.refused(call)) is not None:
            return self._say(*no)
        if api.faults.get(call.method):
            return self._say(*api.broken(api.faults[call.method].pop(0)))
        answer = api.answer(call)
        if call.method in api.lose:
            api.lose.discard(call.method)
            self.close_connection = True
            return None  # the answer is lost after the work was done
        return self._send(*answer) if isinstance(answer[1], bytes) else self._say(*answer)

    def _give(self, path: str, headers: Mapping[str, str]) -> None:
        kind, content = self.server.api.files.get(path, ("", b""))
        if "authorization" in headers or not kind:
            return self._say(404 if not kind else 400, {})
        return self._send(200, content, {"content-type": kind})

    def _say(self, status: int, said: Any, headers: Mapping[str, str] | None = None) -> None:
        empty = said is None
        self._send(status, b"" if empty else json.dumps(said).encode(), {"content-type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


Api = TypeVar("Api", bound=StandIn)


@contextmanager
def listening(api: Api) -> Iterator[Api]:
    """The stand-in at a port of this machine, which is its ``address``, until the context ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.api, api.address = api, f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield api
        server.shutdown()
