"""An answer that comes piece by piece, as server-sent events (WHATWG HTML, 9.2): the data of each, without waiting for the end."""

from collections.abc import Iterable, Iterator

LONGEST = 1_000_000
"""Characters of one event; more is no event."""


def data_of(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event in lines as they come. Comments, names and ids are left out; an event without its empty line counts at the end."""
    parts: list[str] = []
    size = 0
    for line in lines:
        if not line:
            if parts:
                yield "\n".join(parts)
            parts, size = [], 0
            continue
        name, _, value = line.partition(":")
        if name == "data":
            value = value.removeprefix(" ")
            size += len(value)
            if size <= LONGEST:
                parts.append(value)
    if parts:
        yield "\n".join(parts)
