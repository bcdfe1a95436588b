"""Two consumers on two channels, colleagues of every role, a closed unit."""

from datetime import timedelta

import pytest
from django.test import Client

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.identity.models import Link
from samspil.intake.actions import connect
from samspil.intake.actions.write import Received, write
from samspil.organisation.actions import add_unit, found, take_in
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
def closed(organisation):
    return add_unit(name="Personale", closed=True)


@pytest.fixture
def account(organisation):
    return connect(channel="webchat", name="Chat", config={})


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


def receive(account, *events):
    with step():
        write([Received(envelope=None, account=account, event=e) for e in events], now())


def message(who, text, *, number=1, ago=0, network="webchat", name=""):
    author = kit.Handle(network=network, address=who, display=name or who.title())
    return kit.Message(external_id=f"{who}-{number}", author=author, at=now() - timedelta(minutes=ago), text=text)


def consumer_of(address):
    return Link.objects.get(handle__address=address, ended_at=None).consumer
