"""A real snac (a small ActivityPub server with Mastodon's API) on loopback, for the tests of this folder.

Needs the program snac (Debian's snac2, or named by SNAC) and root: it listens on port 80, because
names with a port are not carried. Skips with the reason otherwise.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

HOST = "127.0.0.1"
PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Snac:
    """Where the server is, and a token for each user."""

    url: str
    host: str
    tokens: dict[str, str]


@contextmanager
def running(folder: Path, users: tuple[str, ...]) -> Iterator[Snac]:
    """A server with these users, until the context ends. Skips the test when it cannot be."""
    program = shutil.which(os.environ.get("SNAC", "snac"))
    if program is None:
        pytest.skip("snac is not installed (Debian: snac2, from bookworm-backports)")
    if os.geteuid() != 0:
        pytest.skip("snac needs port 80 here, which only root may have")
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, 80))
        except OSError as error:
            pytest.skip(f"port 80 is taken: {error}")
    base = folder / "snac"
    subprocess.run([program, "init", str(base)], input=f"{HOST}\n80\n{HOST}\n\n\n", text=True, check=True, capture_output=True)
    settings = base / "server.json"
    values = json.loads(settings.read_text()) | {"protocol": "http", "disable_email_notifications": True, "shared_inboxes": True}
    settings.write_text(json.dumps(values))
    secrets = {}
    for user in users:
        said = subprocess.run([program, "adduser", str(base), user], text=True, check=True, capture_output=True, input="")
        found = re.search(r"password is (\S+)", said.stdout + said.stderr)
        assert found, said
        secrets[user] = found[1].strip("'\"")
    with (folder / "snac.log").open("w") as log:
        process = subprocess.Popen([program, "httpd", str(base)], stdout=log, stderr=log)
    try:
        _wait()
        yield Snac(url=f"http://{HOST}", host=HOST, tokens={user: _token(user, secret) for user, secret in secrets.items()})
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait() -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection((HOST, 80), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("snac did not start")


def _token(user: str, secret: str) -> str:
    form = {"login": user, "passwd": secret, "redir": "", "cid": "", "state": ""}
    answer = httpx.post(f"http://{HOST}/oauth/x-snac-get-token", data=form)
    found = re.search(r"[0-9a-f]{32,}", answer.text)
    assert found, answer.text[:500]
    return found[0]
