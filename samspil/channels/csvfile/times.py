"""Times as files write them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FORMATS = (
    "iso",
    "%a %b %d %H:%M:%S %z %Y",
    "mail",
    "epoch",
    "epoch-ms",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
)
"""In the order in which they are tried; day before month, for that is how most of the world writes."""
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MILLISECONDS = 100_000_000_000


def parse(text: str, form: str) -> datetime:
    """The time; UTC where the text names no zone. Raises ValueError, also for years that nobody wrote messages in."""
    text = text.strip()
    if form == "iso":
        found = datetime.fromisoformat(text)
    elif form == "mail":
        found = parsedate_to_datetime(text)
    elif form in {"epoch", "epoch-ms"}:
        number = float(text)
        if (number >= MILLISECONDS) != (form == "epoch-ms"):
            raise ValueError("seconds and milliseconds differ")
        found = datetime.fromtimestamp(number / (1000 if form == "epoch-ms" else 1), UTC)
    else:
        found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is given below where the text has none
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"{found.year} cannot be")
    return found


def guess(texts: Sequence[str]) -> str:
    """The form that most of the texts have, the first of equals; "" when none of them has any."""
    best, most = "", 0
    for form in FORMATS:
        fits = sum(_fits(text, form) for text in texts)
        if fits > most:
            best, most = form, fits
        if fits == len(texts):
            break
    return best


def _fits(text: str, form: str) -> bool:
    try:
        parse(text, form)
    except (ValueError, OverflowError, TypeError, OSError):
        return False
    return True
