"""One connection to a server: signing in, hearing, and saying.

A thread reads, so that the server's questions are answered whatever the rest waits for.
"""

import contextlib
import logging
import queue
import secrets
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from samspil.channels.irc.lines import LINE, TAGS, Line, folded, read
from samspil.channels.irc.register import AFTER_REFUSED, register
from samspil.channels.irc.settings import Settings
from samspil.kit import TryLater

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds for signing in: servers look up who we are, and some take half a minute."""
STUCK = 20.0
"""Seconds in which the server must take what we send."""
SILENCE = 90.0
"""Seconds without a line after which we ask whether the server is there; twice that, and the connection is lost."""
BURST, PACE = 4, 2.0
"""Lines at once, and seconds for each one after: what servers take without throwing us out (RFC 1459, 8.10)."""
FULL, JOINS, REMEMBERED = 500, 5, 5000
SAID = frozenset({"PRIVMSG", "NOTICE", "TAGMSG", "REDACT"})
BANNED, NOT_LET_IN = "465", frozenset("403 405 471 473 474 475 476 477".split())


class Connection:
    """Open until it is ``lost``.

    ``heard`` are lines of people with what is needed to understand them; ``known`` the ids of messages that we took in or wrote.
    """

    def __init__(self, settings: Settings, nick: str) -> None:
        self.settings, self.nick = settings, nick
        self.mapping = "rfc1459"
        self.capabilities: set[str] = set()
        self.channels: set[str] = set()
        self.refused: dict[str, str] = {}
        self.heard: queue.SimpleQueue[tuple[bytes, Mapping[str, str]]] = queue.SimpleQueue()
        self.known: deque[str] = deque(maxlen=REMEMBERED)
        self.lost = threading.Event()
        self.why = ""
        self._after: float | None = None
        self._socket: Any = None
        self._buffer = b""
        self._patience = PATIENCE
        self._thread = threading.Thread(target=self._live, name="irc", daemon=True)
        self._wire, self._asking = threading.Lock(), threading.Lock()
        self._answers: list[Line] | None = None
        self._ends: tuple[str, threading.Event] = ("", threading.Event())
        self._allowed, self._counted = float(BURST), time.monotonic()

    def open(self) -> None:
        """Connect and sign in. Raises TryLater."""
        try:
            self._socket = raw = socket.create_connection((self.settings.host, self.settings.port), 20)
            if not self.settings.plain:
                self._socket = ssl.create_default_context().wrap_socket(raw, server_hostname=self.settings.host)
            self._register()
        except ssl.SSLCertVerificationError as error:
            raise TryLater(f"The server's certificate is not good: {error}"[:300], after=AFTER_REFUSED) from error
        except (OSError, ValueError) as error:
            raise TryLater(f"{self.settings.host}: {error}"[:300]) from error
        self._patience = SILENCE
        self._thread.start()

    def write(self, line: str) -> None:
        """Send a line at once. Raises TryLater when the connection is lost. A line never holds another: ends of lines are left out."""
        raw = line.replace("\r", " ").replace("\n", " ").replace("\0", "").encode("utf-8", "replace") + b"\r\n"
        try:
            with self._wire:
                self._socket.settimeout(STUCK)
                self._socket.sendall(raw)
        except OSError as error:
            self.end(f"{self.settings.host}: {error}"[:300])
            raise TryLater(self.why) from error

    def say(self, line: str) -> None:
        """Send a line, no faster than servers take it. Raises TryLater."""
        if self._room() < 1:
            time.sleep((1 - self._allowed) * PACE)
        self._allowed -= 1
        self.write(line)

    def _room(self) -> float:
        """Lines that may go at once."""
        moment = time.monotonic()
        self._allowed = min(BURST, self._allowed + (moment - self._counted) / PACE)
        self._counted = moment
        return self._allowed

    def ask(self, work: Callable[[], None], seconds: float = 30.0) -> list[Line]:
        """Do the work, and give all that the server says until it has answered it: it answers in order. Raises TryLater."""
        with self._asking:
            token = secrets.token_hex(6)
            self._ends, self._answers = (token, threading.Event()), []
            try:
                work()
                self.write(f"PING :{token}")
                end = time.monotonic() + seconds
                while not self._ends[1].wait(0.2):
                    if self.lost.is_set() or time.monotonic() > end:
                        raise TryLater(self.why or "The IRC server does not answer")
                return self._answers or []
            finally:
                self._answers = None

    def fold(self, name: str) -> str:
        """A name as this network compares it."""
        return folded(name, self.mapping)

    def end(self, why: str, after: float | None = None) -> None:
        """The connection is of no more use; the first reason is the one that is told."""
        if not self.lost.is_set():
            self.why, self._after = why, after
        self.lost.set()

    def trouble(self) -> TryLater:
        """Why it was lost, as the runner is told."""
        return TryLater(self.why or "The connection was lost", after=self._after)

    def close(self) -> None:
        """Say goodbye."""
        if self._socket is not None:
            with contextlib.suppress(TryLater):
                if not self.lost.is_set():
                    self.write("QUIT :")
            self.end("closed")
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            if self._thread.is_alive():
                self._thread.join(2)
            self._socket.close()

    def _register(self) -> None:
        register(self, PATIENCE)
        for place in range(0, len(self.settings.channels), JOINS):
            self.write(f"JOIN {','.join(self.settings.channels[place : place + JOINS])}")

    def next_line(self) -> tuple[bytes, Line] | None:
        """The next line, None for one that is none. Raises OSError (TimeoutError: nothing came), TryLater at the end."""
        while b"\n" not in self._buffer:
            if len(self._buffer) > LINE + TAGS:
                raise TryLater("The IRC server sends lines without end")
            more = self._receive()
            if not more:
                raise TryLater(self.why or "The IRC server closed the connection")
            self._buffer += more
        raw, _, self._buffer = self._buffer.partition(b"\n")
        with contextlib.suppress(ValueError):
            return raw, read(raw)
        return None

    def _receive(self) -> bytes:
        """What has come. Two threads must not be within one TLS connection at once, so whoever waits does not hold it. Raises TimeoutError."""
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            with self._wire:
                self._socket.settimeout(0)
                with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    return bytes(self._socket.recv(16384))
            waiting = select.poll()
            waiting.register(self._socket, select.POLLIN)
            waiting.poll(1000)
        raise TimeoutError("nothing came")

    def _live(self) -> None:
        asked = False
        while not self.lost.is_set():
            try:
                while self.heard.qsize() >= FULL and not self.lost.is_set():
                    time.sleep(0.1)  # not read is not lost: the server waits with what it has
                found = self.next_line()
                asked = False
                if found is not None:
                    self._take(*found)
            except TimeoutError:
                if asked:
                    self.end("The IRC server is silent")
                asked = True
                with contextlib.suppress(TryLater):
                    self.write("PING :there")
            except TryLater as error:
                self.end(str(error))
            except OSError as error:
                self.end(f"{self.settings.host}: {error}"[:300])
            except Exception as error:  # the thread must not end without a word, whatever a server sends
                if not self.lost.is_set():
                    log.exception("irc")
                self.end(f"{type(error).__name__}: {error}"[:300])

    def _take(self, raw: bytes, line: Line) -> None:
        self.note(line)
        if line.command == "PONG" and line.last == self._ends[0]:
            self._ends[1].set()
        if self._answers is not None and len(self._answers) < FULL:
            self._answers.append(line)
        if line.command in SAID:
            self.heard.put((raw, {"nick": self.nick, "casemapping": self.mapping}))
            self._program_asked(line)

    def note(self, line: Line) -> None:
        """What a line tells of the connection itself: our name, the channels that we are in, whether the server is about to leave."""
        command = line.command
        if command == "PING":
            self.write(f"PONG :{line.parameter(0)}")
        elif command == "ERROR":
            self.end(f"The IRC server: {line.parameter(0)}"[:300])
        elif command == BANNED:
            self.end(f"The IRC server does not let us in: {line.last}"[:300], AFTER_REFUSED)
        elif command == "005":
            for word in line.parameters:
                if word.startswith("CASEMAPPING="):
                    self.mapping = word.partition("=")[2]
        elif command in NOT_LET_IN:
            self.refused[self.fold(line.parameter(1))] = line.last[:200]
        else:
            self._moved(line)

    def _moved(self, line: Line) -> None:
        """Where we are now, and by which name."""
        whose = line.parameter(1) if line.command == "KICK" else line.nick
        if self.fold(whose) != self.fold(self.nick):
            return
        place = self.fold(line.parameter(0))
        if line.command == "NICK":
            self.nick = line.parameter(0)
        elif line.command == "JOIN":
            self.channels.add(place)
        elif line.command in {"PART", "KICK"}:
            self.channels.discard(place)
            if line.command == "KICK":
                self.refused[place] = f"thrown out: {line.parameter(2)}"[:200]

    def _program_asked(self, line: Line) -> None:
        """Answer two harmless questions of other people's programs, and no others; never one in a notice, which would go round in circles."""
        text = line.parameter(1)
        if line.command != "PRIVMSG" or not text.startswith("\x01") or self.fold(line.parameter(0)) != self.fold(self.nick):
            return
        kind, _, rest = text.strip("\x01").partition(" ")
        answer = {"VERSION": "VERSION Samspil", "PING": f"PING {rest[:40]}"}.get(kind.upper())
        if answer and self._room() > BURST - 2:  # what people write goes first
            with contextlib.suppress(TryLater):
                self.say(f"NOTICE {line.nick} :\x01{answer}\x01")


@contextmanager
def connected(settings: Settings, nick: str = "") -> Iterator[Connection]:
    """A connection until the context ends. Raises TryLater."""
    if settings.fault:
        raise TryLater(settings.fault, after=AFTER_REFUSED)
    connection = Connection(settings, nick or settings.nick)
    try:
        connection.open()
        yield connection
    finally:
        connection.close()
