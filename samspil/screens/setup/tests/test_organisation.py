import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.errors import NotAllowed
from samspil.organisation.actions import add_competence, add_unit, change_colleague, hold, take_in
from samspil.organisation.actions.administer import LastAdministrator
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit

pytestmark = pytest.mark.django_db
PERSON = {"name": "Ida Ravn", "email": "Ida@firma.example", "role": "employee", "language": "da", "capacity": "5"}


def test_a_colleague_comes_in_by_a_link_that_works_once(hers):
    answer = hers.post(reverse("new_colleague"), PERSON)
    ida = Colleague.objects.get(email="ida@firma.example")
    assert not ida.has_usable_password()
    assert "no-store" in answer.headers["Cache-Control"]
    [link] = re.findall(r"http://testserver(/account/[^<\s]+)", answer.content.decode())
    new = Client()
    page = new.get(link, follow=True)
    assert page.status_code == 200
    there = page.redirect_chain[-1][0]
    done = new.post(there, {"password1": "cykelkurv-i-blæst", "password2": "cykelkurv-i-blæst"})
    assert done.status_code == 302
    ida.refresh_from_db()
    assert ida.check_password("cykelkurv-i-blæst")
    assert Client().login(email="ida@firma.example", password="cykelkurv-i-blæst")
    other = Client()
    again = other.get(link, follow=True)
    other.post(again.request["PATH_INFO"], {"password1": "tyv-tyv-tyv-tyv", "password2": "tyv-tyv-tyv-tyv"})
    ida.refresh_from_db()
    assert ida.check_password("cykelkurv-i-blæst")


def test_two_cannot_have_one_address(hers, jonas):
    answer = hers.post(reverse("new_colleague"), {**PERSON, "email": "JONAS@firma.example"})
    assert answer.status_code == 422
    assert 'id="id_email-error"' in answer.content.decode()
    assert Colleague.objects.count() == 2
    mine = Colleague.objects.get(name="Mette Krogh")
    answer = hers.post(reverse("edit_colleague", args=[mine.pk]), {**PERSON, "role": "admin", "email": "jonas@firma.example"})
    assert answer.status_code == 422
    mine.refresh_from_db()
    assert (mine.email, mine.name) == ("mette@firma.example", "Mette Krogh")


def test_a_colleague_is_changed_and_closed(hers, jonas):
    hers.post(reverse("edit_colleague", args=[jonas.pk]), {**PERSON, "role": "lead"})
    jonas.refresh_from_db()
    assert (jonas.name, jonas.email, jonas.role, jonas.capacity) == ("Ida Ravn", "ida@firma.example", "lead", 5)
    hers.post(reverse("close_colleague", args=[jonas.pk]))
    jonas.refresh_from_db()
    assert not jonas.is_active
    hers.post(reverse("close_colleague", args=[jonas.pk]), {"open": ""})
    jonas.refresh_from_db()
    assert jonas.is_active


def test_the_last_administrator_stays(hers, mette):
    answer = hers.post(reverse("edit_colleague", args=[mette.pk]), {**PERSON, "role": "employee"})
    assert answer.status_code == 422
    assert 'id="id_role-error"' in answer.content.decode()
    assert hers.post(reverse("close_colleague", args=[mette.pk])).status_code == 403
    mette.refresh_from_db()
    assert (mette.role, mette.is_active, mette.name) == ("admin", True, "Mette Krogh")
    with pytest.raises(LastAdministrator):
        change_colleague(colleague=mette.pk, by=mette, is_active=False)


def test_the_actions_refuse_by_themselves(jonas, mette):
    with pytest.raises(NotAllowed):
        change_colleague(colleague=jonas.pk, by=jonas, role="admin")
    with pytest.raises(NotAllowed):
        change_colleague(colleague=jonas.pk, by=mette, is_superuser=True)
    jonas.refresh_from_db()
    assert (jonas.role, jonas.is_superuser) == ("employee", False)


