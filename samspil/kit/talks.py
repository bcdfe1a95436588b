"""What a channel can do where colleagues talk, beside carrying notices: a remark in the thread of one, and a room of a team."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from samspil.kit.account import Account
from samspil.kit.events import Handle
from samspil.kit.outbound import Notice, Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What we say in a thread, under what a colleague did there: it was sent, it is held and why.

    ``id`` is made once and is the key of every try. ``place`` is the message of ours that the thread hangs on, as :attr:`Sent.external_id`
    named it, and ``to`` who is spoken to there. ``link`` opens the conversation at the desk. ``certain``: the place is known to be a
    message of ours; where it is not, nothing is said but in the account's own conversation with one person.
    """

    id: str
    place: str
    text: str
    to: Handle
    link: str = ""
    language: str = "da"
    certain: bool = True


@runtime_checkable
class Remarks(Protocol):
    """A channel that :class:`Notifies` and can speak in the thread of a notice."""

    def remark(self, remark: Remark, account: Account) -> Sent:
        """Say it, once however often it is tried. What we say there is never taken for an answer. Raises TryLater, Unreachable, Uncertain."""
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """A room of several people: what names it in calls, and what it is called there."""

    id: str
    name: str


@runtime_checkable
class TellsRooms(Protocol):
    """A channel that :class:`Remarks` and can tell a whole team in a room of theirs; what they answer comes as ``ColleagueWrote``."""

    def room(self, name: str, account: Account) -> Room:
        """The room that somebody names, where we are in it and may speak. Raises TryLater, Unreachable."""
        ...

    def tell_room(self, notice: Notice, room: str, account: Account) -> Sent:
        """Hand a notice to the room; the same again is the same notice. Raises TryLater, Unreachable, Uncertain."""
        ...

    def mark_told(self, place: str, text: str, account: Account) -> None:
        """Give what was told there these words in place of its own. Done twice it is done once. Raises TryLater, Unreachable, Uncertain."""
        ...
