"""The pages of hours: own week and absence, a unit's opening hours and days."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from samspil.hours.models import Absence, Day, Week
from samspil.hours.queries import week_of
from samspil.organisation.models import Unit

pytestmark = pytest.mark.django_db
GIVEN = {"d0": "8-12, 13–16", "d4": "22-6", "zone": "Europe/Copenhagen", "country": "DK", "subdivision": ""}
SPANS = [[0, 480, 720], [0, 780, 960], [4, 1320, 1800]]


@pytest.fixture
def unit(mette):
    return Unit.objects.get()


def test_ones_own_week_is_saved_and_undone(his, jonas):
    his.post(reverse("own_hours"), GIVEN)
    row = week_of(colleague=jonas.pk)
    assert (row.spans, row.zone, row.country, row.by) == (SPANS, "Europe/Copenhagen", "DK", jonas)
    page = his.get(reverse("own_hours")).content.decode()
    assert 'value="8–12, 13–16"' in page
    his.post(reverse("undo_week", args=[row.pk]))
    assert week_of(colleague=jonas.pk) is None


@pytest.mark.parametrize(("field", "value"), [("d0", "nonsense"), ("d0", "8-12, 11-13"), ("zone", "Mars"), ("subdivision", "BY")])
def test_a_week_that_is_not_understood_is_not_saved(his, field, value):
    answer = his.post(reverse("own_hours"), {**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert not Week.objects.exists()


def test_absence_is_planned_taken_back_and_brought_back(his, jonas, mette):
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    given = {"since": f"{start:%Y-%m-%dT%H:%M}", "until": f"{start + timedelta(days=3):%Y-%m-%dT%H:%M}", "kind": "holiday"}
    his.post(reverse("add_absence"), {**given, "stand_in": str(mette.pk)})
    row = Absence.objects.get()
    assert (row.colleague, row.kind, row.stand_in, row.since) == (jonas, "holiday", mette, start)
    assert "Not at work now" in his.get(reverse("own_hours")).content.decode()
    answer = his.post(reverse("end_absence", args=[row.pk]), follow=True)
    assert "Undo" in answer.content.decode()
    row.refresh_from_db()
    assert row.taken_back_at is not None
    his.post(reverse("absence_back", args=[row.pk]))
    row.refresh_from_db()
    assert row.taken_back_at is None


@pytest.mark.parametrize("until", ["", "2001-01-01T08:00", "nonsense"])
def test_an_absence_without_an_end_to_come_is_refused(his, until):
    answer = his.post(reverse("add_absence"), {"since": "2001-01-01T00:00", "until": until, "kind": "ill"})
    assert answer.status_code == 422
    assert 'id="id_until-error"' in answer.content.decode()
    assert not Absence.objects.exists()


def test_anothers_absence_and_week_are_not_ones_own_to_end(his, hers, mette):
    hers.post(reverse("own_hours"), GIVEN)
    week = week_of(colleague=mette.pk)
    assert his.post(reverse("undo_week", args=[week.pk])).status_code == 403
    row = Absence.objects.create(
        colleague=mette, since=timezone.now(), until=timezone.now() + timedelta(days=1), kind="ill", at=timezone.now()
    )
    assert his.post(reverse("end_absence", args=[row.pk])).status_code == 403
    row.refresh_from_db()
    assert (row.taken_back_at, week_of(colleague=mette.pk)) == (None, week)


def test_a_units_hours_holidays_and_closed_days(hers, mette, unit):
    year = timezone.localdate().year + 1
    assert "No hours are said" in hers.get(reverse("unit_hours", args=[unit.pk])).content.decode()
    hers.post(reverse("edit_unit_hours", args=[unit.pk]), GIVEN)
    page = hers.get(reverse("unit_hours", args=[unit.pk])).content.decode()
    assert "8–12, 13–16" in page
    assert page.count("Christmas Day") == 2
    hers.post(reverse("add_day", args=[unit.pk]), {"day": f"{year}-12-25", "keep": ""})
    hers.post(reverse("add_day", args=[unit.pk]), {"day": f"{year}-12-24", "name": "Eve", "all": "on"})
    rows = [(d.unit, d.day, d.closed, d.name) for d in Day.objects.order_by("day")]
    assert rows == [(None, date(year, 12, 24), True, "Eve"), (unit, date(year, 12, 25), False, "")]
    page = hers.get(reverse("unit_hours", args=[unit.pk])).content.decode()
    assert ("Eve" in page, "Close again" in page) == (True, True)
    for row in Day.objects.all():
        hers.post(reverse("end_day", args=[unit.pk, row.pk]))
    assert not Day.objects.filter(taken_back_at=None).exists()


def test_a_day_twice_or_none_is_refused(hers, unit):
    for day, said in [("2030-12-24", 1), ("2030-12-24", 1), ("", 1), ("2030-13-45", 1)]:
        answer = hers.post(reverse("add_day", args=[unit.pk]), {"day": day})
        assert Day.objects.count() == said
    assert answer.status_code == 422


def test_an_employee_sees_but_does_not_change(his, unit):
    assert his.get(reverse("unit_hours", args=[unit.pk])).status_code == 200
    assert his.get(reverse("edit_unit_hours", args=[unit.pk])).status_code == 403
    assert his.post(reverse("edit_unit_hours", args=[unit.pk]), GIVEN).status_code == 403
    assert his.post(reverse("add_day", args=[unit.pk]), {"day": "2030-12-24"}).status_code == 403
    assert (Week.objects.count(), Day.objects.count()) == (0, 0)


def test_the_form_speaks_of_local_time(his, jonas):
    his.post(reverse("add_absence"), {"since": "2030-07-01T08:00", "until": "2030-07-02T08:00", "kind": "course"})
    assert timezone.localtime(Absence.objects.get().since).replace(tzinfo=None) == datetime(2030, 7, 1, 8)  # noqa: DTZ001
