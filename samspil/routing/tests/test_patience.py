"""Waiting for whom the consumer knows, in the database: from arrival to the place that became free."""

from datetime import timedelta

import pytest
from django.utils import translation

from samspil.base import sql
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation
from samspil.routing import ports
from samspil.routing.actions import NotALimit, pull_waiting, set_policy
from samspil.routing.models import Decision, Policy
from samspil.routing.queries import explain, policy
from samspil.routing.queries.people import people
from samspil.routing.queries.soon import foretell
from samspil.routing.tests.conftest import AT

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ASKS = "Mit batteri kan ikke oplades, opladeren blinker"


@pytest.fixture(autouse=True)
def _no_ports(monkeypatch):
    for name in ("on_duty", "verdicts", "due", "languages"):
        monkeypatch.setattr(ports._Filled, name, None)


@pytest.fixture
def known(shop):
    """Bo, who has answered the consumer, holds his only place since twenty minutes; such conversations take one to forty."""
    shop.bo = shop.colleague("bo", shop.workshop, batteri=3, capacity=1)
    shop.mette = shop.colleague("mette", shop.workshop, batteri=4, capacity=2)
    for n in range(1, 41):
        done = shop.conversation(status="done", assignee=shop.mette, competence=shop.batteri, done_at=AT - HOUR * n)
        Decision.objects.create(conversation=done, at=AT - HOUR * n - MINUTE * n, competence=shop.batteri, colleague=shop.mette)
    shop.busy = shop.conversation(assignee=shop.bo, competence=shop.batteri)
    Decision.objects.create(conversation=shop.busy, at=AT - MINUTE * 20, competence=shop.batteri, colleague=shop.bo)
    consumer = shop.consumer("Ida")
    before = shop.conversation(consumer, status="done", done_at=AT - HOUR * 100)
    shop.said(before, "Svar", by=shop.bo, at=AT - HOUR * 100)
    shop.asks = shop.conversation(consumer)
    return shop


def state(conversation):
    row = Conversation.objects.get(pk=conversation.pk)
    return row.assignee, row.unit, [r.kind for r in explain(row.pk)[-1].reasons]


def test_it_waits_is_said_and_goes_to_who_answered_last(known):
    known.decide((known.asks, ASKS))
    assert state(known.asks) == (None, known.workshop, ["words", "waits"])
    reason = explain(known.asks.pk)[-1].reasons[-1]
    with translation.override("en"):
        assert explain(known.asks.pk)[-1].reasons[-1].text == (
            "Waits for Bo, who answered last and is likely to have a place within 10 minutes. From 11:30 it goes to who has one;"
            " now that would be Mette"
        )
    with translation.override("da"):
        assert explain(known.asks.pk)[-1].reasons[-1].text.startswith("Venter på Bo, som svarede sidst og nok har en plads")
    assert reason.weight == 0
    decisions = Decision.objects.filter(conversation=known.asks).count()
    assert pull_waiting(at=AT + MINUTE) == 0
    assert Decision.objects.filter(conversation=known.asks).count() == decisions  # the same reason is not written every minute
    Conversation.objects.filter(pk=known.busy.pk).update(status="done", done_at=AT + MINUTE)
    assert pull_waiting(at=AT + MINUTE) == 1
    assert state(known.asks)[0] == known.bo
    assert "continuity" in state(known.asks)[2]


def test_patience_over_it_goes_to_who_has_a_place(known):
    known.decide((known.asks, ASKS))
    type(known.mette).objects.update(seen_at=AT + MINUTE * 31)
    assert pull_waiting(at=AT + MINUTE * 31) == 1
    assert state(known.asks)[0] == known.mette


def test_without_patience_it_is_given_at_once(known):
    set_policy(grace_minutes=60, daily=None, patience_minutes=0)
    known.decide((known.asks, ASKS))
    assert state(known.asks)[0] == known.mette


def test_a_promise_is_not_waited_past(known):
    known.decide((known.asks, ASKS))
    ports.fill(due=lambda ids: dict.fromkeys(ids, AT + MINUTE * 5))
    assert pull_waiting(at=AT) == 1
    assert state(known.asks)[0] == known.mette


def test_who_takes_it_in_hand_has_it(known):
    known.decide((known.asks, ASKS))
    assign(conversations=[known.asks.pk], to=known.mette, by=known.mette, at=AT)
    assert pull_waiting(at=AT + MINUTE) == 0
    assert Conversation.objects.get(pk=known.asks.pk).assignee == known.mette


def test_nobody_is_waited_for_who_is_off_duty_by_then_or_gone(known):
    ports.fill(on_duty=lambda ids, at: {i: at + HOUR if at > AT and i == known.bo.pk else None for i in ids})
    known.decide((known.asks, ASKS))
    assert state(known.asks)[0] == known.mette


def test_who_is_back_soon_is_waited_for(known):
    Conversation.objects.filter(pk=known.busy.pk).update(status="done", done_at=AT)
    type(known.bo).objects.filter(pk=known.bo.pk).update(away_until=AT + MINUTE * 12)
    known.decide((known.asks, ASKS))
    assert state(known.asks)[2] == ["words", "waits"]
    assert Decision.objects.filter(conversation=known.asks).latest("at", "id").reasons[-1]["words"][1] == "12"


def test_what_is_foretold_takes_two_statements_and_none_for_who_has_a_place(known):
    everybody = people(competences={known.batteri.pk}, at=AT)
    counts = []
    for named in ({known.bo.pk}, {known.bo.pk, known.mette.pk}, {known.mette.pk}):
        with sql.counted() as seen:
            found = foretell(everybody, known=named, at=AT, minutes=30)
        counts.append((len(seen), [p.id for p in found if p.soon]))
    assert counts == [(2, [known.bo.pk]), (2, [known.bo.pk]), (0, [])]


def test_one_and_forty_that_wait_take_as_many_statements(known):
    def arrive(number):
        rows = []
        for n in range(number):
            consumer = known.consumer(f"Per{n}")
            known.said(
                known.conversation(consumer, status="done", done_at=AT - HOUR * 100), "Svar", by=known.bo, at=AT - HOUR * 100
            )
            row = known.conversation(consumer, competence=known.batteri, unit=known.workshop)
            Decision.objects.create(conversation=row, at=AT - HOUR, competence=known.batteri, unit=known.workshop)
            rows.append(row)
        return rows

    type(known.mette).objects.filter(pk=known.mette.pk).update(capacity=100)
    counts = []
    for number in (2, 40):
        Conversation.objects.filter(assignee=None).update(status="done", done_at=AT)
        arrive(number)
        with sql.counted() as seen:
            assert pull_waiting(at=AT) == number - 1  # one waits for Bo, the others are Mette's
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_patience_is_minutes_of_half_a_day_at_most(bare):
    assert policy().patience_minutes == 30
    for wrong in (-1, 241):
        with pytest.raises(NotALimit):
            set_policy(grace_minutes=60, daily=None, patience_minutes=wrong)
    assert Policy.objects.count() == 0
    set_policy(grace_minutes=60, daily=None, patience_minutes=45)
    set_policy(grace_minutes=30, daily=None)
    assert (policy().grace_minutes, policy().patience_minutes) == (30, 45)
