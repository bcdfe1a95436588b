"""Who gets in where; and that a refusal changes nothing."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from samspil.base.clock import now
from samspil.intake.actions import connect
from samspil.intake.models import Account, Envelope
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit

pytestmark = pytest.mark.django_db

EVERYBODY = ["settings", "organisation", "competences", "units"]
ADMIN = ["accounts", "account_choose", "health", "new_colleague", "new_unit", "new_competence"]


@pytest.fixture
def there(mette, jonas, battery):
    account = connect(channel="webchat", name="Chat", config={})
    envelope = Envelope.objects.create(account=account, external_id="1", payload=b"x", received_at=now(), state="quarantined")
    unit = Unit.objects.get()
    return {
        "account_edit": [account.pk],
        "account_try": [account.pk],
        "account_test": [account.pk],
        "account_hold": [account.pk],
        "account_heard": [account.pk],
        "account_leave": [account.pk],
        "account_connect": ["webchat"],
        "envelope": [envelope.pk],
        "health_again": [],
        "edit_colleague": [mette.pk],
        "sign_in_link": [mette.pk],
        "close_colleague": [mette.pk],
        "edit_unit": [unit.pk],
        "edit_competence": [battery.pk],
        "retire_competence": [battery.pk],
        **{name: [] for name in ADMIN},
    }


def snapshot():
    return [list(model.objects.order_by("pk").values()) for model in (Account, Envelope, Competence, CompetenceHeld, Unit)] + [
        list(Colleague.objects.order_by("pk").values_list("pk", "name", "email", "role", "password", "is_active"))
    ]


ATTACK = {
    "name": "Mine", "email": "x@y.example", "role": "admin", "language": "en", "capacity": "1", "resume": "1", "retire": "1",
    "f-origins": "*", "triage": "on",
}  # fmt: skip


@pytest.mark.parametrize("name", EVERYBODY + ADMIN)
def test_strangers_are_sent_to_the_sign_in(mette, name):
    answer = Client().get(reverse(name))
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("account_login"))


def test_strangers_change_nothing(there):
    before = snapshot()
    for name, args in there.items():
        assert Client().post(reverse(name, args=args), ATTACK).status_code == 302, name
    assert snapshot() == before


@pytest.mark.parametrize("who", ["his", "leads"])
def test_others_than_administrators_are_refused_and_change_nothing(there, who, request):
    client = request.getfixturevalue(who)
    before = snapshot()
    for name, args in there.items():
        for answer in (client.get(reverse(name, args=args)), client.post(reverse(name, args=args), ATTACK)):
            assert answer.status_code == 403, name
    assert snapshot() == before


def test_everybody_sees_the_organisation(his, jonas, mette, battery):
    for name in EVERYBODY:
        assert his.get(reverse(name)).status_code == 200, name
    shown = his.get(reverse("colleague", args=[mette.pk])).content.decode()
    assert "Mette Krogh" in shown
    assert reverse("edit_colleague", args=[mette.pk]) not in shown
    assert his.get(reverse("competence", args=[battery.pk])).status_code == 200
    assert his.get(reverse("unit", args=[Unit.objects.get().pk])).status_code == 200
    for name in ("colleague", "competence", "unit"):
        assert his.get(reverse(name, args=[uuid4()])).status_code == 404


def test_an_administrator_gets_in_everywhere(hers, there):
    for name, args in there.items():
        if name not in {"account_test", "account_hold", "health_again", "sign_in_link", "close_colleague", "retire_competence"}:
            assert hers.get(reverse(name, args=args)).status_code == 200, name


def test_who_is_let_go_is_out_at_once(his, jonas, hers):
    assert his.get(reverse("settings")).status_code == 200
    hers.post(reverse("close_colleague", args=[jonas.pk]))
    assert his.get(reverse("settings")).status_code == 302
