"""Promises by priority and channel, what follows, who changed what with its undo, and the reckoning that a worker does afterwards."""

import sys
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse

from samspil.base import sql
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.models import FactRow
from samspil.conversation.models import Conversation, Event, Notification
from samspil.hours.facts import HoursChanged
from samspil.organisation.actions import take_in
from samspil.organisation.models import Colleague, Unit
from samspil.promise.actions import (
    BadCourse,
    ask_to_reckon,
    escalate,
    escalate_so,
    promise,
    promise_again,
    reckon,
    reckon_on,
    take_course_back,
    take_promise_back,
)
from samspil.promise.jobs import carry_on
from samspil.promise.models import Due, Escalation, Promise, Reckoning
from samspil.promise.queries import explained, history
from samspil.promise.reactions import reckon_all_of_hours
from samspil.promise.rules import Course
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 27, 15, tzinfo=ZoneInfo("Europe/Copenhagen"))
HOUR = timedelta(hours=1)
HX = {"HX-Request": "true"}


@pytest.fixture
def lea(mette, jonas):
    row = take_in(email="lea@firma.example", name="Lea", role="lead", unit=jonas.unit)
    Colleague.objects.update(language="en")
    for one in (row, mette, jonas):
        one.refresh_from_db()
    return row


@pytest.fixture
def waiting(mailbox, jonas, lea) -> Conversation:
    """Karoline wrote on Friday at three; Jonas has it."""
    receive(mailbox, mail(ident="a@x.example"))
    Conversation.objects.update(waiting_since=FRIDAY, opened_at=FRIDAY, assignee=jonas, unit=jonas.unit)
    return Conversation.objects.get()


def page(client, whose) -> str:
    return client.get(reverse("promises", args=[whose])).content.decode()


def test_a_lead_promises_by_priority_and_channel_and_the_one_that_says_most_holds(client, waiting, lea, jonas):
    client.force_login(lea)
    edit = reverse("edit_promise", args=[jonas.unit_id])
    assert client.post(edit, {"first": "60"}).status_code == 302
    assert client.post(edit, {"first": "45", "channel": "mail"}).status_code == 302
    assert client.post(edit, {"first": "15", "channel": "mail", "priority": "urgent"}).status_code == 302
    assert carry_on() == 1
    assert Due.objects.get().answer_due == FRIDAY + 0.75 * HOUR
    found = explained(Conversation.objects.select_related("account").get())
    assert (found.level.channel, found.level.priority, found.minutes, found.unit) == ("mail", "", 45, jonas.unit)
    shown = page(client, jonas.unit_id)
    for words in (
        "Every priority · Every channel",
        "Every priority · Mail",
        "Urgent · Mail",
        "45 min.",
        "15 min.",
        "Lea promised",
    ):
        assert words in shown, words
    assert client.get(f"{edit}?priority=urgent&channel=mail").context["form"].initial["first"] == 15


def test_what_is_not_offered_is_refused(client, waiting, lea, jonas):
    client.force_login(lea)
    edit = reverse("edit_promise", args=[jonas.unit_id])
    for wrong in ({"channel": "pigeon"}, {"priority": "panic"}, {"first": "0"}, {"done": "x"}):
        assert client.post(edit, {"first": "60", **wrong}).status_code == 422
    assert client.post(reverse("edit_promise", args=["all"]), {"first": "60"}).status_code == 403
    client.force_login(jonas)
    assert client.post(edit, {"first": "60"}).status_code == 403
    assert client.post(reverse("edit_course", args=[jonas.unit_id]), {"soon": "50"}).status_code == 403
    assert client.get(reverse("promises", args=["nobody"])).status_code == 404
    assert not Promise.objects.exists()
    assert not Escalation.objects.exists()
    assert not Reckoning.objects.exists()
    assert "Take it back" not in page(client, jonas.unit_id)


