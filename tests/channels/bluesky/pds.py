"""A real PDS (the server that Bluesky's accounts live on) and a directory of DIDs on loopback, for the tests of this folder.

Needs Node and the npm package @atproto/dev-env, or @atproto/pds and @did-plc/server: in the folder named by SAMSPIL_PDS, else in
``samspil-pds`` among the temporary files. Skips with the reason otherwise.
"""

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

HOST = "127.0.0.1"
SECRET = "kun-til-proever"
PATIENCE = 90.0
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc0000001149444154789c633048988015310c2d09000a6c4801ab1112540000000049454e44ae426082"
)
"""Eight points by eight, blue."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account: the tokens are those of the account's own password."""

    url: str
    did: str
    handle: str
    token: str

    def call(self, method: str, name: str, **given: Any) -> Any:
        """One call as this person; the answer."""
        headers = {"authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        answer = httpx.request(method, f"{self.url}/xrpc/{name}", headers=headers, timeout=20, **given)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, text: str, **more: Any) -> dict[str, str]:
        """A post of this person's: its address and version."""
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-03-02T09:15:00.000Z", "langs": ["da"], **more}
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": record}
        found = self.call("POST", "com.atproto.repo.createRecord", json=body)
        return {"uri": found["uri"], "cid": found["cid"]}

    def record(self, uri: str) -> dict[str, Any]:
        """A record on this server."""
        repo, collection, key = uri.removeprefix("at://").split("/")
        found = self.call("GET", "com.atproto.repo.getRecord", params={"repo": repo, "collection": collection, "rkey": key})
        return dict(found["value"])

    def app_password(self, *, direct: bool = False) -> str:
        """A new app password, with or without the right to direct messages."""
        body = {"name": f"Samspil {time.monotonic_ns()}", "privileged": direct}
        return str(self.call("POST", "com.atproto.server.createAppPassword", json=body)["password"])


@dataclass(frozen=True, slots=True)
class Pds:
    """Where the server and the directory of DIDs are, and the DID of the service of direct messages that the server knows."""

    url: str
    chat: str
    directory: str

    def join(self, name: str) -> Person:
        """A new account."""
        return join(self.url, name)


def join(url: str, name: str) -> Person:
    """A new account on a server."""
    body = {"handle": f"{name}.test", "email": f"{name}@eksempel.test", "password": "kontoens-egen"}
    answer = httpx.post(f"{url}/xrpc/com.atproto.server.createAccount", json=body, timeout=30)
    assert answer.is_success, answer.text
    found = answer.json()
    return Person(url=url, did=found["did"], handle=found["handle"], token=found["accessJwt"])


def expired(person: Person) -> str:
    """A token of this server's that was good until a minute ago."""
    now = int(time.time())
    body = {"scope": "com.atproto.appPass", "sub": person.did, "aud": "did:web:localhost", "iat": now - 7200, "exp": now - 60}
    parts = [{"typ": "at+jwt", "alg": "HS256"}, body]
    head = ".".join(_plain(json.dumps(part).encode()) for part in parts)
    return f"{head}.{_plain(hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).digest())}"


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def packages(wanted: str) -> Path:
    """The folder with node_modules that hold @atproto/``wanted``. Skips the test without one."""
    folder = Path(os.environ.get("SAMSPIL_PDS") or Path(tempfile.gettempdir()) / "samspil-pds")
    if not node(folder):
        pytest.skip("Node is not installed")
    if not (folder / "node_modules" / "@atproto" / wanted).is_dir():
        pytest.skip(f"@atproto/{wanted} is not in {folder} (npm install @atproto/dev-env)")
    if not list(folder.glob("node_modules/better-sqlite3/build/Release/better_sqlite3.node")):
        pytest.skip(f"better-sqlite3 is not built in {folder} (npm rebuild better-sqlite3)")
    return folder


def node(folder: Path) -> str:
    """The program: the one in the folder, for which its packages were built, else the machine's own; "" without any."""
    return shutil.which("node", path=str(folder / "node" / "bin")) or shutil.which("node") or ""


@contextmanager
def running(folder: Path, view: str, client: str = "") -> Iterator[Pds]:
    """A server that asks ``view`` for all that is not about accounts, until the context ends. Skips the test when it cannot be.

    ``client`` is asked for what the server would ask of https://samspil-findes-ikke.dk.
    """
    installed = packages("pds")
    port, directory = free(), free()
    data = folder / "pds"
    (data / "blobs").mkdir(parents=True)
    ours = {"VIEW": view, "CLIENT": client, "PDS_JWT_SECRET": SECRET}
    env = {"PORT": str(port), "PLC_PORT": str(directory), "FOLDER": str(data), **ours}
    with started(installed, "pds.js", folder / "pds.log", env) as chat:
        yield Pds(url=f"http://{HOST}:{port}", chat=chat, directory=f"http://{HOST}:{directory}")


@contextmanager
def started(installed: Path, script: str, log: Path, more: Mapping[str, str]) -> Iterator[str]:
    """One of the programs beside this file, until the context ends; the word that it says when it is ready."""
    env = {**os.environ, "NODE_PATH": str(installed / "node_modules"), **more}
    with log.open("w") as said:
        process = subprocess.Popen([node(installed), str(Path(__file__).with_name(script))], stdout=said, stderr=said, env=env)
    try:
        yield _ready(process, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("ready "):
                return line.removeprefix("ready ")
        time.sleep(0.1)
    raise AssertionError(f"it did not start: {log.read_text()[-2000:]}")


def free() -> int:
    """A port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        return int(tried.getsockname()[1])
