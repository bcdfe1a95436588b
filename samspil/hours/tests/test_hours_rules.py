"""Open and closed, over clocks that are put forward and back, over midnight, over holidays."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.hours.rules import (
    HORIZON,
    Calendar,
    Span,
    add_business_time,
    business_time,
    closed_on,
    countries,
    holidays_of,
    next_open,
    open_at,
    opens,
    spans_of,
    thin,
    without,
    written,
)

DK = ZoneInfo("Europe/Copenhagen")
OFFICE = Calendar("Europe/Copenhagen", tuple(Span(d, 8 * 60, 16 * 60) for d in range(5)), "DK")
ALWAYS = Calendar("Europe/Copenhagen", tuple(Span(d, 0, 24 * 60) for d in range(7)))
HOUR = timedelta(hours=1)


def dk(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=DK, fold=fold)


def nights(start: int, end: int) -> Calendar:
    return Calendar("Europe/Copenhagen", tuple(Span(d, start * 60, end * 60) for d in range(7)))


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2027, 3, 28), 23), ((2027, 10, 31), 25), ((2026, 6, 1), 24)],
)
def test_a_day_is_as_long_as_it_is(day, hours):
    begin = dk(*day)
    assert business_time(ALWAYS, begin, begin + timedelta(days=1)) == hours * HOUR


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 7), ((2026, 10, 24), 9), ((2027, 3, 27), 7), ((2027, 10, 30), 9)])
def test_a_night_over_the_change_of_the_clock(day, hours):
    calendar = nights(22, 30)
    assert business_time(calendar, dk(*day, 12), dk(*day, 12) + timedelta(days=1)) == hours * HOUR
    assert add_business_time(calendar, dk(*day, 12), hours * HOUR) == dk(*day, 6) + timedelta(days=1)


def test_what_lies_in_the_gap_is_not_there():
    sunday = (Span(6, 2 * 60, 3 * 60), Span(6, 2 * 60 + 30, 4 * 60))
    assert business_time(Calendar("Europe/Copenhagen", sunday[:1]), dk(2026, 3, 29), dk(2026, 3, 30)) == timedelta()
    found = list(opens(Calendar("Europe/Copenhagen", sunday[1:]), dk(2026, 3, 29), dk(2026, 3, 30)))
    assert found == [(datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))]


def test_the_hour_that_comes_twice_counts_twice():
    calendar = Calendar("Europe/Copenhagen", (Span(6, 2 * 60, 3 * 60),))
    assert business_time(calendar, dk(2026, 10, 25), dk(2026, 10, 26)) == 2 * HOUR
    assert open_at(calendar, dk(2026, 10, 25, 2, 30, fold=0))
    assert open_at(calendar, dk(2026, 10, 25, 2, 30, fold=1))
    assert not open_at(calendar, dk(2026, 10, 25, 3))


def test_from_friday_to_monday_and_over_easter():
    assert add_business_time(OFFICE, dk(2026, 11, 27, 15, 30), HOUR) == dk(2026, 11, 30, 8, 30)
    assert add_business_time(OFFICE, dk(2026, 4, 1, 15), 2 * HOUR) == dk(2026, 4, 7, 9)
    assert business_time(OFFICE, dk(2026, 4, 1, 15), dk(2026, 4, 7, 9)) == 2 * HOUR
    assert next_open(OFFICE, dk(2026, 12, 24, 16)) == dk(2026, 12, 28, 8)


def test_the_moment_it_opens_is_open_and_the_one_it_closes_is_not():
    assert open_at(OFFICE, dk(2026, 11, 26, 8))
    assert not open_at(OFFICE, dk(2026, 11, 26, 7, 59, 59))
    assert not open_at(OFFICE, dk(2026, 11, 26, 16))
    assert next_open(OFFICE, dk(2026, 11, 26, 16)) == dk(2026, 11, 27, 8)


def test_great_prayer_day_is_no_holiday_from_2024_on():
    assert closed_on(OFFICE, date(2023, 5, 5))
    assert not closed_on(OFFICE, date(2024, 4, 26))
    assert "Store bededag" in dict(map(reversed, holidays_of("DK", "", [2023], "da")))
    assert "Store bededag" not in dict(map(reversed, holidays_of("DK", "", [2024, 2025, 2026, 2027], "da")))


def test_danish_holidays_in_both_languages():
    danish, english = holidays_of("DK", "", [2026], "da"), holidays_of("DK", "", [2026], "en")
    assert [d for d, _ in danish] == [d for d, _ in english]
    assert danish == [
        (date(2026, 1, 1), "Nytårsdag"),
        (date(2026, 4, 2), "Skærtorsdag"),
        (date(2026, 4, 3), "Langfredag"),
        (date(2026, 4, 5), "Påskedag"),
        (date(2026, 4, 6), "Anden påskedag"),
        (date(2026, 5, 14), "Kristi himmelfartsdag"),
        (date(2026, 5, 24), "Pinsedag"),
        (date(2026, 5, 25), "Anden pinsedag"),
        (date(2026, 12, 25), "Juledag"),
        (date(2026, 12, 26), "Anden juledag"),
    ]
    assert dict(english)[date(2026, 4, 3)] == "Good Friday"


def test_parts_of_a_country_differ():
    assert "BY" in countries()["DE"]
    epiphany = date(2026, 1, 6)
    assert closed_on(Calendar("Europe/Berlin", OFFICE.spans, "DE", "BY"), epiphany)
    assert not closed_on(Calendar("Europe/Berlin", OFFICE.spans, "DE", "BE"), epiphany)


def test_own_closed_days_and_kept_ones():
    eve, friday = date(2026, 12, 24), date(2026, 4, 3)
    calendar = Calendar("Europe/Copenhagen", OFFICE.spans, "DK", "", frozenset({eve}), frozenset({friday}))
    assert (closed_on(OFFICE, eve), closed_on(calendar, eve)) == (False, True)
    assert (closed_on(OFFICE, friday), closed_on(calendar, friday)) == (True, False)
    assert open_at(calendar, dk(2026, 4, 3, 9))


def test_a_span_belongs_to_the_day_it_begins_on():
    calendar = Calendar("Europe/Copenhagen", (Span(3, 22 * 60, 30 * 60),), "", "", frozenset({date(2026, 11, 27)}))
    assert open_at(calendar, dk(2026, 11, 27, 5))
    assert not open_at(calendar, dk(2026, 11, 27, 6))


def test_an_empty_week_ends():
    never = Calendar("Europe/Copenhagen", ())
    assert next_open(never, dk(2026, 1, 1)) is None
    assert add_business_time(never, dk(2026, 1, 1), HOUR) is None
    assert business_time(never, dk(2026, 1, 1), dk(2036, 1, 1)) == timedelta()
    shut = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(800))
    assert next_open(Calendar("Europe/Copenhagen", OFFICE.spans, "", "", shut), dk(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("words", "spans"),
    [
        ("", ()),
        ("8-16", (Span(1, 480, 960),)),
        ("8.30–12, 13:00-16", (Span(1, 510, 720), Span(1, 780, 960))),
        ("22-6", (Span(1, 1320, 1800),)),
        ("0-24", (Span(1, 0, 1440),)),
        ("8-12 og 13-16", (Span(1, 480, 720), Span(1, 780, 960))),
        ("8-12, 11-13", None),
        ("25-26", None),
        ("8-16.75", None),
        ("nonsense", None),
    ],
)
def test_hours_in_words(words, spans):
    assert spans_of(1, words) == spans


def _weeks():
    minute = st.integers(0, 1439)
    span = st.builds(lambda d, s, n: Span(d, s, s + n), st.integers(0, 6), minute, st.integers(1, 1440))
    return st.builds(
        lambda zone, spans, country, shut: Calendar(zone, tuple(spans), country, "", shut),
        st.sampled_from(["Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
        st.lists(span, max_size=6),
        st.sampled_from(["", "DK"]),
        st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=5),
    )


MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them plain
SPANS = st.timedeltas(timedelta(), timedelta(days=12))


@given(_weeks(), MOMENTS, SPANS, SPANS)
def test_business_time_adds_up_and_is_never_more_than_time(calendar, at, first, second):
    middle, end = at + first, at + first + second
    whole = business_time(calendar, at, end)
    assert whole == business_time(calendar, at, middle) + business_time(calendar, middle, end)
    assert timedelta() <= whole <= first + second


@given(_weeks(), MOMENTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=4)))
def test_adding_is_the_inverse_of_measuring(calendar, at, duration):
    then = add_business_time(calendar, at, duration)
    if then is None:
        assert business_time(calendar, at, at + HORIZON) < duration
        return
    assert business_time(calendar, at, then) == duration
    assert business_time(calendar, at, then - timedelta(microseconds=1)) < duration


@given(_weeks(), MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it(calendar, at):
    then = next_open(calendar, at)
    if then is None:
        return
    assert open_at(calendar, then)
    assert business_time(calendar, at, then) == timedelta()


@given(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440))
def test_what_is_written_is_read_again(weekday, start, length):
    span = Span(weekday, start, start + length)
    assert spans_of(weekday, written([span], weekday)) == (span,)


MOMENTS = st.integers(0, 48).map(lambda n: datetime(2026, 11, 30, tzinfo=UTC) + n * HOUR)


def merged(pairs):
    """Stretches in order, none touching the next."""
    found = []
    for a, b in sorted((min(p), max(p)) for p in pairs if p[0] != p[1]):
        if found and a <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], b)
        else:
            found.append((a, b))
    return found


TIMES = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=5).map(merged)


def covers(times, at):
    return any(a <= at < b for a, b in times)


@given(times=TIMES, gone=st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda p: (min(p), max(p))), max_size=5))
def test_what_is_taken_out_is_out_and_the_rest_stays(times, gone):
    left = without(times, gone)
    for n in range(49):
        at = datetime(2026, 11, 30, tzinfo=UTC) + n * HOUR
        assert covers(left, at) == (covers(times, at) and not covers(gone, at))
    assert all(a < b for a, b in left)


@given(wanted=TIMES, there=st.dictionaries(st.sampled_from([UUID(int=n) for n in range(4)]), TIMES, max_size=4))
def test_thin_is_where_nobody_or_one_is_there(wanted, there):
    found = thin(wanted, there)
    for n in range(49):
        at = datetime(2026, 11, 30, tzinfo=UTC) + n * HOUR
        here = [one for one, times in there.items() if covers(times, at)]
        told = [s for s in found if s.start <= at < s.end]
        if covers(wanted, at) and len(here) < 2:
            assert [s.only for s in told] == [here[0] if here else None]
        else:
            assert told == []
    assert all(a.end < b.start or a.only != b.only for a, b in pairwise(found))