def test_taken_back_and_promised_again_with_who_did_it(client, waiting, lea, jonas, mette):
    wide = promise(unit=jonas.unit, first=120, by=lea, at=FRIDAY)
    newer = promise(unit=jonas.unit, first=20, by=lea, at=FRIDAY + HOUR)
    client.force_login(mette)
    back = client.post(reverse("promise_back", args=[newer.pk]), headers=HX)
    assert back["HX-Redirect"] == reverse("promises", args=[jonas.unit_id])
    carry_on()
    assert Due.objects.get().answer_due == FRIDAY + 2 * HOUR
    newer.refresh_from_db()
    assert newer.taken_back_by == mette
    shown = page(client, jonas.unit_id)
    assert "Mette Krogh took back" in shown
    assert "The promise is taken back" in shown
    assert reverse("promise_again", args=[newer.pk]) in shown
    assert "The promise is taken back" not in page(client, jonas.unit_id)  # the toast is shown once
    assert client.post(reverse("promise_again", args=[newer.pk])).status_code == 302
    carry_on()
    assert Due.objects.get().answer_due == FRIDAY + HOUR / 3
    assert [(c.by.name, c.back, c.promise.first_minutes) for c in reversed(history(jonas.unit_id))] == [
        ("Lea", False, 120), ("Lea", False, 20), ("Mette Krogh", True, 20), ("Mette Krogh", False, 20),
    ]  # fmt: skip
    assert Promise.objects.get(pk=wide.pk).taken_back_at is None


def test_who_may_not_takes_nothing_back(client, waiting, lea, jonas):
    row = promise(unit=jonas.unit, first=120, by=lea, at=FRIDAY)
    said = escalate_so(unit=jonas.unit, course=Course(soon=50), by=lea, at=FRIDAY)
    client.force_login(jonas)
    for name, ident in (("promise_back", row.pk), ("promise_again", row.pk), ("course_back", said.pk)):
        assert client.post(reverse(name, args=[ident])).status_code == 403
    with pytest.raises(NotAllowed):
        promise_again(promise=row.pk, by=jonas, at=FRIDAY)
    with pytest.raises(NotFound):
        take_promise_back(promise=said.pk, by=lea, at=FRIDAY)
    with pytest.raises(NotFound):
        take_course_back(escalation=row.pk, by=lea, at=FRIDAY)
    assert (Promise.objects.count(), Promise.objects.get().taken_back_at, Escalation.objects.get().taken_back_at) == (
        1,
        None,
        None,
    )


def test_all_units_promise_holds_where_a_unit_has_none(client, waiting, lea, jonas, mette):
    client.force_login(mette)
    client.post(reverse("edit_promise", args=["all"]), {"first": "240"})
    carry_on()
    assert Due.objects.get().answer_due == FRIDAY + 4 * HOUR
    assert "Here holds what All units promises." in page(client, jonas.unit_id)
    assert "4 h" in page(client, "all")


# -- the reckoning


def test_a_promise_reckons_nothing_in_the_request_and_the_page_shows_how_far_it_is(
    client, mailbox, waiting, lea, jonas, monkeypatch
):
    receive(mailbox, *[mail(ident=f"{n}@x.example", sender=f"K{n} <k{n}@v.example>", subject=f"S {n}") for n in range(4)])
    Conversation.objects.update(waiting_since=FRIDAY, unit=jonas.unit)
    monkeypatch.setattr(sys.modules["samspil.promise.actions.reckon"], "BATCH", 2)
    client.force_login(lea)
    client.post(reverse("edit_promise", args=[jonas.unit_id]), {"first": "60"})
    going = Reckoning.objects.get()
    assert (going.total, going.done, Due.objects.filter(answer_due__isnull=False).count()) == (5, 0, 0)
    assert "0 of 5 reckoned again" in page(client, jonas.unit_id)
    assert reckon_on(at=FRIDAY)
    part = client.get(reverse("promises_going", args=[going.pk]))
    assert "2 of 5 reckoned again" in part.content.decode()
    assert carry_on() == 2
    assert not reckon_on(at=FRIDAY)
    over = client.get(reverse("promises_going", args=[going.pk])).content.decode()
    assert "5 conversations reckoned again" in over
    assert "hx-trigger" not in over
    assert "reckoned again" not in page(client, jonas.unit_id)
    assert set(Due.objects.values_list("answer_due", flat=True)) == {FRIDAY + HOUR}
    told = {kind for row in FactRow.objects.all() for kind in [row.kind] if kind.startswith("promise.")}
    assert told == {"promise.promise_changed", "promise.dues_reckoned"}


