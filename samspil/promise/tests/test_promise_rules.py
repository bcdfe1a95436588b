"""Which promise holds, and when it is due."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.hours.queries import after
from samspil.hours.rules import Calendar, Span, business_time
from samspil.promise.rules import Dates, Level, dates, level_of, next_step, state

DK = ZoneInfo("Europe/Copenhagen")
OFFICE = Calendar("Europe/Copenhagen", tuple(Span(d, 8 * 60, 16 * 60) for d in range(5)), "DK")
NEAR, FAR = UUID(int=1), UUID(int=2)
LINE = [NEAR, FAR, None]
FRIDAY = datetime(2026, 11, 27, 15, tzinfo=DK)


def reckoned(level: Level | None, calendar: Calendar | None = OFFICE, **changed: object) -> Dates:
    return dates(
        level, partial(after, calendar), **{"since": FRIDAY, "opened_at": FRIDAY, "answered": False, "done": False, **changed}
    )


def test_two_hours_from_friday_at_three():
    found = reckoned(Level(first=120, next=60, done=16 * 60))
    assert found.answer_due == datetime(2026, 11, 30, 9, tzinfo=DK)
    assert found.soon_at == datetime(2026, 11, 30, 8, 36, tzinfo=DK)
    assert found.late_at == datetime(2026, 11, 30, 10, tzinfo=DK)
    assert found.done_due == datetime(2026, 12, 1, 15, tzinfo=DK)
    assert reckoned(Level(first=120, next=60), answered=True).answer_due == datetime(2026, 11, 27, 16, tzinfo=DK)


def test_nothing_promised_nobody_waiting_or_done_is_not_due():
    assert reckoned(None) == Dates()
    assert reckoned(Level(next=60)) == Dates()
    assert reckoned(Level(first=60, done=60), since=None) == Dates(done_due=datetime(2026, 11, 27, 16, tzinfo=DK))
    assert reckoned(Level(first=60, done=60), done=True) == Dates()


def test_without_hours_every_hour_counts():
    assert reckoned(Level(first=120), calendar=None).answer_due == FRIDAY + timedelta(hours=2)


def test_the_nearest_unit_and_then_the_one_that_says_most():
    whole, far, near = Level(first=1), Level(unit=FAR, priority="urgent", first=2), Level(unit=NEAR, first=3)
    mail, urgent = Level(unit=NEAR, channel="mail", first=4), Level(unit=NEAR, priority="urgent", first=5)
    both = Level(unit=NEAR, priority="urgent", channel="mail", first=6)
    every = [whole, far, near, mail, urgent, both, Level(unit=UUID(int=9), first=7)]
    assert level_of(every, line=LINE, priority="urgent", channel="mail") == both
    assert level_of(every, line=LINE, priority="urgent", channel="sms") == urgent
    assert level_of(every, line=LINE, priority="low", channel="mail") == mail
    assert level_of(every, line=LINE, priority="low", channel="sms") == near
    assert level_of(every, line=[FAR, None], priority="urgent", channel="sms") == far
    assert level_of(every, line=[FAR, None], priority="low", channel="sms") == whole
    assert level_of([], line=LINE, priority="low", channel="sms") is None


def test_states_and_steps():
    found = reckoned(Level(first=60))
    times = {"soon_at": found.soon_at, "answer_due": found.answer_due}
    assert state(at=FRIDAY, **times) == "fine"
    assert state(at=found.soon_at, **times) == "soon"
    assert state(at=found.answer_due, **times) == "past"
    assert state(at=FRIDAY, soon_at=None, answer_due=None) == ""
    assert [next_step(found, n) for n in range(4)] == [found.soon_at, found.answer_due, found.late_at, None]


@given(st.integers(1, 20000), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_promise_is_its_time_of_opening_hours_and_the_steps_follow_each_other(minutes, since):
    found = reckoned(Level(first=minutes), since=since)
    assert business_time(OFFICE, since, found.answer_due) == timedelta(minutes=minutes)
    assert since < found.soon_at < found.answer_due < found.late_at


@pytest.mark.parametrize("told", [3, 4])
def test_there_is_no_fourth_step(told):
    assert next_step(reckoned(Level(first=60)), told) is None
