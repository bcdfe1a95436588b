"""What the columns of a file mean: guessed by their names, or told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from samspil.kit import NotUnderstood

NAMES: Mapping[str, Sequence[str]] = {
    "id": ("id", "tweetid", "messageid", "postid", "beskedid", "guid", "uuid"),
    "author": ("authorid", "author", "from", "sender", "senderid", "userid", "user", "username", "afsender", "forfatter"),
    "name": ("authorname", "sendername", "displayname", "fullname", "name", "navn"),
    "text": ("text", "body", "message", "content", "comment", "besked", "tekst", "indhold"),
    "time": ("createdat", "time", "timestamp", "date", "datetime", "sentat", "created", "dato", "tid", "tidspunkt"),
    "reply_to": ("inresponsetotweetid", "inreplyto", "inreplytoid", "replyto", "replytoid", "parentid", "parent", "svartil"),
    "thread": ("threadid", "conversationid", "thread", "conversation", "traad", "samtale"),
    "outgoing": ("outgoing", "isoutgoing", "fromus", "!inbound", "!incoming", "!isinbound", "!isincoming"),
    "to": ("to", "recipient", "recipientid", "receiver", "modtager"),
    "subject": ("subject", "title", "emne"),
    "network": ("network", "platform", "channel", "kanal"),
}
"""Column names, without signs and in small letters, by what they mean; the better one first."""
ONLY_TOLD = ("answered_by",)
MEANINGS = (*NAMES, *ONLY_TOLD)
NEEDED = ("author", "text", "time")
MOST = 40
"""Names of columns, and letters of each, that an error quotes."""
_SIGNS = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans({"å": "aa", "æ": "ae", "ø": "oe"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a mapping names it: ``!inbound`` is the opposite, ``direction:out`` asks for a value."""

    name: str
    opposite: bool = False
    value: str = ""

    @classmethod
    def parse(cls, text: str, header: Sequence[str]) -> "Column":
        """Raises NotUnderstood when the file has no such column."""
        opposite = text.startswith("!") and text not in header
        name = text[1:] if opposite else text
        value = ""
        if name not in header and ":" in name:
            name, _, value = name.rpartition(":")
        if name not in header:
            raise NotUnderstood(f"there is no column {name!r}; there are {_listed(header)}")
        return cls(name, opposite, value)


def guess(header: Sequence[str]) -> dict[str, str]:
    """What the names of the columns suggest, each column once."""
    plain = {_SIGNS.sub("", name.lower().translate(_LETTERS)): name for name in reversed(header)}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for word, names in NAMES.items():
        for name in names:
            column = plain.get(name.removeprefix("!"))
            if column is not None and column not in taken:
                found[word] = ("!" if name.startswith("!") else "") + column
                taken.add(column)
                break
    return found


def told(options: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """The mapping in force: what was said, or the guess when nothing was. Raises NotUnderstood with what is wrong in it."""
    said = {name.removeprefix("map."): value for name, value in options.items() if name.startswith("map.")}
    for word in said:
        if word not in MEANINGS:
            raise NotUnderstood(f"nothing is called {word!r}; there are {', '.join(MEANINGS)}")
    found = said or guess(header)
    for text in found.values():
        Column.parse(text, header)
    missing = [word for word in NEEDED if word not in found]
    if missing:
        which = f"say which column is the {' and the '.join(missing)}: --map {missing[0]}=COLUMN"
        raise NotUnderstood(f"{which}; there are {_listed(header)}")
    return found


def _listed(header: Sequence[str]) -> str:
    """The columns' names, as many as a line holds: a file that is no table may have any."""
    names = ", ".join(repr(name[:MOST]) for name in header[:MOST])
    return names if len(header) <= MOST else f"{names} and {len(header) - MOST} more"
