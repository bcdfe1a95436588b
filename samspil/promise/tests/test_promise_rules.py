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
from samspil.promise.rules import TOLD, USUAL, Course, Dates, Level, course_of, dates, level_of, next_step, state, told

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


WHO, LEAD, OTHER = UUID(int=21), UUID(int=22), UUID(int=23)


def test_the_nearest_units_course_holds_and_else_the_usual():
    whole, far, near = Course(soon=10), Course(unit=FAR, soon=20), Course(unit=NEAR, soon=30)
    assert course_of([whole, far, near], line=LINE) == near
    assert course_of([whole, far, near], line=[FAR, None]) == far
    assert course_of([far, near], line=[None]) == USUAL == course_of([], line=LINE)


def test_who_is_told_at_each_step():
    usual = [told(USUAL, n, assignee=WHO, leads=[LEAD, OTHER]) for n in (1, 2, 3)]
    assert usual == [[WHO], [LEAD, OTHER], [LEAD, OTHER]]
    assert told(USUAL, 1, assignee=None, leads=[LEAD]) == [LEAD]
    other = Course(soon_to="both", due_to="nobody", late_to="assignee")
    assert [told(other, n, assignee=LEAD, leads=[LEAD, OTHER]) for n in (1, 2, 3)] == [[LEAD, OTHER], [], [LEAD]]


@given(st.integers(0, 200), st.integers(0, 2000), st.sampled_from([*TOLD, "boss"]), st.integers(1, 20000))
def test_steps_of_a_course_that_makes_sense_follow_each_other_by_its_shares(soon, late, to, minutes):
    course = Course(soon=soon, late=late, due_to=to)
    assert course.makes_sense() == (10 <= soon < 100 < late <= 1000 and to in TOLD)
    if course.makes_sense():
        found = reckoned(Level(first=minutes), course=course)
        assert FRIDAY < found.soon_at < found.answer_due < found.late_at
        assert business_time(OFFICE, FRIDAY, found.soon_at) == timedelta(minutes=minutes) * soon / 100
        assert business_time(OFFICE, FRIDAY, found.late_at) == timedelta(minutes=minutes) * late / 100
