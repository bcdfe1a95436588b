"""A server on Fedify, started for a while.

FEDIFY names a folder with node_modules/@fedify/fedify and @fedify/vocab, NODE the program node (24 or newer).
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PEER = Path(__file__).with_name("fedify-peer.mjs")
PATIENCE = 60.0


@contextmanager
def running(folder: Path, program: Path = PEER, needs: str = "@fedify/fedify", **surroundings: str) -> Iterator[None]:
    """The program with these surroundings, in the folder, until it says that it is ready. Skips where it cannot run here."""
    packages, node = os.environ.get("FEDIFY", ""), shutil.which(os.environ.get("NODE", "node"))
    if not packages or node is None:
        pytest.skip("Fedify is not installed (FEDIFY names the folder of its node_modules, NODE the program)")
    if not (Path(packages) / "node_modules" / needs).exists():
        pytest.skip(f"{needs} is not in {packages}")
    (folder / "node_modules").symlink_to(Path(packages) / "node_modules")
    shutil.copy(program, folder / "peer.mjs")
    with (folder / "log").open("w+b") as log:
        process = subprocess.Popen([node, "peer.mjs"], cwd=folder, env={**os.environ, **surroundings}, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while b"ready" not in (folder / "log").read_bytes():
                assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()  # noqa: PT018 - both are shown
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(10)
