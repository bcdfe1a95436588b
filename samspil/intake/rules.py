"""Pure decisions of intake: cleaning what comes from outside, guessing the language, bounding sizes."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

TEXT_LIMIT = 1_000_000
HTML_LIMIT = 200_000
ALT_LIMIT = 4_000
"""Characters that say what a picture shows; the networks carry up to 2,000."""
WORDS = 60
"""Words of a text that the language is guessed from."""

_DANISH = frozenset(
    "og jeg det er ikke en til på har med for den at de vi kan som af der hej kære mvh hilsen tak skal vil kunne fra også men hvad"
    " hvor når min mit jer jeres være været bare så nu hvis eller noget havde blev ved fået".split()
)
_ENGLISH = frozenset(
    "the and i to a is it of you for in my on that have not this with be are was can your me but do if so we what hi hello thanks"
    " would will please has when from about they there".split()
)
_WORD = re.compile(r"[a-zæøå']+")


def clean(value: str, limit: int = TEXT_LIMIT) -> str:
    """Text that PostgreSQL can hold: no NUL, no lone surrogate, at most ``limit`` characters."""
    value = value[:limit]
    if "\x00" in value:
        value = value.replace("\x00", "")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-8", "replace").decode()
    return value


def clean_json(value: Any) -> Any:
    """The same for every text within a JSON value."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(k), 200): clean_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(v) for v in value]
    return value


def language(text: str) -> str:
    """``en`` or ``da``, by which little words the text begins with; ``""`` when neither leads. For the search index and greetings."""
    words = _WORD.findall(text[:1000].lower())[:WORDS]
    letters = sum(map(text[:1000].count, "æøåÆØÅ"))
    danish = sum(map(_DANISH.__contains__, words)) + letters
    english = sum(map(_ENGLISH.__contains__, words))
    if danish == english:
        return ""
    return "da" if danish > english else "en"


_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (4, b"ftyp", "video/mp4"),
)
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
HEAD = 16
"""Bytes that tell what a file is."""


def detected_type(head: bytes) -> str:
    """What a file is by its first bytes, whatever it says it is; "" for what is not known."""
    found = next((kind for place, sign, kind in _SIGNS if head[place : place + len(sign)] == sign), "")
    return "" if found == "image/webp" and head[:4] != b"RIFF" else found


def picture_type(head: bytes) -> str:
    """The type of a picture by its first bytes; "" for anything else."""
    found = detected_type(head)
    return found if found in PICTURES else ""


WEEKS = 4
EXPECTED = 7.0
"""Envelopes that should have come in a silence before it is told: that none does is less likely than e^-7, one in a thousand."""
_HOUR = timedelta(hours=1)


def usual(hours: Mapping[datetime, int], now: datetime) -> dict[int, float]:
    """Envelopes to be expected in each hour of the week (0: Monday 0-1): the mean of the whole weeks, at most WEEKS, before this hour.

    ``hours`` is {the beginning of an hour: envelopes}, hours without any left out. {} before two weeks are known.
    """
    end = _begin(now)
    known = [h for h in hours if end - timedelta(weeks=WEEKS) <= h < end]
    weeks = (end - min(known)) // timedelta(weeks=1) if known else 0
    if weeks < 2:  # noqa: PLR2004 - one week says nothing of what is usual
        return {}
    begin = end - timedelta(weeks=weeks)
    found: dict[int, float] = {}
    for hour, number in hours.items():
        if begin <= hour < end:
            found[_of_week(hour)] = found.get(_of_week(hour), 0.0) + number / weeks
    return found


def unusually_silent(hours: Mapping[datetime, int], last: datetime, now: datetime) -> float | None:
    """How many envelopes should have come since the last one, when their absence is unusual for this account; else None.

    Time is measured in whole hours and in expected envelopes (the time-rescaling theorem, Brown et al. 2002), so that nights and weekends do
    not count where nobody writes then. Unusual is a silence of more than EXPECTED that is also longer than every one of the weeks looked
    at: what comes in bursts has long silences of its own.
    """
    rate = usual(hours, last)  # before the silence, which would make itself usual
    if not rate:
        return None
    missed = _expected(rate, _begin(last) + _HOUR, _begin(now))
    if missed <= EXPECTED:
        return None
    known = sorted(h for h in hours if h <= last)
    longest = max((_expected(rate, one + _HOUR, other) for one, other in pairwise(known)), default=0.0)
    return missed if missed > longest else None


def _expected(rate: Mapping[int, float], begin: datetime, end: datetime) -> float:
    """Of the whole hours between two."""
    return sum((rate.get(_of_week(begin + n * _HOUR), 0.0) for n in range(max((end - begin) // _HOUR, 0))), 0.0)


def _begin(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _of_week(at: datetime) -> int:
    return at.weekday() * 24 + at.hour
