"""What the runner does when it is asked to say something: makes sure who listens, says it, and looks what the server says to that."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from samspil.channels.irc.connection import Connection
from samspil.channels.irc.lines import pieces
from samspil.channels.irc.settings import CHANNEL, NICK
from samspil.kit import TryLater

REMEMBERED = 1000
LINES = 20
"""Lines of one answer: more is taken for a flood."""
REFUSALS = frozenset("401 404 407 411 412 413 415 437 477 486 489 492 531 716".split())
_TAG = str.maketrans({"\\": "\\\\", ";": "\\:", " ": "\\s", "\r": "\\r", "\n": "\\n"})


class Delivery:
    """Remembers what it has said, so that the same reply is not said twice by one connection."""

    def __init__(self, link: Connection) -> None:
        self.link = link
        self._said: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._one = threading.Lock()

    def answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """An answer to one question: {"external_id"}, or {"error": "unreachable" or "later" or "uncertain", "words"}."""
        if asked.get("do") == "state":
            return {"nick": self.link.nick, "channels": sorted(self.link.channels), "refused": self.link.refused}
        with self._one:
            ident = str(asked.get("id"))
            if ident in self._said:
                return self._said[ident]
            found = self._deliver(ident, *(str(asked.get(name) or "") for name in ("to", "address", "text", "answers")))
            if "external_id" in found:
                self.link.known.append(found["external_id"])
                self._said[ident] = found
                while len(self._said) > REMEMBERED:
                    self._said.popitem(last=False)
            return found

    def _deliver(self, ident: str, to: str, address: str, text: str, answers: str) -> dict[str, Any]:
        try:
            refused = self._in_channel(to) if CHANNEL.fullmatch(to) else self._is(to, address)
        except TryLater as error:
            return {"error": "later", "words": str(error)}
        if refused:
            return {"error": "unreachable", "words": refused}
        cut = list(pieces(text, f"PRIVMSG {to} :", self.link.nick))
        if not 0 < len(cut) <= LINES:
            return {
                "error": "unreachable",
                "words": f"The answer makes {len(cut)} lines, and IRC takes 1 to {LINES} of ours at once.",
            }
        return self._say(ident, to, cut, answers)

    def _in_channel(self, name: str) -> str:
        if self.link.fold(name) in self.link.channels:
            return ""
        return (
            f"We are not in {name}: {self.link.refused.get(self.link.fold(name), 'it is not among the channels of the account')}"
        )

    def _is(self, nick: str, address: str) -> str:
        """Whether the nick is the person's now: it may be somebody else's. "" when it is. Raises TryLater."""
        if not NICK.fullmatch(nick):
            return f"{nick!r} is no name that can be written to"
        told = self.link.ask(lambda: self.link.say(f"WHOIS {nick}"))
        told = [line for line in told if self.link.fold(line.parameter(1)) == self.link.fold(nick)]
        there = next((line for line in told if line.command == "311"), None)
        if there is None:
            return f"{nick} is not on IRC just now, and nothing is kept there for later"
        if "!" in address:
            same = f"{self.link.fold(nick)}!{there.parameter(2)}@{there.parameter(3).lower()}" == address
        else:
            same = any(line.command == "330" and self.link.fold(line.parameter(2)) == address for line in told)
        return "" if same else f"The name {nick} is somebody else's now, or the person came back by another way: nothing was sent"

    def _say(self, ident: str, to: str, cut: list[str], answers: str) -> dict[str, Any]:
        tag = f"@+draft/reply={answers.translate(_TAG)} " if answers and "message-tags" in self.link.capabilities else ""

        def work() -> None:
            for number, piece in enumerate(cut):
                self.link.say(f"{'' if number else tag}PRIVMSG {to} :{piece}")

        try:
            told = self.link.ask(work)
        except TryLater as error:
            return {"error": "uncertain", "words": str(error)}
        for line in told:
            if line.command in REFUSALS and self.link.fold(line.parameter(1)) == self.link.fold(to):
                return {
                    "error": "unreachable",
                    "words": f"The server: {line.last} ({line.command})",
                }
        own = self.link.fold(self.link.nick)
        echo = next((line for line in told if line.command == "PRIVMSG" and self.link.fold(line.nick) == own), None)
        known = echo.tags.get("msgid") if echo is not None else ""
        return {"external_id": f"{self.link.fold(to)} {known or ident}", "detail": f"{len(cut)} lines" if len(cut) > 1 else ""}
