"""What waits, and who takes it."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection

from samspil.base import sql
from samspil.conversation.actions import assign
from samspil.conversation.facts import ConversationChanged
from samspil.conversation.models import Conversation
from samspil.organisation.facts import PresenceChanged
from samspil.organisation.models import Colleague
from samspil.routing import jobs, reactions
from samspil.routing.actions import pull_waiting, route
from samspil.routing.models import Decision
from samspil.routing.tests.conftest import AT

pytestmark = pytest.mark.django_db


def holder(conversation):
    return Conversation.objects.select_related("assignee").get(pk=conversation.pk).assignee


@pytest.fixture
def queue(shop):
    """Three about batteries wait for Jonas, who has one place and has it taken; the second has waited longest."""
    shop.jonas = shop.colleague("jonas", shop.workshop, batteri=5, capacity=1)
    shop.busy = shop.conversation(assignee=shop.jonas)
    shop.waiting = [shop.conversation(waiting_since=AT - timedelta(minutes=m)) for m in (5, 90, 30)]
    shop.decide(*[(conversation, "Mit batteri er fladt") for conversation in shop.waiting])
    assert [holder(c) for c in shop.waiting] == [None, None, None]
    return shop


def finish(conversation):
    Conversation.objects.filter(pk=conversation.pk).update(status="done")


def test_a_free_place_takes_what_has_waited_longest(queue):
    assert pull_waiting(at=AT) == 0
    finish(queue.busy)
    assert pull_waiting(at=AT) == 1
    assert [holder(c) for c in queue.waiting] == [None, queue.jonas, None]
    decision = Decision.objects.filter(conversation=queue.waiting[1]).latest("at", "id")
    assert decision.reasons[-1] == {"kind": "waited", "words": ["90"], "weight": 9.0}
    assert (decision.competence, decision.unit, decision.by) == (queue.batteri, queue.workshop, None)
    assert decision.confidence == Decision.objects.filter(conversation=queue.waiting[1]).earliest("at", "id").confidence
    assert pull_waiting(at=AT) == 0


def test_nothing_is_given_to_an_empty_desk(queue):
    finish(queue.busy)
    Colleague.objects.update(seen_at=AT - timedelta(minutes=16))
    assert pull_waiting(at=AT) == 0
    assert [holder(c) for c in queue.waiting] == [None, None, None]


def test_what_a_colleague_has_put_back_is_left_alone(queue):
    finish(queue.busy)
    pull_waiting(at=AT)
    assign(conversations=[queue.waiting[1].pk], to=None, by=queue.jonas, at=AT)
    assert pull_waiting(at=AT) == 1
    assert [holder(c) for c in queue.waiting] == [None, None, queue.jonas]


def test_triage_is_not_pulled(shop):
    conversation = shop.conversation()
    shop.decide((conversation, "Hej"))
    shop.colleague("jonas", shop.workshop, batteri=5)
    assert pull_waiting(at=AT) == 0
    assert holder(conversation) is None


def test_nothing_waiting_costs_one_statement(shop):
    shop.colleague("jonas", shop.workshop, batteri=5)
    with sql.counted() as seen:
        assert pull_waiting(at=AT) == 0
    assert len(seen) == 1


@pytest.mark.parametrize("what", ["done", "snoozed"])
def test_finishing_lets_the_next_in(queue, what, monkeypatch):
    monkeypatch.setattr(reactions, "now", lambda: AT)
    finish(queue.busy)
    reactions.share_out([ConversationChanged(conversation=queue.busy.pk, what=what, by=queue.jonas.pk)])
    assert holder(queue.waiting[1]) == queue.jonas


def test_handing_over_lets_the_next_in_but_routings_own_assignment_does_not_ask_again(queue, monkeypatch):
    monkeypatch.setattr(reactions, "now", lambda: AT)
    finish(queue.busy)
    with sql.counted() as seen:
        reactions.share_out(
            [
                ConversationChanged(conversation=queue.busy.pk, what="assigned"),
                ConversationChanged(conversation=queue.busy.pk, what="labelled"),
            ]
        )
    assert seen == []
    reactions.share_out([ConversationChanged(conversation=queue.busy.pk, what="assigned", by=queue.jonas.pk)])
    assert holder(queue.waiting[1]) == queue.jonas


def test_who_comes_back_takes_what_waits(queue, monkeypatch):
    monkeypatch.setattr(reactions, "now", lambda: AT)
    finish(queue.busy)
    Colleague.objects.update(away_until=AT + timedelta(hours=1))
    reactions.welcome([PresenceChanged(colleague=queue.jonas.pk)])
    assert holder(queue.waiting[1]) is None
    Colleague.objects.update(away_until=None)
    reactions.welcome([PresenceChanged(colleague=queue.jonas.pk)])
    assert holder(queue.waiting[1]) == queue.jonas


def test_the_clock_shares_out_too(queue, monkeypatch):
    monkeypatch.setattr(jobs, "now", lambda: AT)
    finish(queue.busy)
    assert jobs.share_out() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_fill_one_place_twice(shop, monkeypatch):
    """Each reads the free places only when the other has committed: without the lock both see one and take it."""
    shop.colleague("jonas", shop.workshop, batteri=5, capacity=1)
    rows = [shop.conversation() for _ in range(2)]
    read = threading.Barrier(2)
    people = route.people

    def slow(**asked):
        found = people(**asked)
        with suppress(threading.BrokenBarrierError):
            read.wait(timeout=1)
        return found

    monkeypatch.setattr(route, "people", slow)

    def work(conversation):
        try:
            shop.decide((conversation, "Mit batteri er fladt"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(holder(row)) for row in rows) == ["Jonas", "None"]
    assert Decision.objects.count() == 2
