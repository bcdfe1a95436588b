"""IRC's lines: read, written, folded and cut. Pure. Source: modern.ircdocs.horse and ircv3.net/irc."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from samspil.kit.reading import CONTROLS

LINE = 512
"""Bytes of a line, with its end and with the sender that the server puts before it."""
TAGS = 8191
SENDER = 96
"""Bytes that are kept free for our user name and host, which the server chooses."""
_ESCAPES = {":": ";", "s": " ", "r": "\r", "n": "\n", "\\": "\\"}
_COLOURS = re.compile("\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?")
_UPPER, _LOWER = "[]\\", "{}|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. ``sender`` is "nick!user@host" or a server's name; ``command`` in capitals."""

    command: str
    parameters: tuple[str, ...] = ()
    sender: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def nick(self) -> str:
        return self.sender.partition("!")[0]

    @property
    def last(self) -> str:
        """The last parameter, which is the one for people; "" without any."""
        return self.parameters[-1] if self.parameters else ""

    def parameter(self, place: int) -> str:
        """A parameter, "" where there are not so many."""
        return self.parameters[place] if place < len(self.parameters) else ""


def read(raw: bytes) -> Line:
    """A line from its bytes: UTF-8, else the older Windows-1252. Raises ValueError for what is none."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = text.rstrip("\r\n")
    tags: dict[str, str] = {}
    sender = ""
    if text.startswith("@"):
        written, _, text = text[1:].partition(" ")
        tags = {name: _unescaped(value) for name, _, value in (tag.partition("=") for tag in written.split(";")) if name}
    text = text.lstrip(" ")
    if text.startswith(":"):
        sender, _, text = text[1:].partition(" ")
    head, colon, last = text.lstrip(" ").partition(" :")
    words = head.split(" ")
    command = words[0].upper()
    if not (command.isascii() and command.isalnum()):
        raise ValueError("a line without a command")
    parameters = [word for word in words[1:] if word]
    return Line(command=command, parameters=(*parameters, *([last] if colon else [])), sender=sender, tags=tags)


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.?)", lambda found: _ESCAPES.get(found[1], found[1]), value)


def folded(name: str, mapping: str = "rfc1459") -> str:
    """A name as the network compares it. In IRC's old alphabet square brackets are the capitals of curly ones."""
    if mapping == "ascii":
        return name.translate({capital: capital + 32 for capital in range(65, 91)})
    if mapping.startswith("rfc1459"):
        small = name.translate({capital: capital + 32 for capital in range(65, 91)})
        small = small.translate(str.maketrans(_UPPER, _LOWER))
        return small.replace("~", "^") if mapping == "rfc1459" else small
    return unicodedata.normalize("NFKC", name.casefold())


def plain(text: str) -> str:
    """A text without colours, bold and control characters."""
    return CONTROLS.sub("", _COLOURS.sub("", text))


def pieces(text: str, command: str, nick: str) -> Iterator[str]:
    """The text cut so that each piece fits a line which begins with ``command`` ("PRIVMSG #a :"): at words, never within a character."""
    room = LINE - len(f":{nick}! {command}\r\n".encode()) - SENDER
    for row in CONTROLS.sub("", text.replace("\r", "\n").replace("\t", " ")).split("\n"):
        rest = row.rstrip()
        while rest:
            piece = _fitting(rest, room)
            yield piece.rstrip()
            rest = rest[len(piece) :].lstrip()


def _fitting(text: str, room: int) -> str:
    raw = text.encode()
    if len(raw) <= room:
        return text
    most = raw[:room].decode("utf-8", "ignore")
    while len(most) > 1 and (unicodedata.combining(text[len(most)]) or text[len(most)] in "\u200d\ufe0f" or most[-1] == "\u200d"):
        most = most[:-1]
    space = most.rfind(" ")
    return most[: space + 1] if space > len(most) // 2 else most
