from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from samspil.organisation.models import Colleague, Organisation, Unit
from samspil.screens.setup import ports

GIVEN = {
    "organisation": "Nordlys",
    "language": "en",
    "name": "Mette Krogh",
    "email": "Mette@Nordlys.example",
    "password": "cykelkurv-i-regn",
}


@pytest.fixture
def code(monkeypatch):
    monkeypatch.setattr(ports, "_offered", [replace(ports.offered(), setup_code=lambda: "ABCD-EFGH-JKLM")])


@pytest.fixture
def client():
    return Client(headers={"accept-language": "en"})


def nothing():
    return (Organisation.objects.count(), Colleague.objects.count(), Unit.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_every_page_leads_there_while_there_is_no_organisation(client):
    answer = client.get("/settings/")
    assert (answer.status_code, answer.url) == (302, reverse("first_run"))
    assert "Welcome to Samspil" in client.get(answer.url).content.decode()


@pytest.mark.django_db
def test_it_founds_and_signs_in(client):
    answer = client.post(reverse("first_run"), GIVEN)
    assert (answer.status_code, answer.url) == (302, reverse("accounts"))
    mette = Colleague.objects.get()
    assert (mette.email, mette.role, mette.language) == ("mette@nordlys.example", "admin", "en")
    assert mette.unit == Unit.objects.get(triage=True)
    assert mette.check_password("cykelkurv-i-regn")
    assert Organisation.objects.get().name == "Nordlys"
    assert client.get(reverse("accounts")).status_code == 200
    assert client.get(reverse("first_run")).status_code == 404
    again = Client().post(reverse("first_run"), {**GIVEN, "email": "thief@nordlys.example"})
    assert again.status_code == 404
    assert Colleague.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "kort"), ("password", "mette@nordlys.example"), ("email", "no address"), ("name", ""), ("organisation", " ")],
)
def test_errors_stand_at_the_field_and_nothing_is_founded(client, field, value):
    answer = client.post(reverse("first_run"), {**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert "cykelkurv-i-regn" not in answer.content.decode()
    assert nothing()


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "ABCD-EFGH-JKLX", "å" * 12])
def test_without_the_code_nobody_claims_it(client, code, given):
    answer = client.post(reverse("first_run"), {**GIVEN, "code": given})
    assert answer.status_code == 422
    assert 'id="id_code-error"' in answer.content.decode()
    assert nothing()


@pytest.mark.django_db
def test_with_the_code_however_it_is_typed(client, code):
    assert client.post(reverse("first_run"), {**GIVEN, "code": " abcd efgh jklm"}).status_code == 302
    assert Organisation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins():
    def post(n):
        try:
            return Client().post(reverse("first_run"), {**GIVEN, "email": f"n{n}@nordlys.example"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(post, range(6)))
    assert answers == [302, 404, 404, 404, 404, 404]
    assert (Organisation.objects.count(), Colleague.objects.count(), Unit.objects.count()) == (1, 1, 1)
