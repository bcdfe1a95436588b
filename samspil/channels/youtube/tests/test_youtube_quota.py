"""The quota: its day is California's, its numbers are dated, and what is left is spread over the rest of the day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from samspil.channels.youtube.quota import Meter, a_day, day_of, seconds_of_day, table, units
from samspil.kit import Account


def account(**config) -> Account:
    return Account(id="a", name="YouTube", config=config, key=bytes(32))


@pytest.mark.parametrize(("name", "number"), [("list", 1), ("insert", 50), ("update", 50), ("delete", 50)])
def test_a_number_holds_from_its_day(name, number):
    day = date(2020, 9, 18)
    assert [units(name, day - timedelta(days=1)), units(name, day)] == [number, number]
    assert table()[name] == ((day, number),)
    assert a_day(account(), datetime(2026, 11, 20, tzinfo=UTC)) == 10_000


@pytest.mark.parametrize(
    ("at", "day", "left"),
    [
        (datetime(2026, 11, 20, 7, 59, 59, tzinfo=UTC), date(2026, 11, 19), 1),
        (datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC), date(2026, 11, 20), 86400),
        (datetime(2026, 7, 1, 6, 59, 59, tzinfo=UTC), date(2026, 6, 30), 1),
        (datetime(2026, 11, 1, 7, 0, 0, tzinfo=UTC), date(2026, 11, 1), 25 * 3600),  # the clocks go back
        (datetime(2026, 3, 8, 8, 0, 0, tzinfo=UTC), date(2026, 3, 8), 23 * 3600),
    ],
)
def test_a_day_ends_at_midnight_in_california(at, day, left):
    assert (day_of(at), seconds_of_day(at)) == (day, left)


def test_the_meter_begins_anew_with_the_day():
    last, first = datetime(2026, 11, 20, 7, 59, 59, tzinfo=UTC), datetime(2026, 11, 20, 8, tzinfo=UTC)
    meter = Meter.of(None, last)
    meter.add("insert", 2, last)
    assert Meter.of(meter.to_json(), last).used == 100
    assert Meter.of(meter.to_json(), first).used == 0


def test_the_pause_makes_the_quota_last():
    noon = datetime(2026, 11, 20, 20, tzinfo=UTC)  # half of the day is left
    assert Meter(day="2026-11-20", used=0).pause(10_000, 1, noon) == 60  # no more often than once a minute
    assert Meter(day="2026-11-20", used=7900).pause(10_000, 1, noon) == pytest.approx(432)
    assert Meter(day="2026-11-20", used=7900).pause(10_000, 5, noon) == pytest.approx(2160)
    assert Meter(day="2026-11-20", used=7999).pause(10_000, 1, noon) == 3600  # no more seldom than once an hour
    assert Meter(day="2026-11-20", used=8000).pause(10_000, 1, noon) == 12 * 3600


@pytest.mark.parametrize(
    ("said", "number"), [(None, 10_000), ("", 10_000), (0, 10_000), (50_000, 50_000), ("mange", 10_000), ([], 10_000)]
)
def test_more_may_have_been_given(said, number):
    assert a_day(account(quota=said), datetime(2026, 11, 20, tzinfo=UTC)) == number


@pytest.mark.parametrize("kept", [None, 5, [], {"used": "x", "day": []}])
def test_a_meter_that_is_none_begins_at_zero(kept):
    assert Meter.of(kept, datetime(2026, 11, 1, tzinfo=UTC)).used == 0
