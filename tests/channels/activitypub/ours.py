"""Our live process at an address and port of its own, inside the test's process, so that other servers can call it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from samspil.project.live.app import Live
from samspil.project.live.tests.client import Client

PATIENCE = 60


@contextmanager
def listening(host: str, port: int, public: str) -> Iterator[list[str]]:
    """Listen; gives the list of what was asked, "POST /path 202" each. Skips where the port cannot be had."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def made() -> Live:
        live = Live()
        live.ours = live.hosting._ours = live.ours.model_copy(update={"live_url": public})
        return live

    live = asyncio.run_coroutine_threadsafe(made(), loop).result(PATIENCE)
    client = Client(live)
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = client.call(self.command, self.path, body, headers)
            answer = asyncio.run_coroutine_threadsafe(asked, loop).result(PATIENCE)
            seen.append(f"{self.command} {self.path} {answer.status}")
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else answer.body)

        do_GET = do_POST = do_HEAD = _do  # noqa: N815 - names of http.server

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        pytest.skip(f"{host}:{port} cannot be had: {error}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        asyncio.run_coroutine_threadsafe(live.close(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
