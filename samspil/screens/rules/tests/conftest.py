"""An administrator, a lead, an employee, and a few messages."""

import pytest
from django.test import Client

from samspil.conversation.actions import make_label
from samspil.intake.actions import connect
from samspil.organisation.actions import found, make_unit, take_in
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
def jonas(organisation):
    return take_in(email="jonas@firma.example", name="Jonas Lund", language="en", unit=Unit.objects.get(triage=True))


@pytest.fixture
def lead(mette):
    unit = make_unit(name="Workshop", by=mette)
    return take_in(email="lea@firma.example", name="Lea Lund", role="lead", language="en", unit=unit)


@pytest.fixture
def account(organisation):
    return connect(channel="webchat", name="Chat", config={})


@pytest.fixture
def label(organisation):
    return make_label(name="Urgent")


def signed_in(colleague, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(colleague)
    return client


@pytest.fixture
def hers(mette):
    return signed_in(mette)
