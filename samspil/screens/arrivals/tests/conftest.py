"""An administrator and another colleague, signed in."""

import pytest
from django.test import Client

from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Unit


@pytest.fixture
def organisation(db):
    return found(name="Prøve", language="en")


def _signed_in(colleague):
    client = Client(headers={"accept-language": "en"})
    client.force_login(colleague)
    return client


@pytest.fixture
def mette(organisation):
    return take_in(
        email="mette@firma.example", name="Mette Krogh", role="admin", language="en", unit=Unit.objects.get(triage=True)
    )


@pytest.fixture
def jonas(organisation):
    return take_in(email="jonas@firma.example", name="Jonas Lund", language="en", unit=Unit.objects.get(triage=True))


@pytest.fixture
def hers(mette):
    return _signed_in(mette)


@pytest.fixture
def his(jonas):
    return _signed_in(jonas)
