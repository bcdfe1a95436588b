"""Reading values that nobody has looked at yet: whatever stands there, something harmless comes out. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from re import Pattern
from typing import Any
from urllib.parse import urlsplit

from samspil.kit.errors import NotUnderstood

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters but tabs and the ends of lines, and halves of a pair that stand alone: no database and no page wants them."""
CONTROLS_AND_RETURNS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""The same with the carriage return, for networks whose lines end in a line feed."""
ALL_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""The same with those above ASCII, for pages whose encoding was guessed."""


def body(payload: bytes, *, what: str, largest: int) -> Mapping[str, Any]:
    """The JSON object in a payload of at most ``largest`` bytes; ``what`` begins the words of the error. Raises NotUnderstood."""
    if len(payload) > largest:
        raise NotUnderstood(f"{what} has {len(payload)} bytes, and {largest} are read at most")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"{what} is not JSON") from error
    if not isinstance(found, dict):
        raise NotUnderstood(f"{what} is not a JSON object")
    return found


def text(value: object, longest: int, without: Pattern[str] = CONTROLS) -> str:
    """The first ``longest`` characters of a string, without control characters; "" for anything else."""
    return without.sub("", value[:longest]) if isinstance(value, str) else ""


def part(value: object, name: str) -> Mapping[str, Any]:
    """The object of that name within; empty where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def size(value: object) -> int:
    """A number of bytes as a network tells it; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else 0


def host_of(url: str) -> str:
    """The host of a web address in lower case, with its port where it is told; "" for what is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.scheme in {"http", "https"} and parts.hostname else ""


def names(words: Sequence[str], said: str) -> bool:
    """Whether a text names one of the words, which are in folded case, as a whole word in any case."""
    folded = " ".join(said.casefold().split())
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) for word in words)
