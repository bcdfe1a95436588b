"""Pure decisions of handing over: what a new holder means, and what of a conversation stands on the card, in which order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

LONGEST_WORD = 1_000
Deed = Literal["same", "first", "left", "over", "taken", "back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who had it when one last looked, and since when."""

    colleague: UUID
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The newest hand-over that nobody has read. ``to`` None: nobody has taken it yet."""

    id: UUID
    had: UUID
    had_since: datetime
    to: UUID | None = None


def follow(held: Held | None, unread: Unread | None, has: UUID | None) -> Deed:
    """What has happened now that ``has`` has the conversation.

    ``first``: nobody had it before; ``left``: nobody has it any more; ``over``: it went from one to another; ``taken``: somebody took
    what was left; ``back``: it is with whom it was before the unread hand-over, which then never was.
    """
    if (held.colleague if held else None) == has:
        return "same"
    if unread is not None and unread.had == has and unread.to == (held.colleague if held else None):
        return "back"
    if held is None:
        return "taken" if unread is not None and unread.to is None else "first"
    return "left" if has is None else "over"


ORDER = ("question", "promise", "failed", "later", "step", "aside", "note", "pulse", "language", "file")
"""The kinds of a card, in the order of what is missed first."""
MOST = {
    "question": 1,
    "promise": 1,
    "failed": 2,
    "later": 2,
    "step": 6,
    "aside": 3,
    "note": 2,
    "pulse": 1,
    "language": 1,
    "file": 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that is known of a conversation. ``anchor`` is its place on the page.

    ``readers`` None: whoever may see the conversation; else these alone. ``over``: settled, taken back or gone.
    ``first``: of its kind it comes before the others, whatever its time.
    """

    kind: str
    at: datetime
    anchor: str = ""
    text: str = ""
    who: str = ""
    answer: str = ""
    until: datetime | None = None
    number: int = 0
    readers: Collection[UUID] | None = None
    over: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the card says of one kind: its pieces in order, and how many more there are."""

    kind: str
    pieces: Sequence[Piece]
    more: int = 0


def card(pieces: Iterable[Piece], *, reader: UUID) -> list[Line]:
    """The card for one colleague: of each kind the newest (steps: in their order), and nothing that they may not read."""
    seen = [p for p in pieces if not p.over and p.kind in MOST and (p.readers is None or reader in p.readers)]
    lines = []
    for kind in ORDER:
        mine = [p for p in seen if p.kind == kind]
        if not mine:
            continue
        if kind == "step":
            kept = sorted(mine, key=lambda p: not p.first)[: MOST[kind]]
        else:
            newest = sorted(mine, key=lambda p: (p.first, p.at), reverse=True)[: MOST[kind]]
            kept = sorted(newest, key=lambda p: p.at)
        lines.append(Line(kind=kind, pieces=kept, more=len(mine) - len(kept)))
    return lines


def said(word: str) -> str:
    """A word as it is kept."""
    return word.replace("\x00", "").replace("\r\n", "\n").strip()[:LONGEST_WORD]
