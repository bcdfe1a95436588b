from datetime import timedelta

import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.organisation.actions import add_competence
from samspil.organisation.models import CompetenceHeld

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Jonas L", "title": "Motor", "language": "da", "theme": "dark", "capacity": "7", "notify_browser": "on"}


def test_ones_own_settings_are_saved(his, jonas):
    answer = his.post(reverse("settings"), GIVEN, follow=True)
    jonas.refresh_from_db()
    assert [jonas.name, jonas.title, jonas.language, jonas.theme, jonas.capacity] == ["Jonas L", "Motor", "da", "dark", 7]
    assert (jonas.single_keys, jonas.notify_browser, jonas.role) == (False, True, "employee")
    assert (his.cookies["theme"].value, his.cookies["single-keys"].value) == ("dark", "off")
    assert "Gemt" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("capacity", "-1"), ("capacity", "many"), ("language", "xx"), ("theme", "pink")]
)
def test_errors_stand_at_the_field_and_nothing_is_saved(his, jonas, field, value):
    answer = his.post(reverse("settings"), {**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    jonas.refresh_from_db()
    assert (jonas.name, jonas.theme, jonas.capacity) == ("Jonas Lund", "auto", 12)


def test_a_role_cannot_be_smuggled_in(his, jonas):
    his.post(reverse("settings"), {**GIVEN, "role": "admin", "is_superuser": "on", "email": "boss@firma.example"})
    jonas.refresh_from_db()
    assert (jonas.role, jonas.is_superuser, jonas.email) == ("employee", False, "jonas@firma.example")


def test_away_and_back(his, jonas):
    his.post(reverse("settings_away"), {"span": "hour"})
    jonas.refresh_from_db()
    assert timedelta(minutes=59) < jonas.away_until - now() < timedelta(minutes=61)
    assert "You are away until" in his.get(reverse("settings")).content.decode()
    his.post(reverse("settings_away"), {"back": ""})
    jonas.refresh_from_db()
    assert jonas.away_until is None


@pytest.mark.parametrize("span", ["day", "week"])
def test_away_until_a_morning(his, jonas, span):
    his.post(reverse("settings_away"), {"span": span})
    jonas.refresh_from_db()
    from django.utils import timezone

    local = timezone.localtime(jonas.away_until)
    assert (local.hour, local.minute) == (8, 0)
    assert jonas.away_until > now()
    assert span == "day" or local.weekday() == 0


@pytest.mark.parametrize("until", ["", "2001-01-01T08:00", "nonsense"])
def test_away_only_until_a_time_to_come(his, jonas, until):
    answer = his.post(reverse("settings_away"), {"span": "until", "until": until})
    assert answer.status_code == 422
    assert "Choose a time to come" in answer.content.decode()
    jonas.refresh_from_db()
    assert jonas.away_until is None


def test_what_one_knows(his, jonas, battery):
    other = add_competence(name="Gear")
    his.post(reverse("settings_know"), {f"level-{battery.pk}": "4", f"level-{other.pk}": "9"})
    assert list(CompetenceHeld.objects.values_list("colleague", "competence", "level", "source")) == [
        (jonas.pk, battery.pk, 4, "self")
    ]
    his.post(reverse("settings_know"), {f"level-{battery.pk}": "0"})
    assert CompetenceHeld.objects.count() == 0
