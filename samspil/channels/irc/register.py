"""Signing in: capabilities, SASL, a name. Source: ircv3.net/specs/extensions/capability-negotiation and sasl-3.1."""

import base64
import secrets
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from samspil.channels.irc.lines import Line
from samspil.channels.irc.settings import Settings
from samspil.kit import SignInAgain, TryLater

AFTER_REFUSED = 600.0
WANTED = frozenset("message-tags server-time account-tag echo-message batch draft/message-redaction".split())
TAKEN = frozenset({"433", "436", "437"})
SIGN_IN_FAILED = frozenset({"902", "904", "905", "906", "907", "908"})
TRIES = 3
"""Names that are tried when ours is taken, each with one more line under it."""


class Link(Protocol):
    """What signing in needs of a connection."""

    settings: Settings
    nick: str
    capabilities: set[str]
    lost: threading.Event

    def write(self, line: str) -> None: ...
    def next_line(self) -> tuple[bytes, Line] | None: ...
    def note(self, line: Line) -> None: ...
    def trouble(self) -> TryLater: ...


def register(link: Link, seconds: float) -> None:
    """Until the server welcomes us. Raises TryLater, OSError."""
    settings, end = link.settings, time.monotonic() + seconds
    steps = _Steps(link)
    link.write("CAP LS 302")
    link.write(f"NICK {link.nick}")
    link.write(f"USER {settings.account or settings.nick[:9]} 0 * :{settings.nick}")
    while time.monotonic() < end:
        found = link.next_line()
        if found is None:
            continue
        link.note(found[1])
        if link.lost.is_set():
            raise link.trouble()
        if steps.take(found[1]):
            return
    raise TryLater("The IRC server takes too long to let us in")


class _Steps:
    """One line of the server at a time; true when we are in."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.offered: set[str] = set()
        self.tries = 0
        self.welcomed = False

    def take(self, line: Line) -> bool:
        command = line.command
        if command == "CAP":
            self.capability(line)
        elif command == "AUTHENTICATE" and line.parameter(0) == "+":
            self.sign_in()
        elif command == "903":
            self.link.write("CAP END")
        elif command == "421" and line.parameter(1).upper() == "CAP":
            self.without_sasl()
        elif command == "001":
            self.welcomed = True
            self.link.nick = line.parameter(0) or self.link.nick
            if "sasl" not in self.link.capabilities:
                self.without_sasl()
        else:
            self.refusal(command)
        return command in {"376", "422"} and self.welcomed

    def refusal(self, command: str) -> None:
        if command in SIGN_IN_FAILED:
            raise SignInAgain("The network's services do not accept the account and its password", after=AFTER_REFUSED)
        if command in TAKEN and not self.welcomed:
            self.another_name()
        if command == "432":
            raise TryLater(f"The server does not take the name {self.link.nick}", after=AFTER_REFUSED)
        if command == "464":
            raise TryLater("The server asks for a password, which is not spoken yet", after=AFTER_REFUSED)

    def capability(self, line: Line) -> None:
        kind = line.parameter(1).upper()
        named = {word.partition("=")[0] for word in line.last.split()}
        if kind == "LS":
            self.offered |= named
            if line.parameter(2) == "*":
                return  # there is more
            wanted = self.offered & WANTED | ({"sasl"} & self.offered if self.link.settings.account else set())
            if "sasl" not in wanted:
                self.without_sasl()
            self.link.write(f"CAP REQ :{' '.join(sorted(wanted))}" if wanted else "CAP END")
        elif kind == "ACK":
            self.link.capabilities |= named
            self.link.write("AUTHENTICATE PLAIN" if "sasl" in named else "CAP END")
        elif kind == "NAK":
            self.without_sasl()
            self.link.write("CAP END")

    def sign_in(self) -> None:
        for piece in plain_sign_in(self.link.settings.account, self.link.settings.password):
            self.link.write(f"AUTHENTICATE {piece}")

    def without_sasl(self) -> None:
        """A password is given to SASL alone: not to a NickServ who may be anybody."""
        if self.link.settings.account:
            raise TryLater("The server offers no sign-in with an account (SASL). Leave the account empty.", after=AFTER_REFUSED)

    def another_name(self) -> None:
        self.tries += 1
        if self.tries > TRIES:
            raise TryLater(f"The name {self.link.settings.nick} is taken", after=60)
        self.link.nick = (
            f"{self.link.settings.nick[:28]}{'_' * self.tries}"
            if self.tries < TRIES
            else f"{self.link.settings.nick[:20]}{secrets.token_hex(2)}"
        )
        self.link.write(f"NICK {self.link.nick}")


def plain_sign_in(account: str, password: str) -> Iterator[str]:
    """SASL PLAIN in the pieces in which it goes: 400 characters at most, and a "+" where the last was as long."""
    whole = base64.b64encode(f"{account}\0{account}\0{password}".encode()).decode()
    cut = [whole[place : place + 400] for place in range(0, len(whole), 400)]
    yield from cut
    if len(cut[-1]) == 400:  # noqa: PLR2004 - the protocol's own number
        yield "+"
