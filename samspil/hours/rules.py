"""When it is open, and how long that is. Pure: a calendar and times in, times out.

Times in and out are aware; spans are wall-clock time of the calendar's zone, so that nine o'clock is nine o'clock the whole year.
Where a clock is put forward, what lies in the gap is not there; where it is put back, the hour that comes twice counts twice.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import holidays
from holidays.registry import COUNTRIES

DAY = 24 * 60
HORIZON = timedelta(days=731)
"""How far one looks for the next time it is open."""
LONGEST = timedelta(days=365)
"""Business time that one can add at most."""
SPANS_A_DAY = 6
NONE: frozenset[date] = frozenset()
_SPAN = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[.:](\d{2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open on a weekday (0 Monday) from ``start`` to ``end``, minutes after midnight; ``end`` past 1440 is on the next day."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A week and what is not as every week: the holidays of ``country``, ``shut`` besides them, and ``kept``, which are worked."""

    zone: str
    spans: tuple[Span, ...]
    country: str = ""
    subdivision: str = ""
    shut: frozenset[date] = field(default=NONE)
    kept: frozenset[date] = field(default=NONE)


@lru_cache(maxsize=1024)
def _holidays(country: str, subdivision: str, year: int, language: str = "") -> Mapping[date, str]:
    """A year's holidays. Whole years are kept and no calendar of the library, which grows while another thread reads it."""
    languages = holidays.country_holidays(country).supported_languages
    chosen = next((x for x in languages if x == language or x.split("_")[0] == language), None)
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=chosen).items())


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """Countries by ISO 3166 whose holidays are known, each with its parts."""
    return {country: tuple(parts) for country, parts in holidays.list_supported_countries().items()}


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """The English names of countries whose holidays are known, by ISO 3166."""
    names = {codes[1]: codes[0] for codes in COUNTRIES.values()}
    return {code: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names[code]) for code in countries() if code in names}


def holidays_of(country: str, subdivision: str, years: Collection[int], language: str = "") -> list[tuple[date, str]]:
    """The holidays of some years in order, with their names in ``language`` where the country has them in it."""
    if not country:
        return []
    return sorted(found for year in years for found in _holidays(country, subdivision, year, language).items())


def closed_on(calendar: Calendar, day: date) -> bool:
    """Whether a day is closed whatever the week says."""
    if day in calendar.shut:
        return True
    if not calendar.country or day in calendar.kept:
        return False
    return day in _holidays(calendar.country, calendar.subdivision, day.year)


def opens(calendar: Calendar, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times it is open between two times, in UTC, in order, none touching the next."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if since >= until or not calendar.spans:
        return
    zone = ZoneInfo(calendar.zone)
    day, last = since.astimezone(zone).date() - timedelta(days=2), until.astimezone(zone).date()
    held: tuple[datetime, datetime] | None = None
    while day <= last:
        for start, end in _of_day(calendar, zone, day):
            if held and start <= held[1]:
                held = held[0], max(held[1], end)
                continue
            if held and (cut := _within(held, since, until)):
                yield cut
            held = start, end
        day += timedelta(days=1)
    if held and (cut := _within(held, since, until)):
        yield cut


def _within(span: tuple[datetime, datetime], since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
    start, end = max(span[0], since), min(span[1], until)
    return (start, end) if start < end else None


def _of_day(calendar: Calendar, zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime]]:
    spans = sorted(s for s in calendar.spans if s.weekday == day.weekday())
    if not spans or closed_on(calendar, day):
        return []
    found = [(_moment(zone, day, s.start, 0), _moment(zone, day, s.end, 1)) for s in spans]
    return sorted((start, end) for start, end in found if start < end)


def _moment(zone: ZoneInfo, day: date, minutes: int, fold: int) -> datetime:
    """A wall-clock time in UTC: what comes twice begins with the first and ends with the second; what is skipped is the moment after it."""
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)
    first, second = local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first > second:  # in a gap (PEP 495): both readings mean the moment at which the clock was put forward
        return _change(zone, second, first)
    return second if fold else first


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The moment between two at which the zone's offset changes, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle <= low:
            break
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def open_at(calendar: Calendar, at: datetime) -> bool:
    """Whether it is open at a moment; the moment it closes is closed."""
    at = at.astimezone(UTC)  # sums of wall-clock time forget which of two hours is meant
    return any(True for _ in opens(calendar, at, at + timedelta(microseconds=1)))


