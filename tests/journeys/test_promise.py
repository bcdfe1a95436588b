"""What was promised, when it is due, and what follows when it is not kept."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse

from samspil import kit
from samspil.base import registry, sql
from samspil.base.errors import NotAllowed
from samspil.conversation.actions import assign, finish, snooze, wake_due
from samspil.conversation.models import Conversation, Event, Notification
from samspil.hours.actions import be_absent, set_week
from samspil.hours.rules import Span
from samspil.organisation.actions import take_in
from samspil.organisation.models import Unit
from samspil.promise.actions import (
    BadPromise,
    UnknownPriority,
    escalate,
    prioritise,
    promise,
    reckon,
    reckon_open,
    take_promise_back,
)
from samspil.promise.jobs import carry_on
from samspil.promise.models import Due, Promise
from samspil.reply.actions import send_due, write
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Copenhagen")
FRIDAY = datetime(2026, 11, 27, 15, tzinfo=ZONE)
HOUR = timedelta(hours=1)


@pytest.fixture
def lea(organisation, jonas):
    return take_in(email="lea@firma.example", name="Lea", role="lead", unit=jonas.unit)


@pytest.fixture
def waiting(mailbox, jonas, lea) -> Conversation:
    """Karoline wrote on Friday at three; Jonas has it; the unit has promised an answer within an hour."""
    receive(mailbox, mail(ident="a@x.example"))
    Conversation.objects.update(waiting_since=FRIDAY, opened_at=FRIDAY, assignee=jonas, unit=jonas.unit)
    promise(unit=jonas.unit, first=60, next=30, done=600, by=lea, at=FRIDAY)
    row = Conversation.objects.get()
    reckon(conversations=[row.pk])
    return row


def due() -> Due:
    return Due.objects.get()


def told() -> list[tuple[str, str]]:
    return list(
        Notification.objects.filter(kind__startswith="promise").order_by("at", "id").values_list("kind", "colleague__name")
    )


def steps() -> list[str]:
    return [e.data["step"] for e in Event.objects.filter(kind="promise").order_by("at", "id")]


def test_due_in_the_units_opening_hours(waiting, lea, jonas):
    assert due().answer_due == FRIDAY + HOUR
    set_week(unit=jonas.unit, zone=str(ZONE), spans=[Span(d, 8 * 60, 15 * 60 + 30) for d in range(5)], by=lea, at=FRIDAY)
    assert reckon_open() == 1
    assert due().answer_due == datetime(2026, 11, 30, 8, 30, tzinfo=ZONE)


def test_each_step_is_taken_once_and_in_order(waiting):
    assert escalate(at=FRIDAY + 0.7 * HOUR) == 0
    assert (escalate(at=FRIDAY + 0.8 * HOUR), escalate(at=FRIDAY + 0.8 * HOUR)) == (1, 0)
    assert told() == [("promise_soon", "Jonas Lund")]
    assert (escalate(at=FRIDAY + HOUR), escalate(at=FRIDAY + HOUR)) == (1, 0)
    assert due().priority == "normal"
    assert (escalate(at=FRIDAY + 1.5 * HOUR), escalate(at=FRIDAY + 9 * HOUR)) == (1, 0)
    assert told() == [("promise_soon", "Jonas Lund"), ("promise_due", "Lea"), ("promise_late", "Lea")]
    assert steps() == ["soon", "due", "late"]
    waiting.refresh_from_db()
    assert (due().priority, waiting.assignee.name) == ("urgent", "Jonas Lund")


def test_late_with_somebody_who_is_not_there_goes_back_to_the_queue(waiting, jonas):
    at = FRIDAY + 2 * HOUR
    be_absent(colleague=jonas, since=FRIDAY, until=FRIDAY + timedelta(days=3), by=jonas, at=FRIDAY)
    while escalate(at=at):
        pass
    waiting.refresh_from_db()
    assert (waiting.assignee, waiting.unit, steps()) == (None, jonas.unit, ["soon", "due", "late"])
    assert [e.data["freed"] for e in Event.objects.filter(kind="promise").order_by("at", "id")] == [False, False, True]


def test_where_nobody_has_it_the_lead_is_told_first(waiting):
    Conversation.objects.update(assignee=None)
    escalate(at=FRIDAY + 0.9 * HOUR)
    assert told() == [("promise_soon", "Lea")]


def test_the_clock_stands_still_while_we_wait_for_the_consumer(waiting, jonas, monkeypatch):
    monkeypatch.setattr(
        registry.channel("mail"), "send", lambda _out, _account: kit.Sent(external_id="o@f.example"), raising=False
    )
    write(conversation=waiting.pk, by=jonas, text="Hvornår?", at=FRIDAY + HOUR / 4)
    assert send_due(at=FRIDAY + HOUR / 2) is not None
    reckon(conversations=[waiting.pk])
    assert (due().answer_due, due().step_at) == (None, None)
    assert escalate(at=FRIDAY + timedelta(days=400)) == 0
    since = FRIDAY + timedelta(days=3)
    Conversation.objects.update(waiting_since=since)
    reckon(conversations=[waiting.pk])
    assert (due().answer_due, due().told) == (since + HOUR / 2, 0)


def test_put_off_and_woken_is_the_same_wait(waiting, jonas):
    escalate(at=FRIDAY + 0.8 * HOUR)
    snooze(conversations=[waiting.pk], by=jonas, until=FRIDAY + 5 * HOUR, at=FRIDAY)
    reckon(conversations=[waiting.pk])
    assert (due().step_at, escalate(at=FRIDAY + 4 * HOUR)) == (None, 0)
    wake_due(at=FRIDAY + 5 * HOUR)
    reckon(conversations=[waiting.pk])
    assert (due().told, due().answer_due) == (1, FRIDAY + HOUR)


def test_done_is_not_due(waiting, jonas):
    finish(conversations=[waiting.pk], by=jonas, at=FRIDAY)
    assert escalate(at=FRIDAY + HOUR) == 0  # even before it was reckoned again
    reckon(conversations=[waiting.pk])
    assert (due().answer_due, due().done_due) == (None, None)


def test_priority_and_its_undo(waiting, jonas, lea):
    promise(unit=jonas.unit, priority="urgent", first=10, by=lea, at=FRIDAY)
    before = prioritise(conversations=[waiting.pk], priority="urgent", by=jonas, at=FRIDAY)
    assert (before.before, due().priority, due().answer_due) == ({waiting.pk: "normal"}, "urgent", FRIDAY + HOUR / 6)
    prioritise(conversations=[waiting.pk], priority=before.before[waiting.pk], by=jonas, at=FRIDAY)
    assert (due().priority, due().answer_due) == ("normal", FRIDAY + HOUR)
    with pytest.raises(UnknownPriority):
        prioritise(conversations=[waiting.pk], priority="panic", by=jonas, at=FRIDAY)
    assert due().priority == "normal"


def test_a_promise_is_taken_back_and_the_one_before_holds(waiting, lea, jonas):
    newer = promise(unit=jonas.unit, first=20, by=lea, at=FRIDAY + HOUR)
    reckon_open()
    assert due().answer_due == FRIDAY + HOUR / 3
    take_promise_back(promise=newer.pk, by=lea, at=FRIDAY)
    reckon_open()
    assert due().answer_due == FRIDAY + HOUR


def test_who_may_promise_and_what(jonas, lea):
    with pytest.raises(NotAllowed):
        promise(unit=jonas.unit, first=60, by=jonas, at=FRIDAY)
    with pytest.raises(NotAllowed):
        promise(unit=None, first=60, by=lea, at=FRIDAY)
    with pytest.raises(NotAllowed):
        promise(unit=Unit.objects.create(name="Andre"), first=60, by=lea, at=FRIDAY)
    for wrong in ({"first": 0}, {"next": -1}, {"done": 10**9}, {"priority": "panic"}):
        with pytest.raises(BadPromise):
            promise(unit=jonas.unit, by=lea, at=FRIDAY, **wrong)
    assert not Promise.objects.exists()


def test_the_number_of_statements_is_the_same_for_one_and_for_many(mailbox, waiting, jonas):
    def counted(do) -> int:
        with sql.counted() as seen:
            do()
        return len(seen)

    Due.objects.all().delete()
    one = counted(lambda: reckon(conversations=[waiting.pk]))
    first = counted(lambda: escalate(at=FRIDAY + 0.8 * HOUR))
    receive(mailbox, *[mail(ident=f"{n}@x.example", sender=f"K{n} <k{n}@v.example>", subject=f"S {n}") for n in range(20)])
    Conversation.objects.exclude(pk=waiting.pk).update(waiting_since=FRIDAY, assignee=jonas, unit=jonas.unit)
    ids = list(Conversation.objects.values_list("pk", flat=True))
    assert counted(lambda: reckon(conversations=ids)) == one
    assert counted(lambda: escalate(at=FRIDAY + 0.8 * HOUR)) == first
    assert len(told()) == 21


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_step_once(mailbox, jonas, lea):
    receive(mailbox, *[mail(ident=f"{n}@x.example", sender=f"K{n} <k{n}@v.example>", subject=f"S {n}") for n in range(12)])
    Conversation.objects.update(waiting_since=FRIDAY, assignee=jonas, unit=jonas.unit)
    promise(unit=jonas.unit, first=60, by=lea, at=FRIDAY)
    reckon_open()
    taken: list[int] = []
    ready = threading.Barrier(2)

    def work() -> None:
        ready.wait()
        while some := escalate(at=FRIDAY + 9 * HOUR, limit=5):
            taken.append(some)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while some := escalate(at=FRIDAY + 9 * HOUR):
        taken.append(some)
    assert sum(taken) == 36
    counts = {(c, s): 0 for c in Conversation.objects.values_list("pk", flat=True) for s in ("soon", "due", "late")}
    for event in Event.objects.filter(kind="promise"):
        counts[event.conversation_id, event.data["step"]] += 1
    assert set(counts.values()) == {1}
    assert Notification.objects.filter(kind__startswith="promise").count() == 36


def test_given_to_another_unit_its_promise_holds(waiting, mette, jonas):
    other = Unit.objects.create(name="Værksted")
    promise(unit=other, first=240, by=mette, at=FRIDAY)
    Conversation.objects.update(unit=other)
    assign(conversations=[waiting.pk], to=jonas, by=mette, at=FRIDAY)
    reckon(conversations=[waiting.pk])
    assert due().answer_due == FRIDAY + 4 * HOUR


def test_the_lead_promises_on_the_units_page_and_the_desk_shows_it(client, waiting, lea, jonas, monkeypatch):
    monkeypatch.setattr("samspil.screens.setup.views.promise.now", lambda: FRIDAY + HOUR)
    client.force_login(lea)
    client.post(reverse("edit_promise", args=[jonas.unit_id]), {"first": "120", "next": "", "done": ""})
    assert carry_on() == 1
    assert due().answer_due == FRIDAY + 2 * HOUR
    client.force_login(jonas)
    assert client.get(reverse("edit_promise", args=[jonas.unit_id])).status_code == 403
    assert client.post(reverse("edit_promise", args=[jonas.unit_id]), {"first": "1"}).status_code == 403
    assert due().answer_due == FRIDAY + 2 * HOUR
    page = client.get(reverse("desk"), headers={"accept-language": "da"}).content.decode()
    assert "for sent" in page  # that Friday has passed
