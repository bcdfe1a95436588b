"""An organisation with a colleague of every role; clients that are signed in."""

import pytest
from django.test import Client

from samspil.organisation.actions import add_competence, found, take_in
from samspil.organisation.models import Unit


@pytest.fixture
def organisation(db):
    return found(name="Prøve", language="en")


@pytest.fixture
def mette(organisation):
    return take_in(
        email="mette@firma.example", name="Mette Krogh", role="admin", language="en", unit=Unit.objects.get(triage=True)
    )


@pytest.fixture
def lea(organisation):
    return take_in(email="lea@firma.example", name="Lea Dam", role="lead", language="en")


@pytest.fixture
def jonas(organisation):
    return take_in(email="jonas@firma.example", name="Jonas Lund", password="cykelkurv-i-sol", language="en")


@pytest.fixture
def battery(organisation):
    return add_competence(name="Batteri", name_en="Battery", description="Range and charging", words=["batteri"])


def signed_in(colleague):
    client = Client(headers={"accept-language": "en"})
    client.force_login(colleague)
    return client


@pytest.fixture
def hers(mette):
    return signed_in(mette)


@pytest.fixture
def his(jonas):
    return signed_in(jonas)


@pytest.fixture
def leads(lea):
    return signed_in(lea)