def test_only_the_unit_and_those_below_it_are_reckoned(waiting, mailbox, lea, jonas, mette):
    receive(mailbox, mail(ident="b@x.example", sender="K <k@v.example>", subject="Other"))
    other = Unit.objects.create(name="Andre")
    below = Unit.objects.create(name="Under", parent=other)
    Conversation.objects.exclude(pk=waiting.pk).update(unit=below)
    assert ask_to_reckon(unit=other.pk, at=FRIDAY).total == 1
    assert ask_to_reckon(unit=other.pk, at=FRIDAY).total == 1
    whole = ask_to_reckon(unit=jonas.unit_id, at=FRIDAY)  # two units at once: all
    assert (whole.unit_id, whole.total) == (None, 2)
    assert Reckoning.objects.filter(finished_at=None).count() == 1


def test_hours_of_a_unit_have_it_reckoned_and_those_of_a_colleague_do_not(waiting, jonas):
    reckon_all_of_hours([HoursChanged(colleague=jonas.pk)])
    assert not Reckoning.objects.exists()
    reckon_all_of_hours([HoursChanged(unit=jonas.unit_id)])
    assert Reckoning.objects.get().unit_id == jonas.unit_id


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_reckoning_and_each_conversation_is_reckoned_once(mailbox, jonas, lea, monkeypatch):
    receive(mailbox, *[mail(ident=f"{n}@x.example", sender=f"K{n} <k{n}@v.example>", subject=f"S {n}") for n in range(9)])
    Conversation.objects.update(waiting_since=FRIDAY, unit=jonas.unit)
    monkeypatch.setattr(sys.modules["samspil.promise.actions.reckon"], "BATCH", 2)
    promise(unit=jonas.unit, first=60, by=lea, at=FRIDAY)
    ready = threading.Barrier(2)

    def work() -> None:
        ready.wait()
        carry_on()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    carry_on()
    row = Reckoning.objects.get()
    assert (row.done, row.total, row.finished_at is not None) == (9, 9, True)
    assert set(Due.objects.values_list("answer_due", flat=True)) == {FRIDAY + HOUR}


def test_a_batch_takes_as_many_statements_for_many_as_for_one(waiting, mailbox, jonas, lea):
    promise(unit=jonas.unit, first=60, by=lea, at=FRIDAY)

    def counted() -> int:
        with sql.counted() as seen:
            assert reckon_on(at=FRIDAY)
        return len(seen)

    one = counted()
    receive(mailbox, *[mail(ident=f"{n}@x.example", sender=f"K{n} <k{n}@v.example>", subject=f"S {n}") for n in range(12)])
    Conversation.objects.update(waiting_since=FRIDAY, unit=jonas.unit)
    ask_to_reckon(unit=None, at=FRIDAY)
    assert counted() == one
    assert Reckoning.objects.order_by("-asked_at", "-id").first().done == 13


def test_open_pages_hear_of_one_conversation_that_is_due_at_another_time_and_of_no_other(waiting, lea, jonas):
    promise(unit=jonas.unit, first=60, by=lea, at=FRIDAY)
    reckon(conversations=[waiting.pk])
    reckon(conversations=[waiting.pk])
    heard = [one for row in FactRow.objects.filter(kind="promise.due_changed") for one in row.data]
    assert heard == [{"conversation": str(waiting.pk)}]


# -- what follows


def told() -> list[tuple[str, str]]:
    return list(
        Notification.objects.filter(kind__startswith="promise")
        .order_by("at", "kind", "colleague__name")
        .values_list("kind", "colleague__name")
    )


