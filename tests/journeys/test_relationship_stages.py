"""Stages come and go with what happens and with silence; what is wrong is told with its evidence; how it feels counts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base import registry, sql
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.conversation.actions import tell
from samspil.conversation.models import Conversation
from samspil.identity.models import Link
from samspil.intake.actions import connect
from samspil.organisation.actions import add_unit
from samspil.pulse.facts import PulseAnswered
from samspil.pulse.models import Asked, Said
from samspil.relationship import actions
from samspil.relationship.jobs import keep_up
from samspil.relationship.models import Bond, Change, Relationship
from samspil.relationship.queries.health import health
from samspil.relationship.queries.standing import standing
from samspil.relationship.reactions import feel
from samspil.relationship.rules.strength import LANDMARK, strength_of
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.journeys.conftest import mail, receive
from tests.journeys.relations import ago, answered, bonds, bought, consumer_of, log, read_on, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(organisation):
    return connect(channel="webchat", name="Chat", config={})


def changes(consumer):
    return list(Change.objects.filter(consumer=consumer).order_by("at", "id").values_list("before", "stage", "why"))


def facts():
    return [
        x for (data,) in sql.run("SELECT data FROM base_fact WHERE kind = 'relationship.stage_changed' ORDER BY id") for x in data
    ]


def test_a_stage_rises_with_what_happens_and_falls_by_silence_alone(chat):
    log(chat, said("bo", "x" * 200, days=30), answered("bo", by="x@firma.example", days=29))
    read_on()
    assert keep_up() == 1
    bo = consumer_of("bo").pk
    assert changes(bo) == [("stranger", "acquainted", "ours")]
    here = standing(bo)
    assert (here.stage, here.why, [c.stage for c in here.changes]) == ("acquainted", "ours", ["acquainted"])
    assert abs(here.since - ago(29)) < timedelta(seconds=5)
    assert [(f["consumer"], f["before"], f["stage"], f["why"]) for f in facts()] == [(str(bo), "stranger", "acquainted", "ours")]
    assert keep_up() == 0
    due = Relationship.objects.get().due_at
    assert actions.walk_on(at=due - timedelta(seconds=1)) == 0
    assert changes(bo) == [("stranger", "acquainted", "ours")]
    assert actions.walk_on(at=due) == 1
    assert changes(bo) == [("stranger", "acquainted", "ours"), ("acquainted", "lost", "silence")]
    row = Relationship.objects.get()
    assert (row.stage, row.since, row.due_at) == ("lost", due, None)
    assert strength_of(row.force * 2 ** (-(due - LANDMARK) / timedelta(days=90))) == pytest.approx(5.0, rel=1e-6)
    assert facts()[-1]["stage"] == "lost"
    assert actions.walk_on(at=due + timedelta(days=4000)) == 0


def test_what_comes_late_is_put_where_it_happened(chat):
    log(chat, said("bo", "x" * 500, days=400))
    read_on()
    keep_up()
    bo = consumer_of("bo").pk
    assert changes(bo) == [("stranger", "acquainted", "long"), ("acquainted", "lost", "silence")]
    log(chat, bought("bo", days=401), history=True)
    read_on()
    keep_up()
    assert changes(bo) == [
        ("stranger", "acquainted", "purchases"),
        ("acquainted", "lost", "silence"),
    ]
    assert abs(Change.objects.filter(consumer=bo).earliest("at").at - ago(401)) < timedelta(seconds=5)
    log(chat, said("bo", "x" * 500, days=1))
    read_on()
    keep_up()
    assert changes(bo)[2:] == [("lost", "returned", "long")]


def test_an_answer_of_ours_counts_for_who_gave_it_with_what_it_answered(mailbox, jonas, mette, monkeypatch):
    numbers = iter(range(10))
    monkeypatch.setattr(registry.channel("mail"), "send", lambda *_: kit.Sent(external_id=f"{next(numbers)}@f"), raising=False)
    receive(mailbox, mail("Hvor langt er I med min cykel, og hvad koster det?", ident="a@x.example"))
    conversation = Conversation.objects.get()
    write(conversation=conversation.pk, text="Den er klar", by=jonas, at=now() - timedelta(minutes=5))
    write(
        conversation=conversation.pk,
        text="?",
        by=jonas,
        at=now() - timedelta(minutes=5),
        choices=[kit.Choice(sign="👍", label="ja")],
    )
    while send_due(at=now()):
        pass
    assert Reply.objects.filter(state="accepted").count() == 2
    read_on()
    found = {who: (sums["short"], sums["ours"]) for (_, who), sums in bonds().items()}
    assert set(found) == {"", "Jonas Lund"}
    assert found["Jonas Lund"] == pytest.approx(found[""], rel=1e-6)  # the question with its signs is none of it
    here = standing(consumer_of("karoline@vestergaard.example").pk)
    assert [(s.name, round(s.strength.value, 6)) for s in here.colleagues] == [("Jonas Lund", round(here.strength.value, 6))]
    assert [s.id for s in here.units] == [jonas.unit_id]
    was = bonds()
    actions.rebuild(at=now())
    assert bonds() == {key: pytest.approx(sums, rel=1e-9) for key, sums in was.items()}


def test_how_it_feels_counts_for_us_and_for_who_answered(chat, jonas, mette):
    log(chat, said("bo", "Den er flot", days=3))
    read_on()
    bo, conversation = consumer_of("bo").pk, Conversation.objects.get()
    handle = Link.objects.get(consumer=bo).handle
    reply = Reply.objects.create(
        conversation=conversation,
        handle=handle,
        account=chat,
        colleague=jonas,
        text="?",
        written_at=now(),
        send_at=now(),
        state="accepted",
    )
    asked = Asked.objects.create(
        conversation=conversation, reply=reply, colleague=jonas, at=now(), open_until=now() + timedelta(days=7)
    )
    before = standing(bo).strength.value

    def says(score):
        Said.objects.create(asked=asked, score=score, via="page", at=now())
        with step():
            feel(
                [
                    PulseAnswered(
                        asked=asked.pk,
                        conversation=conversation.pk,
                        consumer=bo,
                        colleague=jonas.pk,
                        competence=None,
                        score=score,
                        at=now(),
                    )
                ]
            )
        return standing(bo).sums.pulse

    assert says(5) == pytest.approx(1.0, rel=1e-3)
    assert standing(bo).strength.value > before
    assert {who: round(sums["pulse"] / bonds()["webchat:bo", ""]["pulse"], 6) for (_, who), sums in bonds().items()} == {
        "": 1.0,
        "Jonas Lund": 1.0,
    }
    assert says(1) == pytest.approx(-1.0, rel=1e-3)
    assert standing(bo).strength.value < before
    assert says(None) == 0.0
    assert says(2) == pytest.approx(-0.5, rel=1e-3)
    assert [f.kind for f in health(bo, by=mette, at=now())] == ["pulse"]
    keep_up()
    was = bonds()
    actions.rebuild(at=now())
    assert bonds() == {key: pytest.approx(sums, rel=1e-9, abs=1e-15) for key, sums in was.items()}
    Bond.objects.all().delete()
    with sql.counted() as seen:
        actions.feel(asked=[asked.pk])
    assert len(seen) == 5


def test_unanswered_questions_are_told_with_their_conversations_and_only_to_who_may_see_them(chat, jonas, mette):
    log(chat, said("bo", "Hvor bliver den af?", days=9), said("bo", "Er I der?", days=5), said("bo", "Tak for sidst", days=4))
    read_on()
    bo, conversation = consumer_of("bo").pk, Conversation.objects.get()
    (found,) = health(bo, by=jonas, at=now())
    assert (found.kind, found.number, [c for c, _ in found.evidence]) == ("question", 2, [conversation.pk])
    closed = add_unit(name="Personale", closed=True)
    Conversation.objects.update(unit=closed)
    assert health(bo, by=jonas, at=now()) == []
    assert [f.kind for f in health(bo, by=mette, at=now())] == ["question"]
    log(chat, answered("bo", by="x@firma.example", days=1))
    assert health(bo, by=mette, at=now()) == []


def test_a_question_of_yesterday_may_wait_and_what_is_done_is_done(chat, mette):
    log(chat, said("bo", "Er I der?", days=1))
    assert health(consumer_of("bo").pk, by=mette, at=now()) == []
    log(chat, said("ann", "Er I der?", days=5))
    ann = consumer_of("ann").pk
    assert [f.kind for f in health(ann, by=mette, at=now())] == ["question"]
    Conversation.objects.filter(consumer=ann).update(status="done")
    assert health(ann, by=mette, at=now()) == []


def test_promises_missed_twice_and_a_silence_out_of_the_ordinary(chat, mette):
    log(chat, *[said("bo", "Hej", days=d) for d in (61, 54, 47, 40, 33)])
    bo = consumer_of("bo").pk
    (found,) = health(bo, by=mette, at=now())
    assert (found.kind, found.number // 1 in {32, 33}, found.usual) == ("quiet", True, 7.0)
    one = Conversation.objects.filter(consumer=bo).first()
    other = Conversation.objects.create(consumer=one.consumer, account=chat, subject="Andet", opened_at=now(), last_at=now())
    with step():
        tell(kind="promise", rows=[(one.pk, {"step": "due"}), (other.pk, {"step": "soon"})], at=now())
    assert [f.kind for f in health(bo, by=mette, at=now())] == ["quiet"]
    with step():
        tell(kind="promise", rows=[(other.pk, {"step": "late"})], at=now())
    assert [(f.kind, f.number) for f in health(bo, by=mette, at=now())] == [("promise", 2), ("quiet", found.number)]


def test_the_page_says_how_strong_it_is_and_what_is_wrong(chat, client, mette):
    log(chat, said("bo", "Hvor bliver den af?", days=9), said("bo", "Er I der?", days=5))
    read_on()
    keep_up()
    client.force_login(mette)
    text = client.get(reverse("consumer", args=[consumer_of("bo").pk]), headers={"accept-language": "da"}).content.decode()
    assert "2 spørgsmål fra de seneste 60 dage er ikke besvaret" in text
    assert "mest sandsynligt 10" in text
    assert "Det bygger kun på, hvad der svarer til 2 henvendelser." in text
    assert 'class="spark"' in text


def test_the_page_of_whom_nothing_is_known_says_so(chat, client, mette):
    log(chat, said("bo", "Er på ferie", automatic="reply"))
    read_on()
    keep_up()
    client.force_login(mette)
    text = client.get(reverse("consumer", args=[consumer_of("bo").pk]), headers={"accept-language": "da"}).content.decode()
    assert "Der er endnu ikke noget mellem jer, der tæller." in text
    assert "Fremmed" in text


def test_the_list_is_ordered_by_strength_and_narrowed_to_a_stage(chat, client, mette, monkeypatch):
    log(
        chat, said("bo", days=1), *[said("ann", "x" * 200, days=d) for d in (1, 2, 3)], said("kim", days=900), said("lis", days=2)
    )
    read_on()
    keep_up()
    client.force_login(mette)

    def names(query):
        rows = client.get(reverse("consumers") + query, headers={"accept-language": "da"}).context["rows"]
        return [row.name for row in rows]

    assert names("?by=strength") == ["Ann", "Bo", "Lis", "Kim"]
    assert names("?by=acquainted") == ["Ann"]
    assert names("?by=stranger") == ["Bo", "Lis", "Kim"]
    assert names("?by=close") == []
    assert names("?by=nonsense") == names("")
    monkeypatch.setattr("samspil.screens.people.views.strongest.PAGE", 2)
    first = client.get(reverse("consumers") + "?by=strength")
    assert [row.name for row in first.context["rows"]] == ["Ann", "Bo"]
    assert names("?" + first.context["more"]) == ["Lis", "Kim"]
    assert names("?by=strength&force=nan&id=x") == ["Ann", "Bo"]
