"""From a row to a person: handles in one form, details in one form, and a word on everything that could not be taken."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from samspil.base.tables import MANY, Row, storable
from samspil.exchange.rules.handles import handle_of, is_role

Key = tuple[str, str, str]
"""Network, scope, address."""
Why = list[str]
"""A code and what it is about."""
SPLIT = re.compile(rf"[{MANY}\n;,]+")
HANDLES = 20
"""Handles of one row at most: more is a list and no person."""
_DATES = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})(?:T.*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?: .*)?"), (3, 2, 1)),
)
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")


@dataclass(slots=True)
class Person:
    """One row understood. ``error`` is a code, and then nothing of it is taken; ``why`` are remarks on what is."""

    number: int
    name: str = ""
    handles: list[tuple[Key, str]] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    since: datetime | None = None
    why: list[Why] = field(default_factory=list)
    error: str = ""
    raw: Sequence[str] = ()

    @property
    def shown(self) -> str:
        """The person in one line."""
        parts = [self.name, *(display or key[2] for key, display in self.handles)]
        return " · ".join(filter(None, parts))[:300] or " · ".join(c.strip() for c in self.raw if c.strip())[:300]


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: a meaning for each column, the country of phone numbers without one, and the shape of every detail.

    ``tidy`` is identity's, which gives a detail's one form or raises ValueError.
    """

    header: Sequence[str]
    meanings: Sequence[str]
    country: str
    shapes: Mapping[str, str]
    tidy: Callable[[Any, str], str]


def person_of(row: Row, reading: Reading) -> Person:
    """Read one row. Never raises."""
    cells = [storable(c) for c in row.cells]
    found = Person(row.number, raw=cells)
    if not row.error and not any(cell.strip() for cell in cells):
        found.error = "empty"
        return found
    if row.error:
        found.error = row.error
        return found
    bad: list[Why] = []
    for place, (name, meaning) in enumerate(zip(reading.header, reading.meanings, strict=False)):
        cell = cells[place].strip() if place < len(cells) else ""
        if meaning and cell:
            _take(found, bad, name, meaning, cell, reading)
    _name(found)
    _flags(found)
    found.why += bad
    if not found.handles:
        found.error = "bad_handle" if bad else "no_handle"
    elif len(found.handles) > HANDLES:
        found.error = "too_many_handles"
    return found


def _take(found: Person, bad: list[Why], name: str, meaning: str, cell: str, reading: Reading) -> None:
    kind, _, rest = meaning.partition(".")
    if meaning == "name":
        found.name = " ".join(cell.replace(MANY, " ").split())[:200]
    elif meaning == "since":
        found.since = _moment(cell)
        if found.since is None:
            found.why.append(["bad_value", f"{name}: {cell[:60]}"])
    elif kind == "handle":
        for part in SPLIT.split(cell):
            if part.strip():
                _handle(found, bad, rest, part, reading.country)
    else:
        for part in cell.split(MANY):
            _detail(found, name, rest, part, reading)


def _handle(found: Person, bad: list[Why], network: str, part: str, country: str) -> None:
    try:
        address, display = handle_of(network, part, country)
    except ValueError:
        bad.append(["bad_handle", f"{network}: {part.strip()[:80]}"])
        return
    key = (network, "", address)
    if key not in {k for k, _ in found.handles}:
        found.handles.append((key, display))
        if network == "mail" and is_role(address):
            found.why.append(["role", address])


def _detail(found: Person, name: str, word: str, part: str, reading: Reading) -> None:
    if not part.strip():
        return
    shape = reading.shapes.get(word, "text")
    value = _date(part) or part if shape == "date" else part
    try:
        tidied = reading.tidy(shape, value)
    except ValueError:
        found.why.append(["bad_value", f"{name}: {part.strip()[:60]}"])
        return
    if (word, tidied) not in found.details:
        found.details.append((word, tidied))


def _name(found: Person) -> None:
    if found.name:
        return
    parts = dict(found.details)
    found.name = " ".join(filter(None, (parts.get("given_name"), parts.get("surname"))))[:200]


def _flags(found: Person) -> None:
    """Look-alike letters and signs that are not seen are said, and kept."""
    for text in (found.name, *(key[2] for key, _ in found.handles), *(value for _, value in found.details)):
        if text.isascii() and text.isprintable():
            continue
        if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn"} and c not in "\n\t\u200d" for c in text):
            found.why.append(["control", _visible(text)[:80]])
        if any(_mixed(word) for word in re.split(r"[\s@._\-]+", text)):
            found.why.append(["lookalike", text[:80]])


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _mixed(word: str) -> bool:
    seen = {a for c in word if c.isalpha() for a in _ALPHABETS if unicodedata.name(c, "").startswith(a)}
    return len(seen) > 1


def _date(text: str) -> str:
    for pattern, (year, month, day) in _DATES:
        if found := pattern.fullmatch(text.strip()):
            try:
                return date(int(found[year]), int(found[month]), int(found[day])).isoformat()
            except ValueError:
                return ""
    return ""


def _moment(text: str) -> datetime | None:
    plain = text.strip()
    try:
        if re.fullmatch(r"\d{9,11}", plain):
            return datetime.fromtimestamp(int(plain), tz=UTC)
        found = datetime.fromisoformat(plain)
    except (ValueError, OverflowError, OSError):
        day = _date(plain)
        return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
