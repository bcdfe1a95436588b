"""A real Synapse (the homeserver that most run) on loopback, for the tests of this folder and the bench.

Needs matrix-synapse in an environment of its own: the folder named by SAMSPIL_SYNAPSE, else ``samspil-synapse-<user id>`` among the
temporary files (``python -m venv FOLDER && FOLDER/bin/pip install matrix-synapse``; bin/ci does it). Skips with the reason otherwise.
"""

import hashlib
import hmac
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

HOST, NAME, SECRET = "127.0.0.1", "eksempel.test", "kun-til-proever"
PATIENCE = 120.0
API = "/_matrix/client/v3"
CONFIG = """
server_name: "{name}"
pid_file: {folder}/synapse.pid
public_baseurl: "http://127.0.0.1:{port}/"
listeners:
  - {{port: {port}, bind_addresses: ['127.0.0.1'], type: http, tls: false, resources: [{{names: [client], compress: false}}]}}
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
log_config: "{folder}/log.yaml"
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
registration_shared_secret: "{secret}"
macaroon_secret_key: "kun-til-proever"
form_secret: "kun-til-proever"
report_stats: false
trusted_key_servers: []
suppress_key_server_warning: true
enable_registration: false
rc_message: {{per_second: 1000, burst_count: 1000}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
rc_invites: {{per_room: {{per_second: 1000, burst_count: 1000}}, per_user: {{per_second: 1000, burst_count: 1000}}}}
rc_room_creation: {{per_second: 1000, burst_count: 1000}}
url_preview_enabled: false
app_service_config_files: {services}
"""
LOG = """
version: 1
handlers: {{f: {{class: logging.FileHandler, filename: {folder}/homeserver.log}}}}
root: {{level: INFO, handlers: [f]}}
disable_existing_loggers: false
"""
SERVICE = """
id: samspil
url: {url}
as_token: {as_token}
hs_token: {hs_token}
sender_localpart: samspil
rate_limited: false
receive_ephemeral: true
namespaces: {{users: [{{exclusive: true, regex: '@tjeneste:.*'}}], aliases: [], rooms: []}}
"""


@dataclass(slots=True)
class Person:
    """Somebody with an account and a client."""

    url: str
    user: str
    token: str
    password: str = ""
    sent: int = 0

    def call(self, method: str, path: str, **given: Any) -> Any:
        whole = path if path.startswith("/_") else API + path
        headers = {"authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        answer = httpx.request(method, self.url + whole, headers=headers, timeout=60, **given)
        assert answer.is_success, answer.text
        return answer.json()

    def room_with(self, *others: str, direct: bool = True, name: str = "") -> str:
        asked = {
            "preset": "trusted_private_chat",
            "is_direct": direct,
            "invite": list(others),
            **({"name": name} if name else {}),
        }
        return str(self.call("POST", "/createRoom", json=asked)["room_id"])

    def join(self, room: str) -> None:
        self.call("POST", f"/rooms/{quote(room)}/join", json={})

    def write(self, room: str, content: dict[str, Any] | str, kind: str = "m.room.message") -> str:
        self.sent += 1
        body = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        return str(self.call("PUT", f"/rooms/{quote(room)}/send/{kind}/t{self.sent}-{time.time_ns()}", json=body)["event_id"])

    def redact(self, room: str, event: str) -> None:
        self.sent += 1
        self.call("PUT", f"/rooms/{quote(room)}/redact/{quote(event, safe='')}/r{time.time_ns()}", json={})

    def read(self, room: str, event: str) -> None:
        self.call("POST", f"/rooms/{quote(room)}/receipt/m.read/{quote(event, safe='')}", json={})

    def seen(self, room: str) -> list[dict[str, Any]]:
        """The room's events as this person sees them, the oldest first."""
        return list(reversed(self.call("GET", f"/rooms/{quote(room)}/messages", params={"dir": "b", "limit": 100})["chunk"]))

    def members(self, room: str) -> set[str]:
        return set(self.call("GET", f"/rooms/{quote(room)}/joined_members")["joined"])


@dataclass(slots=True)
class Synapse:
    """Where the server is, and who has an account there."""

    url: str
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str, display: str = "", *, admin: bool = False) -> Person:
        """The person of that name, who is given an account when there is none yet."""
        if name not in self.people:
            nonce = httpx.get(f"{self.url}/_synapse/admin/v1/register").json()["nonce"]
            password = f"cykelkurv-{name}"
            said = f"{nonce}\0{name}\0{password}\0{'admin' if admin else 'notadmin'}".encode()
            mac = hmac.new(SECRET.encode(), said, hashlib.sha1).hexdigest()
            asked = {
                "nonce": nonce,
                "username": name,
                "password": password,
                "admin": admin,
                "mac": mac,
                "displayname": display or name,
            }
            made = httpx.post(f"{self.url}/_synapse/admin/v1/register", json=asked, timeout=60)
            assert made.is_success, made.text
            self.people[name] = Person(self.url, made.json()["user_id"], made.json()["access_token"], password)
        return self.people[name]


def program() -> Path | None:
    """The environment's Python, where it has Synapse and nobody else could have put it there."""
    folder = Path(os.environ.get("SAMSPIL_SYNAPSE") or Path(tempfile.gettempdir()) / f"samspil-synapse-{os.getuid()}")
    ours = (folder / "bin" / "synapse_homeserver").exists() and folder.stat().st_uid == os.getuid()
    return folder / "bin" / "python" if ours else None


@contextmanager
def running(folder: Path, *, service: dict[str, str] | None = None) -> Iterator[Synapse]:
    """A server until the context ends; ``service`` are the url and tokens of an application service. Skips the test when it cannot be."""
    python = program()
    if python is None:
        pytest.skip("Synapse is not installed (SAMSPIL_SYNAPSE names the environment that has matrix-synapse)")
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    if service:
        (folder / "service.yaml").write_text(SERVICE.format(**service))
    values = {"folder": folder, "port": port, "name": NAME, "secret": SECRET}
    services = [str(folder / "service.yaml")] if service else []
    (folder / "homeserver.yaml").write_text(CONFIG.format(**values, services=services))
    (folder / "log.yaml").write_text(LOG.format(**values))
    subprocess.run(
        [python, "-m", "synapse._scripts.generate_signing_key", "-o", folder / "signing.key"], check=True, capture_output=True
    )
    with (folder / "out.log").open("w") as log:
        process = subprocess.Popen(
            [python, "-m", "synapse.app.homeserver", "-c", folder / "homeserver.yaml"], stdout=log, stderr=log, cwd=folder
        )
    try:
        _wait(f"http://{HOST}:{port}", process, folder)
        yield Synapse(url=f"http://{HOST}:{port}", folder=folder)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/_matrix/client/versions", timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"Synapse did not start:\n{(folder / 'out.log').read_text()[-2000:]}")
