"""No word of an aside gets out: not to the consumer, not to who may not see the conversation, not into what is sent, searched or told."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.aside import actions
from samspil.aside.models import Aside, AsideMessage, Member, Shared
from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.models import Conversation, Note, Notification
from samspil.conversation.queries import inbox, search_ids, text_of, thread
from samspil.exchange.actions.forget import export_person, forget
from samspil.exchange.queries import explain
from samspil.identity.models import Consumer
from samspil.intake.models import Envelope, Interaction
from samspil.organisation.actions import add_unit, take_in
from samspil.organisation.models import Unit
from samspil.project.live.history import history
from samspil.reply.actions import save_draft, write
from samspil.reply.models import Draft, Reply
from samspil.routing.models import Told
from tests.journeys.conftest import mail, receive
from tests.journeys.test_aside import brakes, names, smiths, talk  # noqa: F401 - fixtures among them
from tests.journeys.test_concurrency import at_once

pytestmark = pytest.mark.django_db
QUESTION, ANSWER = "spørgsmålsord4711", "svarord4712"
PART = {"HX-Request": "true"}


@pytest.fixture
def spoken(talk, mette, smiths):  # noqa: F811 - the fixtures
    row = actions.ask(conversation=talk.pk, by=mette, text=f"{QUESTION} må hun?", at=now(), people=[smiths[0].pk])
    actions.say(aside=row.pk, by=smiths[0], text=f"{ANSWER} nej", at=now(), ident="x", via="mail")
    return row


def stands_in(text: object) -> list[str]:
    said = text if isinstance(text, str) else json.dumps(text, default=str, ensure_ascii=False)
    return [word for word in (QUESTION, ANSWER) if word in said]


def test_it_stands_in_no_table_but_its_own(spoken):
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
        tables = [name for (name,) in cursor.fetchall()]
        holds = []
        for table in sorted(tables):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY(ARRAY[%s, %s])', [f"%{QUESTION}%", f"%{ANSWER}%"]
            )
            if cursor.fetchone()[0]:
                holds.append(table)
    assert holds == ["aside", "aside_message"]


def test_it_is_in_nothing_that_goes_out_or_is_looked_for(spoken, talk, mette, smiths):  # noqa: F811 - the fixtures
    assert search_ids(QUESTION) == search_ids(ANSWER) == []
    assert [inbox(by=mette, view="all", query=word) for word in (QUESTION, ANSWER)] == [[], []]
    assert stands_in(text_of(talk.pk)) == []
    entries, _ = thread(Conversation.objects.select_related("consumer").get(pk=talk.pk))
    assert stands_in([(e.text, e.original, e.extra) for e in entries]) == []
    save_draft(conversation=talk.pk, by=mette, text="Nej", note=False, handle=None, at=now())
    sent = write(conversation=talk.pk, by=mette, text="Nej, desværre", at=now())
    assert (
        stands_in([sent.text, *Draft.objects.values_list("text", flat=True), *Reply.objects.values_list("text", flat=True)]) == []
    )
    found = explain(str(talk.pk))
    assert stands_in(found.data()) == []
    assert found.messages
    assert stands_in([f[0] for f in sql.run("SELECT data::text FROM base_fact")]) == []
    assert stands_in(list(Notification.objects.values())) == []
    assert stands_in(list(Interaction.objects.values("text", "data", "subject"))) == []
    assert Envelope.objects.count() == 1


def test_the_visitor_in_the_web_chat_reads_none_of_it(spoken, talk):  # noqa: F811 - the fixture
    handle = Interaction.objects.get(placement__conversation=talk).handle
    shown = history((handle.network, handle.scope, handle.address))
    assert [m["text"] for m in shown.messages][-1].startswith("Hej, min bremse hviner")
    assert stands_in([shown.messages, shown.read]) == []


def test_the_export_of_a_person_holds_it_as_it_holds_notes_and_nowhere_else(spoken, talk):  # noqa: F811 - the fixture
    found = export_person(consumer=talk.consumer_id)
    (aside,) = found.pop("asides")
    assert (aside["question"], [s["text"] for s in aside["said"]]) == (f"{QUESTION} må hun?", [f"{ANSWER} nej"])
    assert "Bo" not in json.dumps(aside)
    assert stands_in(found) == []


def test_forgetting_takes_it_as_it_takes_notes(spoken, talk, mette, smiths, mailbox):  # noqa: F811 - the fixtures
    receive(mailbox, mail("Gearet", ident="2@y", sender="Ib <ib@b.example>", subject="Gear"))
    other = Conversation.objects.exclude(pk=talk.pk).get()
    kept = actions.ask(conversation=other.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    Note.objects.create(conversation=talk, colleague=mette, text="n", at=now())
    forget(consumer=talk.consumer_id, by=mette, at=now())
    assert [a.pk for a in Aside.objects.all()] == [kept.pk]
    assert (AsideMessage.objects.count(), Member.objects.count(), Shared.objects.count()) == (0, 1, 1)
    assert (Note.objects.count(), Told.objects.count()) == (0, 0)


def test_a_conversation_with_others_keeps_its_asides_and_loses_the_excerpt(spoken, talk, mette, mailbox):  # noqa: F811 - the fixtures
    receive(mailbox, mail("Jeg er med", ident="3@y", sender="Ib <ib@b.example>", references=("1@x",)))
    gone = Consumer.objects.get(name="Karoline Vestergaard")
    assert Conversation.objects.get() == talk
    forget(consumer=gone.pk, by=mette, at=now())
    assert (Aside.objects.count(), AsideMessage.objects.count(), Shared.objects.count()) == (1, 1, 0)


# -- on the pages --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden(talk, mette, smiths):  # noqa: F811 - the fixtures
    """A closed conversation, with a note and a subject, of which Bo was asked; Sanne knows nothing of it."""
    Note.objects.create(conversation=talk, colleague=mette, text="notens hemmelighed", at=now())
    Conversation.objects.filter(pk=talk.pk).update(unit=add_unit(name="Løn", closed=True), subject="Emnets hemmelighed")
    return actions.ask(conversation=talk.pk, by=mette, text=f"{QUESTION} må hun?", at=now(), people=[smiths[0].pk])


def test_who_was_asked_and_may_see_no_more_reads_the_excerpt_and_answers(hidden, talk, client, smiths):  # noqa: F811 - the fixtures
    client.force_login(smiths[0])
    page = client.get(reverse("aside", args=[hidden.pk])).content.decode()
    assert QUESTION in page
    assert "min bremse hviner" in page
    for secret in ("Karoline", "Vestergaard", "karoline@v.example", "22 33 44 55", "Emnets", "notens", f"/c/{talk.pk}"):
        assert secret not in page, secret
    listed = client.get(reverse("asides")).content.decode()
    assert (QUESTION in listed, "Karoline" in listed, f"/c/{talk.pk}" in listed) == (True, False, False)
    assert client.get(reverse("asides-count")).json()["text"] == "Mette Krogh spørger dig om noget"
    news = client.get(reverse("news"), headers=PART).content.decode()
    assert ("Mette Krogh" in news, "Karoline" in news, "Emnets" in news) == (True, False, False)
    assert client.get(reverse("conversation", args=[talk.pk])).status_code == 404
    assert client.post(reverse("aside-say", args=[hidden.pk]), {"text": ANSWER}).status_code == 204
    assert client.post(reverse("aside-do", args=[hidden.pk, "take"])).status_code == 422
    assert (AsideMessage.objects.get().text, Conversation.objects.get().assignee) == (ANSWER, None)


def test_who_was_not_asked_and_may_not_see_it_finds_nothing_at_all(hidden, talk, client, smiths):  # noqa: F811 - the fixtures
    said = actions.say(aside=hidden.pk, by=smiths[0], text=ANSWER, at=now())
    client.force_login(smiths[1])
    for name in ("aside", "aside-others"):
        assert client.get(reverse(name, args=[hidden.pk])).status_code == 404, name
    for verb in ("take", "decline", "pass", "close", "reopen", "withdraw", "undo"):
        assert client.post(reverse("aside-do", args=[hidden.pk, verb])).status_code == 404, verb
    assert client.post(reverse("aside-say", args=[hidden.pk]), {"text": "x"}).status_code == 404
    assert client.post(reverse("aside-seen", args=[hidden.pk])).status_code == 404
    assert client.post(reverse("aside-edit", args=[said.pk]), {"text": "x"}).status_code == 404
    assert client.post(reverse("ask-whom", args=[talk.pk]), {"text": "x"}).status_code == 404
    for address in (reverse("asides"), f"/?view=all&q={QUESTION}", f"/palette?q={QUESTION}", f"/palette?q={ANSWER}"):
        page = client.get(address).content.decode().replace(f'value="{QUESTION}"', "").replace(f"q={QUESTION}", "")
        assert stands_in(page) == [], address
    assert (AsideMessage.objects.get().text, names(hidden)) == (ANSWER, {"Bo": "answered"})


def test_it_stands_in_the_thread_of_who_may_see_the_conversation(spoken, talk, client, mette):  # noqa: F811 - the fixtures
    client.force_login(mette)
    page = client.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert stands_in(page) == [QUESTION, ANSWER]
    assert f'id="a-{spoken.pk}"' in page
    panel = client.get(reverse("ask", args=[talk.pk]), headers=PART).content.decode()
    assert stands_in(panel) == []


def test_asking_from_the_panel(talk, client, mette, smiths, brakes):  # noqa: F811 - the fixtures
    client.force_login(mette)
    whom = client.post(reverse("ask-whom", args=[talk.pk]), {"text": "@bremser og @nisse ved"}).content.decode()
    assert ("Bo Holm" in whom, "Sanne Friis" in whom, "Kim Dahl" in whom, "@nisse" in whom) == (True, True, False, True)
    nobody = client.post(reverse("ask", args=[talk.pk]), {"text": "Hvad nu?"})
    assert (nobody.status_code, Aside.objects.count()) == (422, 0)
    asked = client.post(reverse("ask", args=[talk.pk]), {"text": "@bremser hvad nu?", "m": [], "with_name": "yes"})
    row = Aside.objects.get()
    assert (asked.status_code, names(row), row.with_name, Shared.objects.count()) == (
        204,
        {"Bo": "asked", "Sanne": "asked"},
        True,
        0,
    )
    assert "2 kolleger er spurgt" in json.loads(asked["HX-Trigger"])["look:toast"]["text"]
    undone = client.post(json.loads(asked["HX-Trigger"])["look:toast"]["undoUrl"])
    assert (undone.status_code, Aside.objects.count()) == (204, 0)
    found = client.get(reverse("mentions"), {"q": "bre", "competences": "1"}).json()
    assert {"label": "Bremser", "note": "hvem der kan", "text": "@Bremser"} in found
    assert [f["label"] for f in client.get(reverse("mentions"), {"q": "bre"}).json()] == []


def test_the_pages_of_asides_cost_the_same_whatever_was_asked(talk, client, mette, smiths):  # noqa: F811 - the fixtures
    client.force_login(smiths[0])
    actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    _statements(client)  # the first visit notes that Bo is here
    few = _statements(client)
    for _ in range(7):
        row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[s.pk for s in smiths])
        actions.say(aside=row.pk, by=smiths[1], text="Ja", at=now())
    assert few == _statements(client)


def _statements(client) -> int:
    with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
        assert client.get(reverse("asides")).status_code == 200
    return len(orm) + len(ours)


def test_only_an_administrator_says_how_we_ask(client, mette, smiths):  # noqa: F811 - the fixtures
    client.force_login(smiths[0])
    assert client.post(reverse("asides-manner"), {"at_once": "3", "minutes": "5"}).status_code == 422
    client.force_login(mette)
    assert client.post(reverse("asides-manner"), {"at_once": "0", "minutes": "5"}).status_code == 422
    from samspil.aside.queries import manner

    assert (manner().at_once, manner().minutes) == (2, 20)
    assert client.post(reverse("asides-manner"), {"at_once": "3", "minutes": "5"}).status_code == 204
    assert (manner().at_once, manner().minutes) == (3, 5)


# -- at once -------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_at_once_one_has_it(talk, mette, brakes, smiths):  # noqa: F811 - the fixtures
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk])
    done: list[str] = []
    lock = threading.Lock()

    def take(person):
        def deed():
            try:
                actions.take_over(aside=row.pk, by=person, at=now())
                said = person.name
            except actions.Closed as error:
                said = f"closed by {error}"
            with lock:
                done.append(said)

        return deed

    at_once(take(smiths[0]), take(smiths[1]))
    winner = next(d for d in done if not d.startswith("closed"))
    assert sorted(done) == sorted([winner, f"closed by {winner}"])
    talk.refresh_from_db()
    row.refresh_from_db()
    assert talk.assignee is not None
    assert (talk.assignee.name, row.closed_by.name, row.outcome) == (winner, winner, "taken")


@pytest.mark.django_db(transaction=True)
def test_many_workers_ask_the_next_ones_once(talk, mette, brakes, smiths):  # noqa: F811 - the fixtures
    at = now()
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=at, competences=[brakes.pk])
    extra = take_in(email="ny@firma.example", name="Ny Mand", unit=Unit.objects.get(triage=True))
    assert extra.pk
    later = at + timedelta(minutes=20)
    done: list[bool] = []
    at_once(*[lambda: done.append(actions.ask_next(at=later)) for _ in range(4)])
    assert done.count(True) == 1
    assert names(row) == {"Bo": "asked", "Sanne": "asked", "Kim": "asked"}
    assert sql.run("SELECT sum(jsonb_array_length(data)) FROM base_fact WHERE kind = 'aside.colleague_asked'")[0][0] == 3


@pytest.mark.django_db(transaction=True)
def test_one_answer_that_comes_twice_at_once_is_one(talk, mette, smiths):  # noqa: F811 - the fixtures
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    at_once(*[lambda: actions.say(aside=row.pk, by=smiths[0], text="Ja", at=now(), ident="<m@x>", via="mail") for _ in range(4)])
    assert (AsideMessage.objects.count(), names(row)) == (1, {"Bo": "answered"})
    assert sql.run("SELECT count(*) FROM base_fact WHERE kind = 'aside.aside_answered'")[0][0] == 1
