"""Three consumers, two colleagues."""

from datetime import timedelta

import pytest
from django.test import Client

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.identity.models import Link
from samspil.intake.actions import connect
from samspil.intake.actions.write import Received, write
from samspil.organisation.actions import found, take_in
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
def account(organisation):
    return connect(channel="webchat", name="Chat", config={})


def signed_in(colleague, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(colleague)
    return client


@pytest.fixture
def hers(mette):
    return signed_in(mette)


@pytest.fixture
def his(jonas):
    return signed_in(jonas)


@pytest.fixture
def people(account):
    with step():
        write(
            [
                Received(envelope=None, account=account, event=message("karoline", name="Karoline")),
                Received(envelope=None, account=account, event=message("soren@vest.example", network="mail", name="Søren Åkjær")),
                Received(envelope=None, account=account, event=message("=cmd@vest.example", network="mail", name="=1+1")),
            ],
            now(),
        )
    return {link.handle.address: link.consumer for link in Link.objects.select_related("handle", "consumer")}


def message(who, text="Hej", *, ago=0, network="webchat", name=""):
    author = kit.Handle(network=network, address=who, display=name)
    return kit.Message(external_id=f"{who}-1", author=author, at=now() - timedelta(minutes=ago), text=text)
