"""A process that is given one mail at a time: Samspil or a rival, resident, behind a pipe.

A frame is four bytes of length, big end first, and the mail; the answer is one line when the mail is on disk and threaded.
The length 0 asks for "ready". Whatever the process says before its first answer to that is its own affair.
"""

import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from rivals.cpu import cpu_ms


class Feeder:
    """Starts ``command`` and waits until it is ready."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*command], env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, cwd="/"
            )
        self._ask(b"")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid

    def give(self, mail: bytes) -> float:
        """Give one mail and wait for its answer: the wall ms."""
        began = time.perf_counter()
        self._ask(mail)
        return (time.perf_counter() - began) * 1000

    def cpu(self) -> float:
        """CPU ms spent until now, its children's included."""
        return cpu_ms(self.pid)

    def stop(self) -> None:
        """End it."""
        assert self.process.stdin
        with suppress(BrokenPipeError):  # it may have ended by itself
            self.process.stdin.close()
        self.process.wait(60)

    def _ask(self, mail: bytes) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(struct.pack(">I", len(mail)) + mail)
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != b"ok":
            raise RuntimeError(f"{answer!r}: {self.log.read_text()[-2000:]}")