def next_open(calendar: Calendar, at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which it is open, in UTC; None where it does not open within HORIZON."""
    at = at.astimezone(UTC)
    return next((start for start, _ in opens(calendar, at, at + HORIZON)), None)


def business_time(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """How long it is open between two times; nothing where ``until`` is not after ``since``."""
    return sum((end - start for start, end in opens(calendar, since, until)), timedelta())


def add_business_time(calendar: Calendar, at: datetime, duration: timedelta) -> datetime | None:
    """The first moment by which it has been open for ``duration`` since ``at``, in UTC.

    Nothing to add gives ``at``. None where it is not open for that long within HORIZON. Raises ValueError for less than nothing.
    """
    if duration < timedelta():
        raise ValueError("business time goes forward")
    at = at.astimezone(UTC)
    if not duration:
        return at
    for start, end in opens(calendar, at, at + HORIZON):
        if end - start >= duration:
            return start + duration
        duration -= end - start
    return None


def known_zone(zone: str) -> bool:
    """Whether the time zone exists."""
    return zone in available_timezones()


def spans_of(weekday: int, words: str) -> tuple[Span, ...] | None:
    """The spans in words such as "8-12, 12.30–16" or "22-6"; none for nothing, None where it is not understood or they overlap."""
    found: list[Span] = []
    for part in re.split(r"[,;+]|\s(?:og|and)\s", words):
        if not part.strip():
            continue
        match = _SPAN.fullmatch(part.strip())
        if not match:
            return None
        start, end = (int(match[n]) * 60 + int(match[n + 1] or 0) for n in (1, 3))
        if start >= DAY or end > DAY or int(match[2] or 0) > 59 or int(match[4] or 0) > 59:  # noqa: PLR2004 - minutes
            return None
        found.append(Span(weekday, start, end if end > start else end + DAY))
    found.sort()
    overlap = any(a.end > b.start for a, b in pairwise(found))
    return None if overlap or len(found) > SPANS_A_DAY else tuple(found)


def written(spans: Sequence[Span], weekday: int) -> str:
    """The spans of a weekday as spans_of reads them."""
    return ", ".join(f"{_clock(s.start)}–{_clock(s.end)}" for s in sorted(spans) if s.weekday == weekday)


def _clock(minutes: int) -> str:
    minutes = minutes - DAY if minutes > DAY else minutes
    return f"{minutes // 60}.{minutes % 60:02}" if minutes % 60 else f"{minutes // 60}"


Times = Sequence[tuple[datetime, datetime]]
"""Stretches of time, in order, none touching the next."""


@dataclass(frozen=True, slots=True)
class Thin:
    """A stretch in which nobody is there (``only`` None), or one alone."""

    start: datetime
    end: datetime
    only: UUID | None = None


def without(times: Times, gone: Times) -> list[tuple[datetime, datetime]]:
    """What is left of some times when others, in any order, are taken out of them."""
    left = list(times)
    for since, until in gone:
        left = [part for start, end in left for part in ((start, min(end, since)), (max(start, until), end)) if part[0] < part[1]]
    return left


def thin(wanted: Times, there: Mapping[UUID, Times]) -> list[Thin]:
    """Where in the wanted times nobody is there, or one alone, in order; neighbours that say the same are one."""
    found: list[Thin] = []
    for start, end in wanted:
        moments = {start, end} | {m for times in there.values() for part in times for m in part if start < m < end}
        for since, until in pairwise(sorted(moments)):
            who = [one for one, times in there.items() if any(a <= since and until <= b for a, b in times)]
            if len(who) > 1:
                continue
            only = who[0] if who else None
            last = found[-1] if found else None
            if last and last.end == since and last.only == only:
                found[-1] = Thin(last.start, until, only)
            else:
                found.append(Thin(since, until, only))
    return found
