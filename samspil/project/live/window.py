"""Reading a log whose rows do not appear in the order of their ids, and replaying what was read. Pure.

An id is taken when a row is inserted, but the row is seen only after its commit: 12 can appear after 13. A page must be told
of both, each once, without waiting for the slowest transaction as the reactions do.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

PATIENCE = 60.0
"""Seconds for which an id that was jumped over may still appear; a transaction that was rolled back leaves it empty for ever."""
MOST_MISSING = 5000


class Missing:
    """The ids below the highest one seen that have not been seen themselves."""

    def __init__(self) -> None:
        self.top = 0
        self._since: dict[int, float] = {}

    def begin(self, ids: Iterable[int], now: float) -> None:
        """Begin with the newest ids there are: what is missing among them may yet appear, what is before them is past."""
        known = sorted(ids)
        self.top = known[-1] if known else 0
        holes = set(range(known[0], self.top)) - set(known) if known else set()
        self._since = dict.fromkeys(sorted(holes)[-MOST_MISSING:], now)

    def wanted(self, now: float) -> list[int]:
        """Ids to look for beside those above ``top``; those that were missing for too long are given up."""
        late = [ident for ident, since in self._since.items() if now - since > PATIENCE]
        for ident in late:
            del self._since[ident]
        return list(self._since)

    def take(self, ids: Iterable[int], now: float) -> list[int]:
        """Of the ids that were read, those that are new, in order."""
        fresh = []
        for ident in sorted(set(ids)):
            if ident > self.top:
                first = max(self.top + 1, ident - MOST_MISSING)
                self._since.update(dict.fromkeys(range(first, ident), now))
                self.top = ident
                fresh.append(ident)
            elif self._since.pop(ident, None) is not None:
                fresh.append(ident)
        while len(self._since) > MOST_MISSING:
            self._since.pop(next(iter(self._since)))
        return fresh


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log as events: ``common`` for all colleagues, ``personal`` for one. ``early``: read at the start."""

    id: int
    common: Sequence[str] = ()
    personal: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    early: bool = False

    @property
    def size(self) -> int:
        """Characters that the row takes in the log."""
        return sum(map(len, self.common)) + sum(len(text) for texts in self.personal.values() for text in texts)

    def for_colleague(self, colleague: UUID) -> bytes:
        """The row's events for one colleague. The id stands on the last, so that a stream cut between two has them again."""
        events = [*self.common, *self.personal.get(colleague, ())]
        if not events:
            return b""
        return ("".join(events[:-1]) + f"id: {self.id}\n" + events[-1]).encode()


class Log:
    """The newest rows in the order in which they were told, which is what a stream that comes back must go on from."""

    LOOK_BACK = 64
    """Rows told again after a start of the process, when the order in which they were told before is not known."""

    MOST_CHARACTERS = 8_000_000
    """A row of a busy moment holds hundreds of facts, so rows alone are no bound."""

    def __init__(self, most: int = 5000) -> None:
        self._entries: deque[Entry] = deque()
        self._places: dict[int, int] = {}
        self._first = 0
        self._most = most
        self._size = 0

    def append(self, entry: Entry) -> None:
        """Add what is told now; the oldest is forgotten."""
        self._places[entry.id] = self._first + len(self._entries)
        self._entries.append(entry)
        self._size += entry.size
        while len(self._entries) > self._most or (self._size > self.MOST_CHARACTERS and len(self._entries) > 1):
            oldest = self._entries.popleft()
            self._places.pop(oldest.id, None)
            self._size -= oldest.size
            self._first += 1

    def after(self, ident: int) -> list[Entry] | None:
        """What was told after the row; None when that is not known any more and the page must ask for everything anew.

        A row that is not here but newer than all that are: nothing has been told after it.
        """
        place = self._places.get(ident)
        if place is None:
            if not self._entries or ident > max(self._places):
                return []
            if ident < min(self._places):
                return None
            place = min(self._places[known] for known in self._places if known > ident) - 1
            place = max(place - self.LOOK_BACK, self._first - 1)
        elif self._entries[place - self._first].early:
            place = max(place - self.LOOK_BACK, self._first - 1)
        return [self._entries[i] for i in range(place + 1 - self._first, len(self._entries))]
