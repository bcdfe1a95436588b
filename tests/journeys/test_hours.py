"""Hours, closed days and absence, and who is on duty."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from samspil.base import sql
from samspil.base.errors import NotAllowed, NotFound
from samspil.hours.actions import (
    BadAbsence,
    BadWeek,
    DayTaken,
    be_absent,
    bring_absence_back,
    say_day,
    set_week,
    take_absence_back,
    take_day_back,
    take_week_back,
)
from samspil.hours.models import Absence, Day, Week
from samspil.hours.queries import absences, calendars, on_duty, stand_ins, week_of
from samspil.hours.rules import HORIZON, Span
from samspil.organisation.actions import add_unit, step_away, take_in
from samspil.organisation.models import Unit

pytestmark = pytest.mark.django_db
ZONE = "Europe/Copenhagen"
OFFICE = [Span(d, 8 * 60, 16 * 60) for d in range(5)]


def dk(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(ZONE))


THURSDAY = dk(2026, 11, 26, 10)


@pytest.fixture
def office(mette):
    return set_week(unit=mette.unit, zone=ZONE, spans=OFFICE, country="DK", by=mette, at=THURSDAY)


def test_without_hours_everybody_is_on_duty(jonas, mette):
    assert on_duty([jonas.pk, mette.pk], dk(2026, 11, 28, 3)) == {jonas.pk: None, mette.pk: None}


def test_the_units_hours_are_its_peoples(office, jonas):
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: None}
    assert on_duty([jonas.pk], dk(2026, 11, 27, 16)) == {jonas.pk: dk(2026, 11, 30, 8)}
    assert on_duty([jonas.pk], dk(2026, 12, 25, 9)) == {jonas.pk: dk(2026, 12, 28, 8)}


def test_ones_own_hours_come_first_and_the_one_before_holds_again_after_an_undo(office, jonas):
    own = set_week(colleague=jonas, zone=ZONE, spans=[Span(3, 12 * 60, 14 * 60)], by=jonas, at=THURSDAY)
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: dk(2026, 11, 26, 12)}
    later = set_week(colleague=jonas, zone=ZONE, spans=[Span(3, 13 * 60, 14 * 60)], by=jonas, at=THURSDAY + timedelta(minutes=1))
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: dk(2026, 11, 26, 13)}
    take_week_back(week=later.pk, by=jonas, at=THURSDAY)
    assert week_of(colleague=jonas.pk) == own
    take_week_back(week=own.pk, by=jonas, at=THURSDAY)
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: None}
    with pytest.raises(NotFound):
        take_week_back(week=own.pk, by=jonas, at=THURSDAY)
    assert Week.objects.count() == 3


def test_a_unit_below_has_the_hours_of_the_one_above_and_own_days(office, mette, jonas):
    below = add_unit(name="Værksted", parent=mette.unit)
    say_day(unit=below, day=date(2026, 11, 26), closed=True, name="Flytning", by=mette, at=THURSDAY)
    say_day(unit=None, day=date(2026, 12, 24), closed=True, by=mette, at=THURSDAY)
    found = calendars()
    assert found[below.pk].spans == tuple(OFFICE)
    assert found[below.pk].shut == {date(2026, 11, 26), date(2026, 12, 24)}
    assert found[mette.unit_id].shut == {date(2026, 12, 24)}


def test_a_nearer_word_on_a_day_holds(office, mette, jonas):
    say_day(unit=None, day=date(2026, 12, 24), closed=True, by=mette, at=THURSDAY)
    kept = say_day(unit=mette.unit, day=date(2026, 12, 24), closed=False, by=mette, at=THURSDAY)
    assert on_duty([jonas.pk], dk(2026, 12, 24, 9)) == {jonas.pk: None}
    take_day_back(day=kept.pk, by=mette, at=THURSDAY)
    assert on_duty([jonas.pk], dk(2026, 12, 24, 9)) == {jonas.pk: dk(2026, 12, 28, 8)}


def test_a_day_is_said_once(mette):
    say_day(unit=None, day=date(2026, 12, 24), closed=True, by=mette, at=THURSDAY)
    with pytest.raises(DayTaken):
        say_day(unit=None, day=date(2026, 12, 24), closed=False, by=mette, at=THURSDAY)
    assert list(Day.objects.values_list("day", "closed")) == [(date(2026, 12, 24), True)]


def test_absence_until_the_next_hour_at_work(office, jonas, mette):
    row = be_absent(
        colleague=jonas,
        since=dk(2026, 11, 26, 0),
        until=dk(2026, 11, 28, 0),
        kind="course",
        stand_in=mette,
        by=jonas,
        at=THURSDAY,
    )
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: dk(2026, 11, 30, 8)}
    assert stand_ins([jonas.pk, mette.pk], THURSDAY) == {jonas.pk: mette.pk}
    take_absence_back(absence=row.pk, by=jonas, at=THURSDAY)
    assert (on_duty([jonas.pk], THURSDAY), stand_ins([jonas.pk], THURSDAY)) == ({jonas.pk: None}, {})
    bring_absence_back(absence=row.pk, by=jonas, at=THURSDAY)
    assert [a.pk for a in absences(jonas.pk, at=THURSDAY)] == [row.pk]


def test_not_me_now_counts_too(jonas):
    step_away(colleague=jonas, until=THURSDAY + timedelta(hours=1))
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: THURSDAY + timedelta(hours=1)}


def test_an_absence_that_follows_on_another_is_seen(jonas):
    be_absent(colleague=jonas, since=THURSDAY, until=THURSDAY + timedelta(days=2), by=jonas, at=THURSDAY)
    be_absent(colleague=jonas, since=THURSDAY + timedelta(days=2), until=THURSDAY + timedelta(days=5), by=jonas, at=THURSDAY)
    assert on_duty([jonas.pk], THURSDAY) == {jonas.pk: THURSDAY + timedelta(days=5)}


def test_who_never_works_and_who_has_left_are_back_at_the_horizon(jonas, mette):
    set_week(colleague=jonas, zone=ZONE, spans=[], by=jonas, at=THURSDAY)
    type(mette).objects.filter(pk=mette.pk).update(is_active=False)
    assert on_duty([jonas.pk, mette.pk], THURSDAY) == {jonas.pk: THURSDAY + HORIZON, mette.pk: THURSDAY + HORIZON}


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"country": "XX"},
        {"country": "DK", "subdivision": "BY"},
        {"spans": [Span(0, 60, 120), Span(0, 100, 200)]},
        {"spans": [Span(7, 60, 120)]},
        {"spans": [Span(0, 60, 60)]},
        {"spans": [Span(0, 60, 1501)]},
    ],
)
def test_a_week_that_cannot_be_is_refused(mette, wrong):
    with pytest.raises(BadWeek):
        set_week(**{"unit": mette.unit, "zone": ZONE, "spans": OFFICE, "by": mette, "at": THURSDAY, **wrong})
    assert not Week.objects.exists()


def test_an_absence_that_cannot_be_is_refused(jonas):
    for since, until, stand_in in [
        (THURSDAY, THURSDAY, None),
        (THURSDAY - timedelta(days=3), THURSDAY - timedelta(days=2), None),
        (THURSDAY, THURSDAY + timedelta(days=900), None),
        (THURSDAY, THURSDAY + timedelta(days=1), jonas),
    ]:
        with pytest.raises(BadAbsence):
            be_absent(colleague=jonas, since=since, until=until, stand_in=stand_in, by=jonas, at=THURSDAY)
    assert not Absence.objects.exists()


def test_only_oneself_the_units_lead_or_an_administrator(office, jonas, mette):
    other = Unit.objects.create(name="Andre")
    lead = take_in(email="lea@firma.example", name="Lea", role="lead", unit=jonas.unit)
    stranger = take_in(email="ib@firma.example", name="Ib", role="lead", unit=other)
    for by in (jonas, stranger):
        with pytest.raises(NotAllowed):
            set_week(unit=mette.unit, zone=ZONE, spans=[], by=by, at=THURSDAY)
        with pytest.raises(NotAllowed):
            say_day(unit=mette.unit, day=date(2026, 12, 24), closed=True, by=by, at=THURSDAY)
        with pytest.raises(NotAllowed):
            be_absent(colleague=mette, since=THURSDAY, until=THURSDAY + timedelta(days=1), by=by, at=THURSDAY)
        with pytest.raises(NotAllowed):
            take_week_back(week=office.pk, by=by, at=THURSDAY)
    with pytest.raises(NotAllowed):
        say_day(unit=None, day=date(2026, 12, 24), closed=True, by=lead, at=THURSDAY)
    assert (Week.objects.filter(taken_back_at=None).count(), Day.objects.count(), Absence.objects.count()) == (1, 0, 0)
    be_absent(colleague=jonas, since=THURSDAY, until=THURSDAY + timedelta(days=1), by=lead, at=THURSDAY)
    assert Absence.objects.get().by == lead


def test_the_number_of_statements_is_the_same_for_one_and_for_many(office, jonas):
    def counted(ids):
        with sql.counted() as seen:
            on_duty(ids, THURSDAY)
        return len(seen)

    one = counted([jonas.pk])
    many = []
    for n in range(30):
        who = take_in(email=f"k{n}@firma.example", name=f"K {n}", unit=jonas.unit)
        set_week(colleague=who, zone=ZONE, spans=OFFICE, by=who, at=THURSDAY)
        be_absent(colleague=who, since=THURSDAY, until=THURSDAY + timedelta(days=n + 1), by=who, at=THURSDAY)
        many.append(who.pk)
    assert (one, counted(many)) == (5, 5)
