"""A unit's approvals: who sets them, what is refused in words, and the history."""

from decimal import Decimal

import pytest
from django.urls import reverse

from samspil.intake.actions import connect
from samspil.organisation.models import Colleague, Unit
from samspil.reply.models import ApprovalPolicy
from samspil.screens.setup.tests.conftest import signed_in
from tests.journeys.conftest import mail_config

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(mette):
    return Unit.objects.get()


@pytest.fixture
def address(unit):
    return reverse("unit_approvals", args=[unit.pk])


def test_a_lead_sets_it_and_reads_what_was_set(hers, unit, address, mette, jonas):
    account = connect(channel="mail", name="Service", config=mail_config(), own=["s@firma.example"])
    given = {
        "active": "on", "below_level": "3", "first_answers": "5", "words": "refund, gratis\nret*", "amount": "500.50",
        "accounts": [str(account.pk)], "by_leads": "on", "named": [str(jonas.pk)], "raise_minutes": "45",
    }  # fmt: skip
    answer = hers.post(address, given, follow=True)
    assert answer.status_code == 200
    row = ApprovalPolicy.objects.get()
    assert (row.active, row.everybody, row.below_level, row.first_answers, row.words, row.amount) == (
        True, False, 3, 5, ["refund", "gratis", "ret*"], Decimal("500.50"),
    )  # fmt: skip
    assert (row.accounts, row.named, row.by_leads, row.by_level, row.raise_minutes, row.by) == (
        [str(account.pk)], [str(jonas.pk)], True, False, 45, mette,
    )  # fmt: skip
    text = answer.content.decode()
    for words in (
        "below level 3 in the competence",
        "“refund”, “gratis”, “ret*”",
        "an amount from 500.5",
        "Jonas Lund",
        "Service",
    ):
        assert words in text, words
    hers.post(address, {"everybody": "on", "by_leads": "on"})
    assert [(r.active, r.ended_at is None) for r in ApprovalPolicy.objects.order_by("at")] == [(True, False), (False, True)]
    assert hers.get(address).content.decode().count('<li class="card">') == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"active": "on", "by_leads": "on"}, "Say which answers need a yes"),
        ({"active": "on", "everybody": "on"}, "Nobody could say yes"),
        ({"active": "on", "everybody": "on", "by_leads": "on", "raise_minutes": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_could_not_work_is_said_and_not_kept(hers, address, given, words):
    answer = hers.post(address, given)
    assert (answer.status_code, ApprovalPolicy.objects.count()) == (422, 0)
    assert words in answer.content.decode()


def test_only_its_lead_and_administrators(his, unit, address, lea):
    assert his.get(address).status_code == 403
    assert his.post(address, {"active": "on", "everybody": "on", "by_leads": "on"}).status_code == 403
    assert signed_in(lea).get(address).status_code == 403
    assert ApprovalPolicy.objects.count() == 0
    Colleague.objects.filter(pk=lea.pk).update(unit=unit)
    assert signed_in(lea).get(address).status_code == 200
    assert reverse("unit_approvals", args=[unit.pk]) in signed_in(lea).get(reverse("unit", args=[unit.pk])).content.decode()
