"""A real homeserver for the tests of this folder, and an address at which it finds an application service."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from samspil import kit
from samspil.channels.matrix.channel import MatrixChannel
from tests.channels.matrix.synapse import Synapse, running

AS_TOKEN, HS_TOKEN = "as-kun-til-proever", "hs-kun-til-proever"


@dataclass(slots=True)
class Service:
    """What a homeserver brought: ``refuse`` so many transactions first, as if we were down."""

    server: ThreadingHTTPServer
    account: kit.Account | None = None
    refuse: int = 0
    paths: list[str] = field(default_factory=list)
    heard: list[kit.Envelope] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/in/0b9d"


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = kit.Request(method="PUT", url=f"http://127.0.0.1{self.path}", headers=headers, body=body)
        service = self.service
        with service.came:
            service.paths.append(self.path)
            if service.account is None or service.refuse:
                service.refuse = max(service.refuse - 1, 0)
                self.send_response(503)
                self.end_headers()
                return
            heard = MatrixChannel().hear(request, service.account)
            service.heard += heard.envelopes
            service.came.notify_all()
        self.send_response(heard.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(heard.body)))
        self.end_headers()
        self.wfile.write(heard.body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        made = Service(server)
        _Handler.service = made
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Synapse]:
    """One for all, because it takes seconds to start."""
    told = {"url": service.url, "as_token": AS_TOKEN, "hs_token": HS_TOKEN}
    with running(tmp_path_factory.mktemp("synapse"), service=told) as server:
        yield server
