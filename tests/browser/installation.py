"""A whole installation for a test or a measurement: ``samspil up --empty`` in a folder of its own, on free ports."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

# What would let an installation meet another one's database or addresses.
OTHERS = ("SAMSPIL_DATABASE_URL", "SAMSPIL_PUBLIC_URL", "SAMSPIL_LIVE_URL", "SAMSPIL_SECRET_KEY", "DJANGO_SETTINGS_MODULE")


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Installation:
    """`samspil up` with its own PostgreSQL. The folder must be readable by all: started by root, PostgreSQL runs as another user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.live = free_port(), free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in OTHERS},
            "SAMSPIL_DATA_DIR": str(folder / "data"),
            "SAMSPIL_PORT": str(self.port),
            "SAMSPIL_LIVE_PORT": str(self.live),
            "SAMSPIL_LOG_LEVEL": "error",
        }
        self.log = (folder / "up.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "samspil.project.cli", "up", "--empty"],
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self, seconds: float = 180) -> None:
        """Until pages and live process answer."""
        deadline = time.monotonic() + seconds
        for port in (self.port, self.live):
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                        break
                except OSError:
                    if time.monotonic() > deadline or self.process.poll() is not None:
                        raise SystemExit(self.said()[-3000:]) from None
                    time.sleep(0.2)

    def said(self) -> str:
        """What its processes have written."""
        return (self.folder / "up.log").read_text(errors="replace")

    def call(self, function: str, **values: Any) -> Any:
        """What "module:function" answers in a process of this installation, with Django set up; values and answer are JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.browser.installation", function],
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings"},
            input=json.dumps(values).encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return json.loads(done.stdout)

    def stop(self) -> None:
        """Stop everything, and wait for it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def _answer() -> None:
    import django

    django.setup()
    module, _, name = sys.argv[1].partition(":")
    sys.stdout.write(json.dumps(getattr(importlib.import_module(module), name)(**json.load(sys.stdin))))


if __name__ == "__main__":
    _answer()
