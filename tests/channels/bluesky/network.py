"""The whole network as its makers try it (PLC, PDS, AppView) on loopback, for the tests of this folder and the bench.

Needs what :mod:`tests.channels.bluesky.pds` needs with @atproto/dev-env, and redis-server. Skips with the reason otherwise.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.channels.bluesky.pds import HOST, free, packages, started


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Redis on loopback; its address."""
    program = shutil.which(os.environ.get("REDIS_SERVER", "redis-server"))
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free()
    settings = ["--port", str(port), "--bind", HOST, "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"{HOST}:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running(folder: Path, database: str) -> Iterator[str]:
    """The address of the server of accounts, until the context ends; ``database`` is that of an empty database for the view."""
    installed = packages("dev-env")
    with redis(folder) as cache:
        env = {"DB_POSTGRES_URL": database, "REDIS_HOST": cache, "LOG_ENABLED": "false", "VIEW_PORT": str(free())}
        with started(installed, "network.js", folder / "network.log", env) as address:
            yield address
