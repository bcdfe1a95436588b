"""A time as somebody types it, in Danish or English. Pure.

"i morgen", "fredag", "om 2 timer", "next monday 9:00", "24/12", "20. dec kl. 14", "2026-12-24T08:00". A day without a clock is at
eight; a clock without a day is the next time it strikes.
"""

import re
from datetime import date, datetime, time, timedelta

MORNING = time(8)
DAYS = {
    "mandag": 0, "tirsdag": 1, "onsdag": 2, "torsdag": 3, "fredag": 4, "lørdag": 5, "søndag": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "man": 0, "tir": 1, "tirs": 1, "ons": 2, "tor": 3, "tors": 3, "fre": 4, "lør": 5, "søn": 6,
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "maj": 5, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip
NUMBERS = {
    "en": 1, "et": 1, "a": 1, "an": 1, "one": 1, "to": 2, "two": 2, "tre": 3, "three": 3, "fire": 4, "four": 4, "fem": 5,
    "five": 5, "seks": 6, "six": 6, "halv": 0.5, "half": 0.5, "syv": 7, "seven": 7, "otte": 8, "eight": 8, "ti": 10, "ten": 10,
}  # fmt: skip
PARTS = {
    "morgen": time(8), "morning": time(8), "formiddag": time(10), "middag": time(12), "noon": time(12), "eftermiddag": time(14),
    "afternoon": time(14), "aften": time(19), "evening": time(19), "tonight": time(19),
}  # fmt: skip
_UNIT = {
    "min": timedelta(minutes=1), "tim": timedelta(hours=1), "hou": timedelta(hours=1), "hr": timedelta(hours=1),
    "h": timedelta(hours=1),
    "dag": timedelta(days=1), "day": timedelta(days=1), "uge": timedelta(weeks=1), "wee": timedelta(weeks=1),
    "mån": timedelta(days=30), "mon": timedelta(days=30),
}  # fmt: skip
_SPAN = re.compile(
    r"^(?:om|in|after|efter)?\s*(\d{1,3}(?:[.,]\d)?|[a-z]+)\s*(min\w*|tim\w*|hou\w*|hrs?|h|dag\w*|days?|uge\w*|weeks?|mån\w*|months?)$"
)
_CLOCK = re.compile(r"(?:^|\s)(?:kl\.?\s*|klokken\s+|at\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?$")
_DATE = re.compile(
    r"^(?:d\.?\s*|den\s+)?(\d{1,2})(?:\.|/|-|st|nd|rd|th)?\s*(?:(\d{1,2})|([a-zæøå]{3})[a-zæøå.]*)?(?:[./ -]\s*(\d{4}))?$"
)


def when(text: str, now: datetime) -> datetime | None:
    """The time meant, in ``now``'s time zone and after ``now``; None where the words say none. ``now`` is aware."""
    words = " ".join(text.lower().replace(",", " ").split())[:80]
    if not words:
        return None
    found = _iso(text.strip(), now) or _span(words, now) or _day_and_clock(words, now)
    return found if found and found > now else None


def _iso(text: str, now: datetime) -> datetime | None:
    if not re.match(r"^\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= len("2026-12-24"):
        found = datetime.combine(found.date(), MORNING)
    return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)


def _span(words: str, now: datetime) -> datetime | None:
    match = _SPAN.match(words)
    if not match:
        return None
    amount = NUMBERS.get(match[1]) if match[1].isalpha() else float(match[1].replace(",", "."))
    unit = next((span for start, span in _UNIT.items() if match[2].startswith(start)), None)
    if not amount or unit is None:
        return None
    then = now + amount * unit
    return datetime.combine(then.date(), MORNING, now.tzinfo) if unit >= timedelta(days=1) else then


def _day_and_clock(words: str, now: datetime) -> datetime | None:
    clock, rest = _clock(words)
    part = next((p for p in PARTS if re.search(rf"\b{p}\b", rest) and not (p == "morgen" and "i morgen" in rest)), None)
    if part and part != "tonight":
        rest = re.sub(rf"\b(?:om |in the |this |i )?{part}(?:en)?\b", "", rest) if rest != part else ""
    at = clock or (PARTS[part] if part else None)
    rest = " ".join(re.sub(r"\b(?:kl\.?|at|på|on|den næste)\s*$", "", rest).split())
    day = _day(rest, now)
    if day is None:
        return None
    if not rest:
        if at is None:
            return None
        then = datetime.combine(now.date(), at, now.tzinfo)
        return then if then > now else datetime.combine(now.date() + timedelta(days=1), at, now.tzinfo)
    return datetime.combine(day, at or (time(19) if rest == "tonight" else MORNING), now.tzinfo)


def _clock(words: str) -> tuple[time | None, str]:
    match = _CLOCK.search(words)
    if not match:
        return None, words
    # A bare number is a clock after a day ("friday 9"); alone, or before a month, it is not.
    bare = not match[2] and not match[3] and not re.search(r"kl\.?\s*\d|klokken|at \d", match[0].strip())
    if bare and (match.start() == 0 or not re.search(r"[a-zæøå]$", words[: match.start()].strip())):
        return None, words
    if re.fullmatch(r"\s*\d{1,2}\.\d{1,2}", match[0]) and int(match[1]) > 23:  # noqa: PLR2004 - hours
        return None, words
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] == "pm" and hour < 12:  # noqa: PLR2004 - noon
        hour += 12
    if match[3] == "am" and hour == 12:  # noqa: PLR2004 - midnight
        hour = 0
    if hour > 23 or minute > 59:  # noqa: PLR2004 - hours and minutes
        return None, words
    return time(hour, minute), words[: match.start()].strip()


def _day(words: str, now: datetime) -> date | None:
    today = now.date()
    plain = {
        "": 0, "i dag": 0, "idag": 0, "today": 0, "tonight": 0, "i aften": 0,
        "i morgen": 1, "imorgen": 1, "tomorrow": 1, "i overmorgen": 2, "overmorgen": 2,
    }  # fmt: skip
    if words in plain:
        return today + timedelta(days=plain[words])
    if words in {"næste uge", "next week"}:
        return today + timedelta(days=7 - today.weekday())
    if words in {"næste måned", "next month"}:
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if words in {"weekend", "weekenden", "i weekenden", "til weekenden", "the weekend"}:
        return today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    named = re.fullmatch(r"(?:(næste|next)\s+|på\s+|on\s+|i\s+)?([a-zæøå]+)", words)
    if named and named[2] in DAYS:
        ahead = (DAYS[named[2]] - today.weekday()) % 7 or 7
        return today + timedelta(days=ahead)
    return _date(words, today)


def _date(words: str, today: date) -> date | None:
    match = _DATE.match(words)
    if not match or not (match[2] or match[3]):
        return None
    month = int(match[2]) if match[2] else MONTHS.get(match[3], 0)
    try:
        found = today.replace(year=int(match[4]) if match[4] else today.year, month=month, day=int(match[1]))
        return found if match[4] or found >= today else found.replace(year=today.year + 1)
    except ValueError:
        return None
