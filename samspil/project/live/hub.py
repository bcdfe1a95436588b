"""Who listens in this process, and the log of what was told to them."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from samspil.base.live import Signal
from samspil.project.live.http import event
from samspil.project.live.window import Entry, Log

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
MOST_REPLAYED = 300_000
"""Bytes; whoever has missed more asks for everything anew."""
MOST_STREAMS_OF_ONE = 8
PRESENCE = 40.0
"""Seconds for which a colleague counts as looking at a conversation without having said so again."""


class Stream:
    """One open stream. A reader that is too slow is let go: it comes back and asks for what it has missed."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self.closed = False

    def put(self, piece: bytes) -> None:
        """Add what is to be sent."""
        if self.closed or not piece:
            return
        self._size += len(piece)
        if self._size > MOST_BYTES:
            self.close()
            return
        self._pieces.append(piece)
        self._wake.set()

    def wake(self) -> None:
        """Let :meth:`take` return now."""
        self._wake.set()

    def close(self) -> None:
        """End the stream at the next moment."""
        self.closed = True
        self._wake.set()

    async def take(self, *, within: float) -> bytes:
        """Everything that waits, in one piece; empty after ``within`` seconds of silence, or when it was only woken."""
        if not self._pieces and not self.closed:
            try:
                await asyncio.wait_for(self._wake.wait(), within)
            except TimeoutError:
                return b""
        self._wake.clear()
        found = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return found


class Desk(Stream):
    """A colleague's browser."""

    def __init__(self, colleague: UUID) -> None:
        super().__init__()
        self.colleague = colleague


class Visitor(Stream):
    """A visitor's page. It is told that something of its own is new, and asks for it itself."""

    def __init__(self, key: tuple[str, str, str]) -> None:
        super().__init__()
        self.key = key
        self.handle: UUID | None = None
        self.conversations: set[str] = set()
        self.stale = True

    def renew(self) -> None:
        """Something of the visitor's own has changed."""
        self.stale = True
        self.wake()


class Hub:
    """All streams of this process. Everything here runs on the event loop."""

    def __init__(self) -> None:
        self.log = Log()
        self.desks: set[Desk] = set()
        self.visitors: dict[tuple[str, str, str], list[Visitor]] = {}
        self._present: dict[tuple[str, str], tuple[float, str]] = {}

    def open_desk(self, colleague: UUID, after: int | None) -> Desk:
        """A new stream for a colleague, beginning with what it has missed since ``after``, or with ``reset``."""
        desk = Desk(colleague)
        if after is not None:
            missed = self.log.after(after)
            replay = b"".join(entry.for_colleague(colleague) for entry in missed or ())
            desk.put(event("reset", {}).encode() if missed is None or len(replay) > MOST_REPLAYED else replay)
        now = time.monotonic()
        self._present = {who: seen for who, seen in self._present.items() if seen[0] > now}
        desk.put("".join(said for _, said in self._present.values()).encode())
        self.desks.add(desk)
        return desk

    def open_visitor(self, key: tuple[str, str, str]) -> Visitor:
        """A new stream for a visitor; of very many of one visitor the oldest ends."""
        visitor = Visitor(key)
        streams = self.visitors.setdefault(key, [])
        streams.append(visitor)
        if len(streams) > MOST_STREAMS_OF_ONE:
            streams[0].close()
        return visitor

    def close(self, stream: Desk | Visitor) -> None:
        """Forget a stream that has ended."""
        if isinstance(stream, Desk):
            self.desks.discard(stream)
            return
        streams = self.visitors.get(stream.key, [])
        if stream in streams:
            streams.remove(stream)
        if not streams:
            self.visitors.pop(stream.key, None)

    def all_visitors(self) -> Iterable[Visitor]:
        """Every visitor's stream."""
        return [visitor for streams in self.visitors.values() for visitor in streams]

    def tell(self, entries: Iterable[tuple[Entry, list[Signal]]]) -> None:
        """Pass rows of the log on to everybody whom they concern, once a stream."""
        handles: set[UUID] = set()
        conversations: set[str] = set()
        told: list[Entry] = []
        for entry, signals in entries:
            self.log.append(entry)
            told.append(entry)
            handles |= {signal.handle for signal in signals if signal.handle}
            conversations |= {str(signal.data["conversation"]) for signal in signals if signal.data.get("conversation")}
        everybody = b"".join(entry.for_colleague(UUID(int=0)) for entry in told)
        personal = any(entry.personal for entry in told)
        for desk in list(self.desks):
            desk.put(b"".join(entry.for_colleague(desk.colleague) for entry in told) if personal else everybody)
        for visitor in self.all_visitors():
            if visitor.handle in handles or visitor.conversations & conversations:
                visitor.renew()

    def pass_on(self, said: Mapping[str, Any]) -> None:
        """Pass on what no row keeps: typing and presence. Anything else is not ours."""
        name, conversation = said.get("signal"), str(said.get("conversation") or "")
        if name not in ("typing", "presence") or not conversation:
            return
        data = {key: value for key, value in said.items() if key != "signal"}
        text = event(name, data)
        if name == "presence":
            who = (conversation, str(data.get("colleague")))
            if data.get("what") == "left":
                self._present.pop(who, None)
            else:
                self._present[who] = (time.monotonic() + PRESENCE, text)
        for desk in list(self.desks):
            desk.put(text.encode())
        if name == "typing" and data.get("colleague") and not data.get("note"):
            first = str(data.get("name") or "").split(" ")[0]
            for visitor in self.all_visitors():
                if conversation in visitor.conversations:
                    visitor.put(event("typing", {"name": first}).encode())

    def unknown_visitors(self) -> bool:
        """Whether somebody listens whose handle has not been seen yet."""
        return any(visitor.handle is None for visitor in self.all_visitors())

    def meet(self, handle: UUID, key: tuple[str, str, str]) -> None:
        """Learn a visitor's handle."""
        for visitor in self.visitors.get(key, ()):
            visitor.handle = handle
