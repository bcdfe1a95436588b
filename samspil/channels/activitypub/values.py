"""Reading JSON-LD from strangers without trust: every function gives something harmless for whatever stands there."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.kit import NotUnderstood, reading

LARGEST = 1024 * 1024
"""Bytes of one activity."""
DEEPEST = 60
"""Levels of one activity; the deepest real ones have about ten."""
LONGEST = 500_000
MANY = 100
QUOTES = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
"""How a note names what it quotes (https://codeberg.org/fediverse/fep, 044f; and before it)."""
EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC = frozenset({EVERYBODY, "as:Public", "Public"})
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def read(payload: bytes) -> dict[str, Any]:
    """One JSON object. What is too large or too deep is refused before it is read. Raises NotUnderstood."""
    if len(payload) > LARGEST:
        raise NotUnderstood(f"It has {len(payload)} bytes, and {LARGEST} are read at most")
    if _is_deep(payload):
        raise NotUnderstood(f"It is nested more than {DEEPEST} levels deep")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("It is not JSON") from error
    if not isinstance(found, dict):
        raise NotUnderstood("It is not a JSON object")
    return found


def _is_deep(payload: bytes) -> bool:
    depth = 0
    for found in _BRACKETS.finditer(_STRINGS.sub(b"", payload)):
        depth += 1 if found[0] in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


def text(value: Any, longest: int = LONGEST) -> str:
    """A string without control characters; "" for anything else."""
    return reading.text(value, longest)


def line(value: Any, longest: int = 200) -> str:
    """A string on one line."""
    return " ".join(text(value, longest * 4).split())[:longest]


def listed(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list, at most MANY."""
    if value is None:
        return []
    return value[:MANY] if isinstance(value, list) else [value]


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects in what may stand alone or in a list."""
    return [row for row in listed(value) if isinstance(row, dict)]


def ident(value: Any) -> str:
    """The id of an object that is named or repeated; "" where there is none. Of a list, the first."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = value.get("id", value.get("@id"))
    found = text(value, 2000)
    return found if found and not re.search(r"\s", found) else ""


def idents(*values: Any) -> set[str]:
    """The ids in several places that may hold one or many."""
    return {found for value in values for row in listed(value) if (found := ident(row))}


def kinds(thing: Mapping[str, Any]) -> list[str]:
    """The types of an object, without their vocabulary's name."""
    return [text(kind, 100).removeprefix("as:") for kind in listed(thing.get("type", thing.get("@type"))) if text(kind, 100)]


def kind(thing: Mapping[str, Any]) -> str:
    """The first type; "" without one."""
    return next(iter(kinds(thing)), "")


def time(value: Any) -> datetime | None:
    """A time in UTC; one without a zone is taken as UTC. None for what is none."""
    try:
        at = datetime.fromisoformat(text(value, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def address(thing: Mapping[str, Any]) -> str:
    """A web address of an object: a link, or the first of several."""
    for row in [*listed(thing.get("url")), *listed(thing.get("href"))]:
        found = text(row.get("href"), 2000) if isinstance(row, dict) else text(row, 2000)
        if found.startswith(("https://", "http://")):
            return found
    return ""
