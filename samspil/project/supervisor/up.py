"""The whole of ``samspil up``."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType
from typing import Any

from samspil.project.database import Embedded
from samspil.project.database.locks import locked
from samspil.project.settings import Settings
from samspil.project.supervisor.child import Part
from samspil.project.supervisor.supervisor import STOPPING, Supervisor, handled, signals_to

PORT_SECONDS = 15
ANSWER_SECONDS = 120
WATCH_SECONDS = 1.0
DATABASE_STOP_SECONDS = 70
SERVER_ERROR = 500


class CannotStart(Exception):
    """Samspil cannot start here; the message says why and what to do."""


def parts(settings: Settings) -> list[Part]:
    """The processes of one installation."""
    command = [sys.executable, "-m", "samspil.project.cli"]
    names = ["web", "live", *(["worker"] * settings.worker_processes), "runners"]
    environment = {"SAMSPIL_DATA_DIR": str(settings.data_dir)}
    found = [Part(name=name, command=[*command, name], environment=environment) for name in names]
    if settings.worker_processes == 1:
        return found
    workers = [part for part in found if part.name == "worker"]
    return [part for part in found if part.name != "worker"] + [
        Part(name=f"worker-{number}", command=part.command, environment=environment) for number, part in enumerate(workers, 1)
    ]


def up(settings: Settings, *, empty: bool) -> None:
    """Run everything until Ctrl-C or SIGTERM. Raises CannotStart or DatabaseFailed."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(parts(settings), say=log, stop_seconds=settings.stop_seconds)
    with ExitStack() as stack:
        if not stack.enter_context(locked(settings.data_dir / "up.lock", wait=False)):
            raise CannotStart(f"Samspil already runs on {settings.data_dir}. Stop that one, or choose another SAMSPIL_DATA_DIR.")
        # Until the processes run there is nothing to stop politely: an interruption ends the preparation where it stands.
        stack.enter_context(handled(STOPPING, _interrupt))
        for port, option in ((settings.port, "SAMSPIL_PORT"), (settings.live_port, "SAMSPIL_LIVE_PORT")):
            _await_port(settings.host, port, option)
        embedded = None if settings.database_url else Embedded.of(settings)
        if embedded:
            show("Starting the database ...")
            stack.enter_context(embedded.running())
        show("Preparing the tables ...")
        sign_in = _prepare(settings, empty=empty)
        show("Starting ...")
        with signals_to(supervisor):
            watchmen = [Watchman(embedded)] if embedded else []
            supervisor.run(beside=[Announcer(settings, sign_in), *watchmen])
        if embedded:
            show("Stopping the database ...")
        stack.close()
        if embedded and not embedded.wait_stopped(DATABASE_STOP_SECONDS):
            show("The database goes on for another command that uses it.")
        show("Stopped.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _prepare(settings: Settings, *, empty: bool) -> Sequence[str] | None:
    command = [sys.executable, "-m", "samspil.project.supervisor.first_run", *(["--empty"] if empty else [])]
    environment = {
        **os.environ,
        "SAMSPIL_DATA_DIR": str(settings.data_dir),
        "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings",
    }
    answer = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode:
        raise CannotStart("The tables could not be prepared; the reason stands above.")
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    if found["created"]:
        show("Created the demo. (--empty starts without one.)")
    if found["code"]:
        show(f"\n  The first-run page asks for this code:  {found['code']}\n")
    sign_in: Sequence[str] | None = found["sign_in"]
    return sign_in


def _await_port(host: str, port: int, option: str) -> None:
    """Wait a moment for processes of a killed run to leave the port; then say that it is taken."""
    deadline = time.monotonic() + PORT_SECONDS
    told = False
    while not _free(host, port):
        if time.monotonic() > deadline:
            raise CannotStart(f"Port {port} on {host} is taken by another program: choose another with {option}=...")
        if not told:
            show(f"Port {port} is taken; waiting a moment for it ...")
            told = True
        time.sleep(0.2)


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Announcer:
    """Waits, in a thread, for the pages to answer; called every moment, it prints the address once they do."""

    def __init__(self, settings: Settings, sign_in: Sequence[str] | None) -> None:
        self.settings = settings
        self.sign_in = sign_in
        self.answered = threading.Event()
        self.told = self.complained = False
        self.began = time.monotonic()
        threading.Thread(target=self._ask, name="announcer", daemon=True).start()

    def __call__(self) -> None:
        """Print what is due."""
        if self.told:
            return
        if self.answered.is_set():
            self.told = True
            show(f"\n  Samspil is ready:  {self.settings.public_url}")
            if self.sign_in:
                show(f"  Sign in with:      {self.sign_in[0]}   password: {self.sign_in[1]}")
            show("  Stop with:         Ctrl-C\n")
        elif not self.complained and time.monotonic() - self.began > ANSWER_SECONDS:
            self.complained = True
            show(f"The pages do not answer after {ANSWER_SECONDS} s; the lines above say why. Still trying.")

    def _ask(self) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host)  # noqa: S104 - read, not bound
        address = f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}/"
        while (code := _status(address)) >= SERVER_ERROR or not code:
            # Each broken answer writes an error to the log: a few tell as much as many.
            time.sleep(5 if code else 0.1)
        self.answered.set()


class Watchman:
    """Looks now and then whether the embedded database still has its guard."""

    def __init__(self, embedded: Embedded) -> None:
        self.embedded = embedded
        self.next = 0.0

    def __call__(self) -> None:
        """Look when it is time."""
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + WATCH_SECONDS
            if self.embedded.see_to_guard():
                log("database", "its guard was gone and is started again")


def _status(address: str) -> int:
    """The status of the page at ``address``; 0 when nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(address, timeout=20) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def show(line: str) -> None:
    """To whoever started us."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def log(name: str, line: str) -> None:
    """One event of a process."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name:<8} {line}\n")
    sys.stderr.flush()
