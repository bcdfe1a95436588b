"""Messages that a network has approved beforehand, with places to fill in: all that some take after their time for answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One approved message in one language. ``text`` is the whole of it, with its places as ``{{1}}`` or ``{{first_name}}``.

    ``examples`` are the network's own, by place; ``category`` is the network's word.
    """

    name: str
    language: str
    text: str
    category: str = ""
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def places(self) -> Sequence[str]:
        """The names of the places, each once, in order."""
        return list(dict.fromkeys(_PLACE.findall(self.text)))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with every place filled in; what stands in a value is text, also where it looks like a place. Raises KeyError."""
        return _PLACE.sub(lambda found: values[found[1]], self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A template that is to be sent, and what its places are filled with, by name."""

    name: str
    language: str
    values: Mapping[str, str] = field(default_factory=dict)


def split(text: str) -> list[tuple[str, bool]]:
    """A template's text in pieces: words, and names of places (then True)."""
    pieces = _PLACE.split(text)
    return [(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece or number % 2]
