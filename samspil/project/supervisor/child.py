"""One process under the supervisor."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from samspil.project.supervisor.parent import PARENT

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
# A child that lived this long had started well: its next start does not wait.
HEALTHY_SECONDS = 20.0
LONGEST_LINE = 4000
CREDENTIALS = re.compile(rb"(://[^:/@\s]*):[^@\s]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What to run: a short name for the log, the command, and additions to the environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A part that is kept running."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.failures = 0
        self.start_at = 0.0
        self.silent = False
        self._rest = b""

    @property
    def output(self) -> IO[bytes]:
        """Where its words come out; only while it has a process."""
        if self.process is None or self.process.stdout is None:
            raise ValueError(self.part.name)
        return self.process.stdout

    def start(self) -> None:
        """Start it in a process group of its own: Ctrl-C is for us alone, and its own children can be ended with it."""
        environment = {**os.environ, **self.part.environment, PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            list(self.part.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
            bufsize=0,
        )
        os.set_blocking(self.output.fileno(), False)
        self.started = time.monotonic()
        self.silent = False
        self._rest = b""

    def ended(self) -> str | None:
        """How it ended, in words, and when it may start again is set; None while it runs or had ended before."""
        if self.process is None or self.process.poll() is None:
            return None
        code = self.process.returncode
        # Whatever it started itself holds its ports and locks.
        self.signal(signal.SIGKILL)
        lived = time.monotonic() - self.started
        self.failures = 0 if lived >= HEALTHY_SECONDS else self.failures + 1
        pause = min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE) if self.failures else 0.0
        self.start_at = time.monotonic() + pause
        self.output.close()
        self.process = None
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"{how} after {lived:.1f} s; it is started again in {pause:.1f} s"

    def signal(self, number: signal.Signals) -> None:
        """Send ``number`` to it and to everything it started."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            # Nobody is left in the group.
            return

    def lines(self) -> list[str]:
        """The whole lines it has written since the last call, without credentials."""
        if self.process is None:
            return []
        try:
            while chunk := os.read(self.output.fileno(), 65536):
                self._rest += chunk
            # The end: nobody can write any more, and a selector would wake us for it for ever.
            self.silent = True
        except BlockingIOError:
            pass
        *whole, self._rest = self._rest.split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            whole, self._rest = [*whole, self._rest], b""
        return [
            CREDENTIALS.sub(rb"\1:***@", line[:LONGEST_LINE]).decode(errors="replace").rstrip() for line in whole if line.strip()
        ]
