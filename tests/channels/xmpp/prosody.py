"""A real Prosody on loopback, for the tests of this folder. Skips with the reason where it is not installed (Debian: prosody)."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOST = "127.0.0.1"
DOMAIN = "brand.test"
ROOMS = "rum.brand.test"
PASSWORD = "cykelkurv"
PATIENCE = 15.0

SETTINGS = """
data_path = "{folder}/data"; pidfile = "{folder}/prosody.pid"; daemonize = false; run_as_root = true
interfaces = {{ "127.0.0.1" }}; c2s_ports = {{ {port} }}; c2s_direct_tls_ports = {{}}; s2s_ports = {{ {other} }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "posix", "offline", "blocklist"{more} }}
modules_disabled = {{ {less} }}
{security}
authentication = "internal_hashed"; storage = "internal"
log = {{ info = "{folder}/prosody.log" }}
http_ports = {{ {http} }}; https_ports = {{}}; http_interfaces = {{ "127.0.0.1" }}; http_external_url = "http://127.0.0.1:{http}/"
VirtualHost "{domain}"
Component "upload.{domain}" "http_file_share"
http_file_share_size_limit = 1000000; http_host = "127.0.0.1"
Component "{rooms}" "muc"
modules_enabled = {{ "muc_mam" }}
muc_room_locking = false; muc_room_default_persistent = true; muc_room_default_public_jids = {known}
"""
PLAIN = "allow_unencrypted_plain_auth = true; c2s_require_encryption = false; s2s_require_encryption = false"
TLS = 'c2s_require_encryption = true; s2s_require_encryption = true; ssl = {{ key = "{folder}/key.pem", certificate = "{folder}/cert.pem" }}'


@dataclass(slots=True)
class Prosody:
    """The server, which can be stopped and started again."""

    folder: Path
    port: int
    users: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with (self.folder / "out.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["prosody", "--config", str(self.folder / "prosody.cfg.lua"), "-F"], stdout=log, stderr=log
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                socket.create_connection((HOST, self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "out.log").read_text())

    def stop(self, *, kill: bool = False) -> None:
        if self.process is None:
            return
        (self.process.kill if kill else self.process.terminate)()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        return tried.getsockname()[1]


@contextmanager
def running(
    folder: Path, users: tuple[str, ...], *, archive: bool = True, tls: bool = False, known: bool = True
) -> Iterator[Prosody]:
    """A server with these users, until the context ends. ``archive``: it keeps what people write. ``known``: rooms tell who is in them."""
    if shutil.which("prosody") is None:
        pytest.skip("prosody is not installed (Debian: prosody)")
    if os.geteuid() != 0:
        pytest.skip("prosody writes its data as another user here; the tests start it as root")
    (folder / "data").mkdir(parents=True)
    server = Prosody(folder, free_port(), users)
    security = TLS.format(folder=folder) if tls else PLAIN
    more = ', "carbons", "mam", "smacks"' if archive else ', "carbons", "smacks"'
    if tls:
        certificate(folder)
        more += ', "tls"'
    text = SETTINGS.format(
        folder=folder,
        port=server.port,
        other=free_port(),
        http=free_port(),
        more=more,
        less="" if tls else '"tls"',
        security=security,
        domain=DOMAIN,
        rooms=ROOMS,
        known=str(known).lower(),
    )
    (folder / "prosody.cfg.lua").write_text(text)
    for user in users:
        subprocess.run(
            ["prosodyctl", "--config", str(folder / "prosody.cfg.lua"), "register", user, DOMAIN, PASSWORD],
            check=True,
            capture_output=True,
        )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def certificate(folder: Path) -> None:
    """A certificate that nobody vouches for."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}"),
            *("-addext", f"subjectAltName=DNS:{DOMAIN}", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )


class Wire:
    """A line to the server that can be cut while the server stands: it hears of it at once, as when a cable is pulled and put back."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server((HOST, 0))
        self.port = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._join, daemon=True).start()

    def cut(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _join(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection((HOST, self._to))
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while more := one.recv(65536):
                other.sendall(more)
            other.shutdown(socket.SHUT_RDWR)