def test_units_are_made_moved_and_given_the_triage(hers):
    service = Unit.objects.get(triage=True)
    hers.post(
        reverse("new_unit"), {"name": "Værksted", "name_en": "Workshop", "parent": service.pk, "triage": "on", "closed": "on"}
    )
    workshop = Unit.objects.get(name="Værksted")
    assert (workshop.parent_id, workshop.triage, workshop.closed) == (service.pk, True, True)
    assert not Unit.objects.get(pk=service.pk).triage
    edit = reverse("edit_unit", args=[service.pk])
    for given, field in (({"name": "Service", "parent": workshop.pk}, "parent"), ({"name": " "}, "name")):
        answer = hers.post(edit, given)
        assert answer.status_code == 422
        assert f'id="id_{field}-error"' in answer.content.decode()
    same = hers.post(reverse("new_unit"), {"name": "værksted", "parent": service.pk})
    assert same.status_code == 422
    assert hers.post(reverse("edit_unit", args=[workshop.pk]), {"name": "Værksted"}).status_code == 422
    assert Unit.objects.count() == 2
    assert Unit.objects.get(pk=workshop.pk).triage
    assert Unit.objects.get(pk=service.pk).parent_id is None


def test_competences_are_described(hers, battery):
    hers.post(reverse("new_competence"), {"name": "Gear", "words": "kæde, gear,\nkæde,  skift"})
    gear = Competence.objects.get(name="Gear")
    assert gear.words == ["kæde", "gear", "skift"]
    answer = hers.post(reverse("edit_competence", args=[gear.pk]), {"name": "BATTERI"})
    assert answer.status_code == 422
    assert 'id="id_name-error"' in answer.content.decode()
    assert Competence.objects.get(pk=gear.pk).name == "Gear"
    hers.post(reverse("retire_competence", args=[gear.pk]))
    assert not Competence.objects.get(pk=gear.pk).active
    assert "Gear" not in hers.get(reverse("competences")).content.decode()


def test_levels_of_others_are_a_leads_to_give(leads, his, jonas, lea, battery):
    address = reverse("give_level", args=[battery.pk])
    assert his.post(address, {"colleague": lea.pk, "level": "5"}).status_code == 403
    assert CompetenceHeld.objects.count() == 0
    for wrong in ({"colleague": "x", "level": "5"}, {"colleague": jonas.pk, "level": "many"}):
        assert leads.post(address, wrong).status_code == 404
    assert leads.post(address, {"colleague": jonas.pk, "level": "6"}).status_code == 422
    assert CompetenceHeld.objects.count() == 0
    leads.post(address, {"colleague": jonas.pk, "level": "5"})
    his.post(address, {"colleague": jonas.pk, "level": "3"})
    # What a lead has confirmed outweighs what is said after it; «does not» takes it away all the same.
    assert list(CompetenceHeld.objects.values_list("colleague", "level", "source")) == [(jonas.pk, 5, "lead")]
    his.post(address, {"colleague": jonas.pk, "level": "0"})
    assert CompetenceHeld.objects.count() == 0


def test_what_hangs_on_one_is_told(his, jonas, lea, battery):
    hold(colleague=jonas, competence=battery.pk, level=4)
    hold(colleague=lea, competence=battery.pk, level=3)
    add_competence(name="Gear")
    text = his.get(reverse("competences")).content.decode()
    assert "Only Jonas Lund" in text
    assert "Nobody carries it" in text
    assert "2 of them hang" in text
    hold(colleague=lea, competence=battery.pk, level=5)
    assert "2 carry it" in his.get(reverse("competences")).content.decode()


def test_find_somebody_who_can(his, jonas, battery):
    hold(colleague=jonas, competence=battery.pk, level=4)
    found = his.get(reverse("organisation"), {"q": "batt"}, headers={"hx-request": "true"}).content.decode()
    assert "Jonas Lund" in found
    assert "Battery" in found
    assert "Nobody is known for that" in his.get(reverse("organisation"), {"q": "spaceships"}).content.decode()


def test_the_number_of_statements_does_not_grow(his, jonas, battery):
    hold(colleague=jonas, competence=battery.pk, level=4)
    names = {
        "organisation": [],
        "competences": [],
        "units": [],
        "settings": [],
        "competence": [battery.pk],
        "colleague": [jonas.pk],
    }
    few = {name: statements(his, reverse(name, args=args)) for name, args in names.items()}
    top = Unit.objects.get()
    for n in range(30):
        unit = add_unit(name=f"Unit {n}", parent=top)
        person = take_in(email=f"p{n}@firma.example", name=f"P {n}", unit=unit)
        skill = add_competence(name=f"Skill {n}")
        for held in (skill, battery):
            hold(colleague=person, competence=held.pk, level=3)
        hold(colleague=jonas, competence=skill.pk, level=2)
    many = {name: statements(his, reverse(name, args=args)) for name, args in names.items()}
    assert many == few
    assert many == {"organisation": 7, "competences": 15, "units": 7, "settings": 16, "competence": 18, "colleague": 12}


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
        assert client.get(address).status_code == 200
    return len(seen) + len(raw)
