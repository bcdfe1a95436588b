"""The pages of imports of colleagues: the whole way, who gets in, and that a refusal changes nothing."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.organisation.models import Colleague
from samspil.provision.actions import runs
from samspil.provision.models import Directory, Run, RunRow, Token

pytestmark = pytest.mark.django_db
FILE = "Nr;Navn;E-mail;Titel\n1;Søren <b>;soren@firma.example;Smed\n2;Bo;skæv;\n"
MEANT = {"c0": "external", "c1": "name", "c2": "mail", "c3": "title", "separator": "/", "missing": "leave", "brake": "20"}


def upload(client, text=FILE):
    return client.post(reverse("arrivals"), {"file": SimpleUploadedFile("folk.csv", text.encode("cp1252"))})


@pytest.fixture
def run(hers):
    upload(hers)
    return Run.objects.get()


def do(client, run, deed, **more):
    return client.post(reverse("arrivals_do", args=[run.pk]), {"deed": deed, **more})


def looked(client, run, **more):
    return client.post(reverse("arrivals_columns", args=[run.pk]), MEANT | more)


def test_the_whole_way(hers, run):
    page = hers.get(reverse("arrivals_columns", args=[run.pk])).content.decode()
    assert '<option value="mail" selected' in page
    assert "soren@firma.example" in page
    assert looked(hers, run).status_code == 302
    page = hers.get(reverse("arrivals_run", args=[run.pk])).content.decode()
    assert "Nothing is written yet" in page
    assert "Søren &lt;b&gt;" in page
    assert "this is no mail address: skæv" in page
    assert not Colleague.objects.filter(email="soren@firma.example").exists()
    do(hers, run, "go")
    assert Colleague.objects.get(email="soren@firma.example").title == "Smed"
    page = hers.post(reverse("arrivals_links", args=[run.pk])).content.decode()
    link = re.search(r"http://testserver(/account/password/reset/key/[^<]+)", page)[1]
    assert Client().get(link, follow=True).status_code == 200
    do(hers, run, "undo")
    assert not Colleague.objects.get(email="soren@firma.example").is_active
    assert "taken back" in hers.get(reverse("arrivals_run", args=[run.pk])).content.decode()
    assert "folk.csv" in hers.get(reverse("arrivals")).content.decode()


def test_the_brake_asks_again(hers, mette, run):
    people = "Nr;Navn;E-mail;Titel\n" + "".join(f"{i};P{i};p{i}@firma.example;\n" for i in range(3))
    for text, more in ((people, {}), ("Nr;Navn;E-mail;Titel\n9;Ny;ny@firma.example;\n", {"missing": "close"})):
        upload(hers, text)
        fresh = Run.objects.order_by("-started_at", "-id").first()
        looked(hers, fresh, **more)
        do(hers, fresh, "go")
    assert (
        "3 of 4 colleagues would lose their access at once" in hers.get(reverse("arrivals_run", args=[fresh.pk])).content.decode()
    )
    assert Colleague.objects.filter(is_active=True).count() == 4
    do(hers, fresh, "go", confirmed="1")
    assert Colleague.objects.filter(is_active=True).count() == 2


def test_what_cannot_be_read_is_said(hers):
    answer = upload(hers, "")
    assert answer.status_code == 422
    assert not Run.objects.exists()


def test_columns_without_an_address_are_refused(hers, run):
    answer = hers.post(reverse("arrivals_columns", args=[run.pk]), MEANT | {"c0": "", "c2": ""})
    assert answer.status_code == 422
    assert not RunRow.objects.exists()


PAGES = ["arrivals", "arrivals_example", "arrivals_scim", "arrivals_ldap"]


@pytest.mark.parametrize("name", PAGES)
def test_only_administrators_get_in(his, hers, name):
    assert his.get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302
    assert hers.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["arrivals_run", "arrivals_columns", "arrivals_progress"])
def test_only_administrators_see_a_run(his, hers, run, name):
    assert his.get(reverse(name, args=[run.pk])).status_code == 403
    assert hers.get(reverse(name, args=[new_id()])).status_code == 404


@pytest.mark.parametrize("deed", ["go", "undo", "drop", "?"])
def test_nobody_else_does_anything(his, hers, run, deed):
    looked(hers, run)
    before = list(Run.objects.values())
    assert do(his, run, deed).status_code == 403
    assert his.post(reverse("arrivals_links", args=[run.pk])).status_code == 403
    assert list(Run.objects.values()) == before


def test_a_token_is_shown_once(hers, his):
    given = {"name": "Entra ID", "groups": "units"}
    assert his.post(reverse("arrivals_scim"), given).status_code == 403
    assert not Token.objects.exists()
    page = hers.post(reverse("arrivals_scim"), given).content.decode()
    secret = re.search(r"scim_[\w-]{40,}", page)[0]
    assert secret not in hers.get(reverse("arrivals_scim")).content.decode()
    assert Client(headers={"authorization": f"Bearer {secret}"}).get("/scim/v2/Users").status_code == 200
    hers.post(reverse("arrivals_revoke", args=[Token.objects.get().pk]))
    assert Client(headers={"authorization": f"Bearer {secret}"}).get("/scim/v2/Users").status_code == 401


def directory(**more):
    mapping = {"m_external": "entryUUID", "m_mail": "mail", "m_name": "cn"}
    given = {"preset": "openldap", "url": "ldaps://127.0.0.1:9", "bind": "cn=x", "password": "hemmelig", "base": "dc=x"}
    return given | mapping | {"filter": "(mail=*)", "unit_from": "ou", "missing": "leave", "brake": "20"} | more


def test_a_directory_that_does_not_answer_is_kept_and_said(hers):
    answer = hers.post(reverse("arrivals_ldap"), directory())
    assert answer.status_code == 422
    assert "Nobody answers at that address" in answer.content.decode()
    page = hers.get(reverse("arrivals_ldap")).content.decode()
    assert "ldaps://127.0.0.1:9" in page
    assert "hemmelig" not in page
    assert b"hemmelig" not in bytes(Directory.objects.get().password)


@pytest.mark.parametrize(
    ("more", "words"), [({"url": "ldap://ldap.firma.example"}, "must be encrypted"), ({"filter": "(("}, "no filter")]
)
def test_settings_that_cannot_be_are_refused_at_their_field(hers, more, words):
    answer = hers.post(reverse("arrivals_ldap"), directory(**more))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Directory.objects.exists()


def _statements(client, mette, people):
    text = "Navn;E-mail\n" + "".join(f"P{i};q{people}x{i}@firma.example\n" for i in range(people))
    run = runs.take_file(name="f.csv", pieces=[text.encode()], by=mette, at=now())
    runs.look(run=run.pk, at=now())
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("arrivals_run", args=[run.pk])).status_code == 200
    return len(asked)


def test_a_page_of_few_and_of_many_asks_the_same(hers, mette):
    _statements(hers, mette, 2)
    assert _statements(hers, mette, 3) == _statements(hers, mette, 45)
