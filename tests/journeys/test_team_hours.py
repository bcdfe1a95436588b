"""A lead arranges the hours of the unit: the week with its gaps, one's week and absence, told and undone; nobody else does."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlparse
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from samspil.base import sql
from samspil.conversation.queries import counts
from samspil.hours.actions import be_absent, set_week
from samspil.hours.models import Absence, Change, Week
from samspil.hours.queries import history, unseen, week_of
from samspil.hours.rules import Span
from samspil.organisation.actions import add_competence, add_unit, hold, take_in
from samspil.organisation.models import Unit
from samspil.screens.setup.queries.team import team_week

pytestmark = pytest.mark.django_db
ZONE = "Europe/Copenhagen"
OFFICE = [Span(d, 8 * 60, 16 * 60) for d in range(5)]
MONDAY = datetime(2026, 11, 30, tzinfo=ZoneInfo(ZONE))
GIVEN = {"d0": "8-12", "zone": ZONE, "country": "DK", "subdivision": ""}


def signed_in(colleague) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(colleague)
    return client


@pytest.fixture
def workshop(organisation, mette):
    row = add_unit(name="Værksted")
    set_week(unit=row, zone=ZONE, spans=OFFICE, country="DK", by=mette, at=MONDAY)
    return row


@pytest.fixture
def lea(workshop):
    return take_in(email="lea@firma.example", name="Lea Dam", role="lead", unit=workshop, language="en")


@pytest.fixture
def bo(workshop):
    return take_in(email="bo@firma.example", name="Bo Krag", unit=workshop, language="en")


@pytest.fixture
def leads(lea):
    return signed_in(lea)


def absence(start: datetime, days: int, kind: str = "holiday") -> dict[str, str]:
    return {"since": f"{start:%Y-%m-%dT%H:%M}", "until": f"{start + timedelta(days=days):%Y-%m-%dT%H:%M}", "kind": kind}


def test_a_lead_sets_a_colleagues_week_who_is_told_and_undoes_it(leads, lea, bo):
    leads.post(reverse("team_week", args=[bo.pk]), GIVEN)
    row = week_of(colleague=bo.pk)
    assert (row.spans, row.by) == ([[0, 480, 720]], lea)
    assert [(c.what, c.by, c.seen_at) for c in unseen(bo.pk)] == [("week_set", lea, None)]
    assert counts(by=bo)["news"] == 1
    his = signed_in(bo)
    assert "Lea Dam changed your week" in his.get(reverse("news")).content.decode()
    assert his.get(reverse("news-latest")).json() == {
        "id": str(Change.objects.get().pk), "text": "Lea Dam changed your week", "href": reverse("own_hours"), "count": 1,
    }  # fmt: skip
    assert "saved a week of 4 hours" in his.get(reverse("own_hours")).content.decode()
    his.post(reverse("hours_seen"))
    assert (counts(by=bo)["news"], unseen(bo.pk)) == (0, [])
    answer = leads.post(reverse("undo_week", args=[row.pk]))
    assert answer["Location"] == reverse("team_week", args=[bo.pk])
    assert week_of(colleague=bo.pk) is None
    assert [(c.what, c.by) for c in history(bo.pk)] == [("week_back", lea), ("week_set", lea)]
    assert [c.what for c in unseen(bo.pk)] == ["week_back"]


def test_a_lead_notes_an_absence_takes_it_back_and_brings_it_back(leads, lea, bo):
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    answer = leads.post(reverse("team_absence", args=[bo.pk]), {**absence(start, 3), "stand_in": str(lea.pk)})
    row = Absence.objects.get()
    assert (row.colleague, row.kind, row.stand_in, row.by, row.since) == (bo, "holiday", lea, lea, start)
    assert parse_qs(urlparse(answer["Location"]).query) == {"made": [str(row.pk)]}
    assert "The absence is noted" in leads.get(answer["Location"]).content.decode()
    answer = leads.post(reverse("end_absence", args=[row.pk]))
    assert answer["Location"] == f"{reverse('team_week', args=[bo.pk])}?gone={row.pk}"
    leads.post(reverse("absence_back", args=[row.pk]))
    row.refresh_from_db()
    assert row.taken_back_at is None
    assert [(c.what, c.by) for c in history(bo.pk)] == [("absent_again", lea), ("absent_back", lea), ("absent", lea)]
    page = leads.get(reverse("team_week", args=[bo.pk])).content.decode()
    assert page.count("not seen yet") == 3
    assert "noted an absence again: Holiday" in page


def test_what_one_does_oneself_is_kept_and_is_no_news(bo):
    signed_in(bo).post(reverse("own_hours"), GIVEN)
    assert [(c.what, c.by) for c in history(bo.pk)] == [("week_set", bo)]
    assert (unseen(bo.pk), counts(by=bo)["news"]) == ([], 0)


def test_all_news_seen_at_the_bell_also_of_hours(leads, bo):
    leads.post(reverse("team_week", args=[bo.pk]), GIVEN)
    his = signed_in(bo)
    assert "Mark all as seen" in his.get(reverse("news")).content.decode()
    his.post(reverse("news-seen"))
    assert unseen(bo.pk) == []


@pytest.mark.parametrize("who", ["employee", "lead of another unit"])
def test_nobody_else_sees_or_changes_them(who, lea, bo, jonas):
    other = jonas if who == "employee" else take_in(
        email="ida@firma.example", name="Ida", role="lead", unit=Unit.objects.get(triage=True)
    )  # fmt: skip
    client = signed_in(other)
    kept = be_absent(colleague=bo, since=MONDAY, until=MONDAY + timedelta(days=1), by=lea, at=MONDAY)
    week = set_week(colleague=bo, zone=ZONE, spans=OFFICE, by=lea, at=MONDAY)
    told = Change.objects.count()
    assert client.get(reverse("team_hours"), {"unit": bo.unit_id}).status_code == (403 if who == "employee" else 404)
    assert client.get(reverse("team_week", args=[bo.pk])).status_code == 403
    assert client.post(reverse("team_week", args=[bo.pk]), GIVEN).status_code == 403
    assert client.post(reverse("team_absence", args=[bo.pk]), absence(MONDAY, 1)).status_code == 403
    assert client.post(reverse("end_absence", args=[kept.pk])).status_code == 403
    assert client.post(reverse("undo_week", args=[week.pk])).status_code == 403
    assert (Week.objects.filter(colleague=bo).count(), week_of(colleague=bo.pk)) == (1, week)
    assert list(Absence.objects.values_list("pk", "taken_back_at")) == [(kept.pk, None)]
    assert Change.objects.count() == told


@pytest.mark.parametrize(("field", "value"), [("d0", "nonsense"), ("zone", "Mars"), ("subdivision", "BY")])
def test_a_week_that_is_not_understood_is_not_saved(leads, bo, field, value):
    answer = leads.post(reverse("team_week", args=[bo.pk]), {**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert not Change.objects.exists()


def test_an_absence_that_ends_before_it_begins_is_refused(leads, bo):
    answer = leads.post(reverse("team_absence", args=[bo.pk]), absence(MONDAY, -1))
    assert answer.status_code == 422
    assert 'id="id_until-error"' in answer.content.decode()
    assert (Absence.objects.count(), Change.objects.count()) == (0, 0)


def test_the_week_shows_who_is_there_and_where_nobody_is_who_can(workshop, lea, bo, jonas):
    brakes, paint = add_competence(name="Bremser", name_en="Brakes"), add_competence(name="Lak", name_en="Paint")
    for who, what, level in [(bo, brakes, 5), (lea, brakes, 3), (bo, paint, 4), (lea, paint, 2), (jonas, paint, 3)]:
        hold(colleague=who, competence=what.pk, level=level)
    set_week(colleague=bo, zone="Europe/London", spans=[Span(d, 8 * 60, 14 * 60) for d in range(4)], by=bo, at=MONDAY)
    be_absent(colleague=lea, since=MONDAY, until=MONDAY + timedelta(days=1), by=lea, at=MONDAY, kind="course")
    found = team_week(workshop, MONDAY.date(), MONDAY - timedelta(days=3), "en")
    assert [(r.colleague, r.zone, r.always) for r in found.rows] == [(bo, "Europe/London", False), (lea, "", False)]
    assert [c.words for c in found.rows[0].cells] == ["9–15"] * 4 + [""] * 3
    assert [c.words for c in found.rows[1].cells] == [""] + ["8–16"] * 4 + [""] * 2
    assert [a.kind for a in found.rows[1].cells[0].absences] == ["course"]
    told = {c.competence: c for c in found.cover}
    assert list(told) == [paint, brakes]
    assert (told[paint].nobody, told[paint].alone, told[paint].only, told[paint].elsewhere) == (16.0, 24.0, bo, 1)
    assert (told[brakes].nobody, told[brakes].alone, told[brakes].only, told[brakes].elsewhere) == (2.0, 20.0, None, 0)
    assert told[brakes].cells[0].notes == [("8–9", ""), ("9–15", "Bo Krag"), ("15–16", "")]
    assert told[brakes].cells[1].notes == [("8–9", "Lea Dam"), ("15–16", "Lea Dam")]
    assert told[paint].cells[4].notes == [("8–16", "")]


def test_a_holiday_and_a_closed_unit_want_nobody(workshop, bo):
    hold(colleague=bo, competence=add_competence(name="Bremser").pk, level=4)
    christmas = datetime(2026, 12, 21, tzinfo=ZoneInfo(ZONE))
    found = team_week(workshop, christmas.date(), MONDAY, "en")
    assert [name for _day, name in found.days][4:] == ["Christmas Day", "Second Day of Christmas", ""]
    assert [c.holiday for c in found.rows[0].cells][4:6] == ["Christmas Day", "Second Day of Christmas"]
    assert (found.cover[0].nobody, found.cover[0].alone) == (0.0, 32.0)


def test_who_is_away_for_now_is_not_there(workshop, bo):
    hold(colleague=bo, competence=add_competence(name="Bremser").pk, level=4)
    bo.away_until = MONDAY + timedelta(hours=12)
    bo.save()
    found = team_week(workshop, MONDAY.date(), MONDAY + timedelta(hours=8), "en")
    assert found.cover[0].cells[0].notes == [("8–12", "")]


def test_the_page_takes_as_many_statements_for_many_colleagues(leads, lea, bo, workshop):
    skill = add_competence(name="Bremser")
    hold(colleague=bo, competence=skill.pk, level=4)

    def statements() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
            assert leads.get(reverse("team_hours")).status_code == 200
        return len(orm), len(ours)

    statements()
    few = statements()
    for n in range(12):
        one = take_in(email=f"n{n}@firma.example", name=f"Nr. {n}", unit=workshop)
        hold(colleague=one, competence=skill.pk, level=3)
        set_week(colleague=one, zone=ZONE, spans=OFFICE, by=lea, at=MONDAY)
        be_absent(colleague=one, since=timezone.now(), until=timezone.now() + timedelta(days=2), by=lea, at=timezone.now())
    assert statements() == few


def test_a_lead_without_a_unit_and_a_week_far_away(organisation):
    client = signed_in(take_in(email="ole@firma.example", name="Ole", role="lead", language="en"))
    assert "You lead no unit yet" in client.get(reverse("team_hours")).content.decode()
    assert client.get(reverse("team_hours"), {"week": "1999-01-01"}).status_code == 404
    assert client.get(reverse("team_hours"), {"week": "nonsense"}).status_code == 200
