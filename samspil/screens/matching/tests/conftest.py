"""Six people on two channels, three suggestions, colleagues of every role, a closed unit."""

from datetime import timedelta

import pytest
from django.test import Client

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.identity.models import Link, Suggestion
from samspil.intake.actions import connect
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Handle
from samspil.organisation.actions import add_unit, found, take_in
from samspil.organisation.models import Unit

PARTS = [
    {"kind": "prior", "bits": -17.3},
    {"kind": "name", "level": "close", "bits": 12.2, "left": "Karoline V.", "right": "Karoline Vestergaard"},
    {"kind": "postcode", "level": "exact", "bits": 7.0, "left": "2200", "right": "2200"},
    {"kind": "hours", "level": "differ", "bits": -0.9},
    {"kind": "shoe_size", "level": "odd", "bits": 4.0, "left": "41", "right": "42"},
]


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


def message(who, text, *, number=1, ago=0, name=""):
    author = kit.Handle(network="webchat", address=who, display=name or who.title())
    return kit.Message(external_id=f"{who}-{number}", author=author, at=now() - timedelta(minutes=ago), text=text)


def handle(address):
    return Handle.objects.get(address=address)


def owner(address):
    return Link.objects.get(handle__address=address, ended_at=None).consumer_id


def owners():
    return dict(Link.objects.filter(ended_at=None).values_list("handle__address", "consumer_id"))


def suggest(a, b, p=0.97, gain=0.5, parts=PARTS, **more):
    one, other = sorted([handle(a), handle(b)], key=lambda h: h.pk)
    row = {"bits": 5.0, "probability": p, "gain": gain, "parts": parts, "found_at": now(), **more}
    return Suggestion.objects.create(one=one, other=other, **row)


@pytest.fixture
def people(account):
    names = {"karo": "Karoline V.", "kv": "Karoline Vestergaard", "ib": "Ib", "ibsen": "Ib Sen", "ane": "Ane", "anne": "Anne"}
    receive(account, *[message(a, f"Hello from {a}", name=n, ago=k) for k, (a, n) in enumerate(names.items())])
    return names


@pytest.fixture
def three(people):
    return suggest("karo", "kv", gain=0.9), suggest("ib", "ibsen", gain=0.5, p=0.7), suggest("ane", "anne", gain=0.1, p=0.995)
