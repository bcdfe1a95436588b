"""Reading what X says, without trust in any field. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

from samspil.channels.x_com.settings import NETWORK
from samspil.kit import Handle, NotUnderstood
from samspil.kit.reading import CONTROLS_AND_RETURNS, text

LONGEST = 30_000
MANY = 100
ID = re.compile(r"\d{1,19}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{1,30}", re.ASCII)
_OLD = "%a %b %d %H:%M:%S %z %Y"


def text_of(value: Any, longest: int = LONGEST) -> str:
    """A string of the payload without control characters and with X's &amp; as &; "" for anything else."""
    return unescape(text(value, longest * 2, CONTROLS_AND_RETURNS))[:longest]


def ident(value: Any, what: str) -> str:
    """A number of X's as it is. Raises NotUnderstood."""
    found = str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**19 else value
    if not isinstance(found, str) or not ID.fullmatch(found):
        raise NotUnderstood(f"{what} has no number")
    return found.lstrip("0") or "0"


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, at most MANY; [] for anything else."""
    return [row for row in value[:MANY] if isinstance(row, dict)] if isinstance(value, list) else []


def handle(number: str, about: Mapping[str, Any]) -> Handle:
    """Somebody on X: the number stays, the name may change."""
    name = about.get("username") or about.get("screen_name")
    known = isinstance(name, str) and _NAME.fullmatch(name)
    return Handle(
        network=NETWORK, address=number, display=text_of(about.get("name"), 200).strip(), name=f"@{name}" if known else ""
    )


def when(value: Any) -> datetime:
    """A time as X writes it: ISO 8601, the words of its older API, or thousandths of a second since 1970. Raises NotUnderstood."""
    try:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return datetime.fromtimestamp(int(value[:16]) / 1000, UTC)
        if isinstance(value, str) and "T" in value:
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, str):
            return datetime.strptime(value, _OLD).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotUnderstood("it says no time at which it was written") from error
    raise NotUnderstood("it says no time at which it was written")
