"""Reading what a payload says, of which nothing is believed: any value in, plain values out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from samspil.kit import NotUnderstood

LONGEST = 10_000
JOINER = "\u200d"
_MILLISECONDS = 100_000_000_000
"""A time of more is in milliseconds: in seconds it would be after the year 5000."""


def parts(value: object, name: str) -> Sequence[Mapping[str, Any]]:
    """The objects in the list of that name."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(value: object, limit: int = LONGEST) -> str:
    """Plain text of several lines, without control characters."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value[: limit * 2] if c.isprintable() or c in "\n\t" or c == JOINER).strip()[:limit]


def word(value: object, limit: int = 200) -> str:
    """Plain text of one line; a whole number is written out, for Meta's ids are now one and now the other."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        return str(value)
    return " ".join(text(value, limit).split()) if isinstance(value, str) else ""


def time(value: object) -> datetime:
    """A moment in seconds or milliseconds since 1970, as a number or as digits, or as Meta's text. Raises NotUnderstood."""
    plain = word(value, 40)
    try:
        if plain.isascii() and plain.isdigit():
            number = int(plain)
            return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)
        at = datetime.fromisoformat(plain)
    except (OverflowError, OSError, ValueError):
        return fail("nobody knows when")
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def fail(words: str) -> NoReturn:
    """Raises NotUnderstood."""
    raise NotUnderstood(words)
