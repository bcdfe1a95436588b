"""Reading values of a JSON object that nobody has looked at yet: what is wrong is said by its path. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from samspil.kit import NotUnderstood

LONGEST_ID, LONGEST_NAME, LONGEST_TEXT = 200, 200, 100_000
AHEAD = timedelta(hours=1)
LARGEST = Decimal(10) ** 11
DIGITS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One object of the payload. ``path`` is where it stands; every reading raises NotUnderstood with the path and what is wanted."""

    value: Mapping[str, Any]
    path: str = ""

    def fail(self, name: str, wants: str) -> NotUnderstood:
        """The error for one field."""
        return NotUnderstood(f"{self.path}{name} {wants}")

    def text(self, name: str, *, longest: int = LONGEST_NAME, required: bool = False) -> str:
        """A text, "" when it is not there."""
        value = self.value.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            raise self.fail(name, "must be a text that is not empty" if required else "must be a text")
        if len(value) > longest:
            raise self.fail(name, f"has {len(value)} characters; at most {longest} are taken")
        return value.replace("\x00", "")

    def ident(self, name: str, *, required: bool = True) -> str:
        """An id: a text without white space or control characters."""
        value = self.text(name, longest=LONGEST_ID, required=required)
        if not all(c.isprintable() and not c.isspace() for c in value):
            raise self.fail(name, "must be an id without white space")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false when it is not there."""
        value = self.value.get(name, False)
        if not isinstance(value, bool):
            raise self.fail(name, "must be true or false")
        return value

    def at(self, name: str, received: datetime) -> datetime:
        """A time with its zone; when it came where none is said."""
        value = self.value.get(name)
        if value is None:
            return received
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or found.year < 1970:  # noqa: PLR2004 - before every network
            raise self.fail(name, "must be a time with its zone such as 2026-11-26T09:30:00+01:00")
        if found > received + AHEAD:
            raise self.fail(name, "is in the future")
        return found

    def amount(self, name: str) -> Decimal:
        """An amount of money as a text or a whole number, at most two decimals; never a float."""
        value = self.value.get(name)
        short = isinstance(value, (str, int)) and not isinstance(value, bool) and len(str(value)) <= DIGITS
        try:
            found = Decimal(value) if short else None  # type: ignore[arg-type]  # a text or a whole number
        except (InvalidOperation, ValueError):
            found = None
        if found is None or not found.is_finite() or abs(found) >= LARGEST or found != round(found, 2):
            raise self.fail(name, 'must be an amount such as "499.00"')
        return round(found, 2)

    def one_of(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """One of some words."""
        value = self.value.get(name, default)
        if value not in choices or not isinstance(value, str):
            raise self.fail(name, f"must be one of {', '.join(choices)}")
        return value

    def part(self, name: str) -> "Part":
        """An object within this one."""
        value = self.value.get(name)
        if not isinstance(value, dict):
            raise self.fail(name, "must be an object")
        return Part(value, f"{self.path}{name}.")

    def parts(self, name: str, most: int) -> Sequence["Part"]:
        """A list of objects; empty when it is not there."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self.fail(name, f"must be a list of at most {most}")
        found = []
        for number, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.fail(f"{name}[{number}]", "must be an object")
            found.append(Part(item, f"{self.path}{name}[{number}]."))
        return found
