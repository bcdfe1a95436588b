"""The keys of our posts: made from the reply's id, so that every try of one reply writes the same records."""

import hashlib
from uuid import UUID

SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
LENGTH = 13
MOST = 100
"""More posts than one reply is ever made of."""
_EARLIEST = 1_672_531_200_000_000  # 2023 began
_SPAN = 31_536_000_000_000  # and lasted so long, in microseconds


def keys(reply: str, count: int) -> list[str]:
    """Keys of ``count`` posts, each larger than the one before: a TID, microseconds and ten bits more.

    An id that holds its time (UUIDv7) gives a key of that time, any other one of a time in 2023: the network only asks that a key has the form.
    """
    digest = int.from_bytes(hashlib.sha256(reply.encode("utf-8", "replace")).digest(), "big")
    clock = digest & 0x3FF
    start = _started(reply)
    micros = start + (digest >> 10) % (1000 - MOST) if start else _EARLIEST + (digest >> 10) % _SPAN
    return [tid(micros + number, clock) for number in range(count)]


def tid(micros: int, clock: int) -> str:
    """A key of the protocol's form (https://atproto.com/specs/tid)."""
    whole = (micros << 10) | clock
    return "".join(SIGNS[(whole >> (5 * place)) & 31] for place in reversed(range(LENGTH)))


def _started(reply: str) -> int:
    """The microseconds since 1970 in a UUIDv7; 0 for any other id."""
    try:
        found = UUID(reply)
    except ValueError:
        return 0
    return (found.int >> 80) * 1000 if found.version == 7 else 0  # noqa: PLR2004