def test_a_lead_changes_what_follows_and_it_follows(client, waiting, lea, jonas):
    client.force_login(lea)
    said = {"soon": "50", "soon_to": "both", "due_to": "nobody", "late": "200", "late_to": "assignee"}
    assert client.post(reverse("edit_course", args=[jonas.unit_id]), said).status_code == 302
    client.post(reverse("edit_promise", args=[jonas.unit_id]), {"first": "60"})
    carry_on()
    row = Due.objects.get()
    assert (row.soon_at, row.answer_due, row.late_at) == (FRIDAY + HOUR / 2, FRIDAY + HOUR, FRIDAY + 2 * HOUR)
    while escalate(at=FRIDAY + 3 * HOUR):
        pass
    assert told() == [
        ("promise_late", "Jonas Lund"),
        ("promise_soon", "Jonas Lund"),
        ("promise_soon", "Lea"),
        ("promise_soon", "Mette Krogh"),
    ]
    assert Due.objects.get().priority == "normal"  # it was not said that it becomes urgent
    data = [(e.data["step"], e.data["to"], e.data["urgent"]) for e in Event.objects.filter(kind="promise").order_by("at", "id")]
    assert data == [("soon", "both", False), ("due", "nobody", False), ("late", "assignee", False)]
    shown = page(client, jonas.unit_id)
    for words in (
        "50 % of the time have passed",
        "who has it and the unit&#x27;s leads are told",
        "nobody is told",
        "Lea said what follows",
    ):
        assert words in shown, words


def test_what_follows_is_taken_back_and_the_usual_holds_again(client, waiting, lea, jonas):
    said = escalate_so(unit=jonas.unit, course=Course(soon=50, late=300), by=lea, at=FRIDAY)
    promise(unit=jonas.unit, first=60, by=lea, at=FRIDAY)
    client.force_login(lea)
    assert client.post(reverse("course_back", args=[said.pk])).status_code == 302
    carry_on()
    assert (Due.objects.get().soon_at, Due.objects.get().late_at) == (FRIDAY + 0.8 * HOUR, FRIDAY + 1.5 * HOUR)
    said.refresh_from_db()
    assert said.taken_back_by == lea
    assert "As Samspil does where nobody says otherwise." in page(client, jonas.unit_id)


def test_the_nearest_units_word_on_what_follows_holds(waiting, mette, jonas):
    above = Unit.objects.create(name="Over")
    Unit.objects.filter(pk=jonas.unit_id).update(parent=above)
    escalate_so(unit=None, course=Course(soon=20), by=mette, at=FRIDAY)
    escalate_so(unit=above, course=Course(soon=30), by=mette, at=FRIDAY)
    promise(unit=None, first=100, by=mette, at=FRIDAY)
    carry_on()
    assert Due.objects.get().soon_at == FRIDAY + timedelta(minutes=30)


@pytest.mark.parametrize("wrong", [{"soon": 100}, {"late": 100}, {"soon": 1}, {"late": 5000}, {"soon_to": "boss"}])
def test_a_course_that_makes_no_sense_is_refused(client, waiting, lea, jonas, wrong):
    with pytest.raises(BadCourse):
        escalate_so(unit=jonas.unit, course=Course(**wrong), by=lea, at=FRIDAY)
    client.force_login(lea)
    fine = {"soon": "80", "soon_to": "leads", "due_to": "leads", "late": "150", "late_to": "leads"}
    assert (
        client.post(reverse("edit_course", args=[jonas.unit_id]), {**fine, **{k: str(v) for k, v in wrong.items()}}).status_code
        == 422
    )
    assert not Escalation.objects.exists()


def test_the_page_takes_as_many_statements_for_many_promises_as_for_one(client, waiting, lea, jonas):
    client.force_login(lea)

    def counted() -> int:
        with sql.counted() as seen:
            page(client, jonas.unit_id)
        return len(seen)

    promise(unit=jonas.unit, first=60, by=lea, at=FRIDAY)
    counted()
    one = counted()
    for minutes, priority in ((30, "urgent"), (90, "low"), (40, ""), (50, "normal")):
        row = promise(unit=jonas.unit, first=minutes, priority=priority, by=lea, at=FRIDAY + HOUR)
    take_promise_back(promise=row.pk, by=lea, at=FRIDAY + HOUR)
    assert counted() == one
