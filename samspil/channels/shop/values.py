"""Values of an order that a shop has sent, whatever they are. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from samspil.kit import NotUnderstood

LINES, LONGEST, DIGITS = 100, 200, 20
LARGEST = Decimal(10) ** 11
MAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{3,190}")
PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def parts(said: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list within."""
    value = said.get(name)
    yield from (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def text(said: Mapping[str, Any], name: str) -> str:
    """A short text or number as text, "" where there is none."""
    value = said.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < LARGEST * LARGEST else ""
    return " ".join(value.replace("\x00", "").split())[:LONGEST] if isinstance(value, str) else ""


def ident(said: Mapping[str, Any], name: str = "id") -> str:
    """A number that identifies. Raises NotUnderstood."""
    found = text(said, name)
    if not (found.isascii() and found.isdigit()):
        raise NotUnderstood(f"{name} is no number")
    return found


def money(said: Mapping[str, Any], name: str) -> Decimal:
    """An amount, to two decimals. Raises NotUnderstood."""
    value = said.get(name)
    try:
        found = Decimal(str(value)) if not isinstance(value, bool) and len(str(value)) <= DIGITS else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) >= LARGEST:
        raise NotUnderstood(f"{name} is no amount")
    return round(found, 2)


def currency(said: Mapping[str, Any]) -> str:
    """Three capital letters. Raises NotUnderstood."""
    found = text(said, "currency")
    if not CURRENCY.fullmatch(found):
        raise NotUnderstood("currency is none")
    return found


def when(said: Mapping[str, Any], *names: str) -> datetime:
    """The first time that is said under one of the names; UTC where no zone is. Raises NotUnderstood."""
    for name in names:
        value = said.get(name)
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) and value else None
        except ValueError:
            found = None
        if found is not None and 1970 <= found.year <= 9000:  # noqa: PLR2004 - what every database holds
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise NotUnderstood("nobody knows when")


def lines(said: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """What was bought."""
    found = [
        {"name": text(line, "name") or text(line, "title"), "sku": text(line, "sku"), "quantity": text(line, "quantity")}
        for line in list(parts(said, "line_items"))[:LINES]
    ]
    return [line for line in found if line["name"]]


def name(said: Mapping[str, Any]) -> str:
    """First and last name."""
    return " ".join(filter(None, [text(said, "first_name"), text(said, "last_name")]))
