"""When a silence is unusual: measured in what usually comes at those hours, and longer than the silences before it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from samspil.intake.rules import EXPECTED, unusually_silent, usual

NOW = datetime(2026, 11, 26, 11, 30, tzinfo=UTC)  # a Thursday
HOUR = timedelta(hours=1)
NOON = NOW.replace(minute=0)


def office(each: int, *, weeks: int = 4, until: datetime = NOON) -> dict[datetime, int]:
    """``each`` envelopes in every hour of Monday to Friday, 8 to 16, for some weeks before ``until``."""
    hours = (until - n * HOUR for n in range(1, weeks * 168 + 1))
    return {h: each for h in hours if h.weekday() < 5 and 8 <= h.hour < 16}


def test_what_is_usual_is_the_mean_of_whole_weeks():
    rate = usual(office(6), NOW)
    assert rate[3 * 24 + 9] == 6.0
    assert 5 * 24 + 9 not in rate
    assert usual({NOON - 14 * 24 * HOUR: 4}, NOW) == {3 * 24 + 11: 2.0}
    assert usual(office(6, weeks=1), NOW) == {}
    assert usual({}, NOW) == {}


def test_a_morning_without_anything_is_unusual_and_a_night_is_not():
    known = {h: n for h, n in office(6).items() if h < NOON - 18 * HOUR}
    last = max(known) + timedelta(minutes=50)
    missed = unusually_silent(known, last, NOW)
    assert missed is not None
    assert missed == 18.0  # 8 to 11, of hours that have six
    assert unusually_silent(known, last, NOW.replace(hour=7)) is None


def test_a_weekend_is_not_unusual_where_nobody_writes_on_weekends():
    sunday = datetime(2026, 11, 29, 22, tzinfo=UTC)
    friday = datetime(2026, 11, 27, 15, 59, tzinfo=UTC)
    assert unusually_silent(office(50, until=friday.replace(minute=0) + HOUR), friday, sunday) is None


def test_what_comes_in_bursts_has_long_silences_of_its_own():
    bursts = {NOON - n * 48 * HOUR: 200 for n in range(1, 15)}
    assert unusually_silent(bursts, NOON - 48 * HOUR, NOW) is None


def test_who_is_new_or_rarely_written_to_is_not_alarmed():
    assert unusually_silent(office(6, weeks=1), NOON - 100 * HOUR, NOW) is None
    rare = {NOON - 24 * n * HOUR: 1 for n in range(4, 28)}
    assert unusually_silent(rare, NOON - 96 * HOUR, NOW) is None


moments = st.integers(1, 24 * 28).map(lambda n: NOON - n * HOUR)


@given(st.dictionaries(moments, st.integers(1, 1000)))
def test_no_alarm_says_less_than_it_takes(hours):
    last = max(hours, default=NOW)
    missed = unusually_silent(hours, last, NOW)
    assert missed is None or missed > EXPECTED
    assert unusually_silent(hours, NOW, NOW) is None
