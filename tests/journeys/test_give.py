"""To whoever knows brakes: the menu finds colleagues, units and competences, and says how each stands; what is chosen is undone."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation, Event, Notification
from samspil.handover.actions import record
from samspil.handover.models import HandOver
from samspil.hours.actions import be_absent
from samspil.organisation.actions import add_competence, add_unit, hold, take_in
from samspil.organisation.models import Colleague
from samspil.routing.actions import correct
from samspil.routing.models import Decision
from samspil.routing.queries import explain, reach
from samspil.routing.queries.precedents import precedents
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def brakes(organisation):
    return add_competence(name="Bremser", name_en="Brakes", words=["bremsekabel"])


@pytest.fixture
def workshop(organisation):
    return add_unit(name="Værksted")


@pytest.fixture
def bo(brakes, workshop):
    row = take_in(email="bo@firma.example", name="Bo Holm", unit=workshop)
    hold(colleague=row, competence=brakes.pk, level=4)
    seen(row)
    return row


@pytest.fixture
def row(mailbox, mette):
    receive(mailbox, mail("Hej\n\nJeg har et spørgsmål.\n", ident="a@x.example"))
    return Conversation.objects.get()


@pytest.fixture
def desk(mette):
    Colleague.objects.filter(pk=mette.pk).update(language="en")
    client = Client()
    client.force_login(mette)
    return client


def seen(colleague: Colleague) -> None:
    Colleague.objects.filter(pk=colleague.pk).update(seen_at=now(), capacity=5)
    colleague.refresh_from_db()


def found(desk, row, query: str) -> str:
    answer = desk.get(reverse("assign-menu", args=[row.pk]), {"q": query}, headers=PART)
    assert answer.status_code == 200
    return answer.content.decode()


def toast(answer) -> dict:
    return json.loads(answer.headers["HX-Trigger"])["look:toast"]


def test_whoever_knows_brakes_gets_it_why_stands_in_the_thread_and_it_is_undone(desk, row, brakes, bo, mette):
    before = (row.assignee_id, row.unit_id, row.competence_id)
    decided = set(Decision.objects.values_list("pk", flat=True))
    page = found(desk, row, "brak")
    assert page.index("To whoever knows") < page.index("Brakes") < page.index("Bo Holm gets it now")
    answer = desk.post(reverse("do", args=["direct"]), {"c": str(row.pk), "competence": str(brakes.pk)})
    said = toast(answer)
    assert said["text"] == "Bo Holm knows Brakes and has it now"
    row.refresh_from_db()
    assert (row.assignee, row.unit, row.competence) == (bo, bo.unit, brakes)
    assert Notification.objects.filter(colleague=bo, kind="assigned", by=mette).count() == 1
    why = explain(row.pk)[-1]
    assert (why.by, why.colleague, [r.kind for r in why.reasons][:2]) == (mette, bo, ["by_hand", "level"])
    thread = desk.get(reverse("conversation", args=[row.pk])).content.decode()
    assert "Mette Krogh sent it to whoever knows Brakes: Bo Holm has it" in thread
    assert "Knows this at level 4 of 5" in thread
    assert desk.post(said["undoUrl"]).status_code == 204
    row.refresh_from_db()
    assert (row.assignee_id, row.unit_id, row.competence_id) == before
    assert set(Decision.objects.values_list("pk", flat=True)) == decided
    assert precedents(at=now(), among={brakes.pk}) == []


def test_a_word_goes_along_to_whoever_knows(desk, row, brakes, bo, mette):
    row.assignee = mette
    row.save(update_fields=["assignee"])
    record(conversations=[row.pk], at=now())
    desk.post(reverse("do", args=["direct"]), {"c": str(row.pk), "competence": str(brakes.pk), "word": "She rides on Friday"})
    taken = HandOver.objects.get(conversation=row)
    assert (taken.had, taken.to, taken.word) == (mette, bo, "She rides on Friday")


def test_when_nobody_has_room_it_waits_in_the_unit_that_knows(desk, row, brakes, bo, workshop):
    be_absent(colleague=bo, since=now() - timedelta(hours=1), until=now() + timedelta(days=2), by=bo, at=now())
    assert "nobody has room: it waits in Værksted" in found(desk, row, "Brakes")
    said = toast(desk.post(reverse("do", args=["direct"]), {"c": str(row.pk), "competence": str(brakes.pk)}))
    assert said["text"] == "Nobody has room now: it waits in Værksted"
    row.refresh_from_db()
    assert (row.assignee, row.unit, row.competence) == (None, workshop, brakes)


def test_a_unit_gets_it(desk, row, workshop, bo):
    page = found(desk, row, "vær")
    assert "Værksted" in page
    assert "1 at work · 5 free places" in page
    said = toast(desk.post(reverse("do", args=["direct"]), {"c": str(row.pk), "unit": str(workshop.pk)}))
    assert said["text"] == "It waits in Værksted"
    row.refresh_from_db()
    assert (row.assignee, row.unit) == (None, workshop)
    assert desk.post(said["undoUrl"]).status_code == 204
    row.refresh_from_db()
    assert row.unit != workshop


@pytest.mark.parametrize("typed", ["bremse", "brakes", "bremsekabel", "BRA"])
def test_a_competence_is_found_in_either_language_and_by_its_words(desk, row, brakes, bo, typed):
    assert str(brakes.pk) in found(desk, row, typed)


@pytest.mark.parametrize("typed", ["bo", "holm", "Bo H"])
def test_a_colleague_is_found_by_any_name(desk, row, bo, typed):
    page = found(desk, row, typed)
    assert str(bo.pk) in page
    assert page.count("menu-item") == 1


def test_what_fits_nobody_is_said(desk, row, bo):
    page = found(desk, row, "zzz")
    assert ("menu-item" in page, "Nobody is called so" in page) == (False, True)


def test_how_each_stands(row, brakes, bo, jonas, mette):
    hold(colleague=jonas, competence=brakes.pk, level=5)
    be_absent(colleague=jonas, since=now() - timedelta(hours=1), until=now() + timedelta(days=2), by=jonas, at=now())
    told = reach(row, query="bremser", at=now())
    assert [(r.colleague, r.level, r.here, r.free) for r in told.able] == [(bo, 4, True, 5), (jonas, 5, False, jonas.capacity)]
    assert told.able[1].back is not None
    assert (told.offers[0].best, told.offers[0].waits) == (bo, None)


def test_the_menu_before_anything_is_typed(desk, row, brakes, bo, jonas, mette):
    Conversation.objects.update(competence=brakes)
    page = desk.get(reverse("assign-menu", args=[row.pk]), headers=PART).content.decode()
    assert page.index("I take it") < page.index("Who can") < page.index("Bo Holm") < page.index("Everybody") < page.index("Jonas")
    assert "level 4 · at the desk · 5 free places" in page


def test_one_answers_this_consumer_last(desk, row, bo, jonas, mailbox):
    from samspil.intake.models import Interaction

    first = Interaction.objects.get()
    Interaction.objects.create(
        handle=first.handle,
        account=first.account,
        kind="message",
        outgoing=True,
        colleague=jonas,
        at=now(),
        external_id="x",
        text="Hej",
    )
    assert [(r.colleague, r.answered, r.last) for r in reach(row, query="jonas", at=now()).others] == [(jonas, 1, True)]


@pytest.mark.parametrize("given", ["nothing", "both", "unknown", "two conversations", "out of use"])
def test_what_is_not_one_place_is_refused_and_nothing_changes(desk, row, brakes, workshop, bo, mailbox, given):
    values = {
        "nothing": {},
        "both": {"competence": str(brakes.pk), "unit": str(workshop.pk)},
        "unknown": {"competence": str(workshop.pk)},
        "two conversations": {"competence": str(brakes.pk), "c": f"{row.pk},{bo.pk}"},
        "out of use": {"competence": str(brakes.pk)},
    }[given]
    if given == "out of use":
        brakes.active = False
        brakes.save()
    state = list(Conversation.objects.values())
    decided, events = Decision.objects.count(), Event.objects.count()
    assert desk.post(reverse("do", args=["direct"]), {"c": str(row.pk), **values}).status_code == 404
    assert (list(Conversation.objects.values()), Decision.objects.count(), Event.objects.count()) == (state, decided, events)


def test_who_may_not_see_it_gives_it_to_nobody(row, brakes, bo, jonas):
    Conversation.objects.update(unit=add_unit(name="HR", closed=True), assignee=None)
    client = Client()
    client.force_login(jonas)
    state, decided = list(Conversation.objects.values()), Decision.objects.count()
    assert client.post(reverse("do", args=["direct"]), {"c": str(row.pk), "competence": str(brakes.pk)}).status_code == 404
    assert client.get(reverse("assign-menu", args=[row.pk]), {"q": "bremser"}).status_code == 404
    assert (list(Conversation.objects.values()), Decision.objects.count()) == (state, decided)


def test_another_may_not_undo_it_and_what_happened_since_stays(desk, row, brakes, bo, jonas, mette):
    batch = correct(conversation=row.pk, by=mette, at=now(), competence=brakes).batch
    client = Client()
    client.force_login(jonas)
    assert client.post(reverse("undo", args=[batch])).status_code == 422
    assign(conversations=[row.pk], to=jonas, by=jonas, at=now())
    assert desk.post(reverse("undo", args=[batch])).status_code == 422
    row.refresh_from_db()
    assert (row.assignee, row.competence) == (jonas, brakes)
    assert Decision.objects.filter(by=mette, competence=brakes).count() == 1


def test_the_menu_takes_as_many_statements_for_many(desk, row, brakes, bo, workshop):
    def statements(query: str | None) -> int:
        with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
            given = {} if query is None else {"q": query}
            assert desk.get(reverse("assign-menu", args=[row.pk]), given, headers=PART).status_code == 200
        return len(orm) + len(ours)

    statements("b")
    few = statements(None), statements("b")
    for n in range(30):
        one = take_in(email=f"b{n}@firma.example", name=f"Bent {n}", unit=workshop)
        hold(colleague=one, competence=brakes.pk, level=3)
        add_competence(name=f"Batteri {n}")
        add_unit(name=f"Butik {n}")
    assert (statements(None), statements("b")) == few
