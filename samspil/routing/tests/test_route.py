"""Deciding on what arrives, in the database."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.utils import translation

from samspil.base import sql
from samspil.base.encoder import WIDTH, WrongModel
from samspil.base.flow import step
from samspil.base.seal import sign
from samspil.conversation.actions import assign
from samspil.conversation.facts import MessageJoined
from samspil.conversation.models import Conversation, Notification
from samspil.organisation.models import Colleague, Competence
from samspil.routing import reactions
from samspil.routing.models import Classifier, Decision
from samspil.routing.queries import active, competences_for, explain, look_again, standing
from samspil.routing.queries.active import PURPOSE
from samspil.routing.rules import model
from samspil.routing.rules.familiar import Familiar
from samspil.routing.rules.model import dump
from samspil.routing.tests.conftest import AT

pytestmark = pytest.mark.django_db


def place(conversation):
    """(competence, unit, assignee) by name."""
    row = Conversation.objects.select_related("competence", "unit", "assignee").get(pk=conversation.pk)
    return tuple(value and value.name for value in (row.competence, row.unit, row.assignee))


def kinds(conversation):
    return [reason["kind"] for reason in Decision.objects.filter(conversation=conversation).latest("at", "id").reasons]


def test_who_knows_gets_it_with_the_reasons(shop):
    shop.colleague("jonas", shop.workshop, batteri=5, capacity=8)
    shop.colleague("emil", shop.office, batteri=2)
    conversation = shop.conversation()
    shop.decide((conversation, "Hej\nMit batteri er fladt, og min oplader blinker"))
    assert place(conversation) == ("Batteri", "Værksted", "Jonas")
    decision = Decision.objects.get()
    assert (decision.competence, decision.unit, decision.colleague.name) == (shop.batteri, shop.workshop, "Jonas")
    assert decision.classifier == Classifier.objects.get(active=True)
    assert decision.by is None
    assert 0.55 <= decision.confidence <= 1
    assert decision.reasons[0]["kind"] == "words"
    assert set(decision.reasons[0]["words"]) == {"batteri", "oplader"}
    assert decision.reasons[1:] == [
        {"kind": "level", "words": ["5"], "weight": 5.0},
        {"kind": "place", "words": ["8", "8"], "weight": 2.0},
        {"kind": "present", "words": [], "weight": 3.0},
    ]
    assert list(Notification.objects.values_list("colleague__name", "kind")) == [("Jonas", "assigned")]


def test_reasons_are_told_in_the_readers_language(shop):
    shop.colleague("jonas", shop.workshop, batteri=5, capacity=1)
    conversation = shop.conversation()
    shop.decide((conversation, "oplader"))
    percent = min(round(100 * Decision.objects.get().confidence), 99)
    with translation.override("en"):
        assert [why.text for why in explain(conversation.pk)[0].reasons] == [
            f"It speaks of oplader ({percent} % sure)",
            "Knows this at level 5 of 5",
            "Has 1 free place of 1",
            "Is at the desk",
        ]
    with translation.override("da"):
        told = explain(conversation.pk)[0]
    assert [why.text for why in told.reasons] == [
        f"Der står oplader ({percent} % sikker)",
        "Kan det på niveau 5 af 5",
        "Har 1 ledig plads af 1",
        "Er ved skrivebordet",
    ]
    assert told.reasons[0].words == ("oplader",)


def test_what_is_not_known_goes_to_triage(shop):
    shop.colleague("jonas", shop.workshop, batteri=5)
    conversation = shop.conversation()
    shop.decide((conversation, "Hej, kan I hjælpe mig?"))
    assert place(conversation) == (None, "Service", None)
    assert kinds(conversation) == ["unknown", "triage"]


def test_what_is_not_sure_goes_to_triage(shop, monkeypatch):
    shop.colleague("jonas", shop.workshop, batteri=5)
    monkeypatch.setattr(standing().model, "threshold", 1.01)
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert place(conversation) == (None, "Service", None)
    assert kinds(conversation) == ["unsure", "triage"]
    assert Decision.objects.get().competence is None


def test_the_colleague_whom_the_consumer_knows_comes_first(shop):
    shop.colleague("jonas", shop.workshop, batteri=5)
    emil = shop.colleague("emil", shop.office, batteri=1)
    consumer = shop.consumer()
    shop.said(shop.conversation(consumer, status="done"), "Svar", by=emil, at=AT - timedelta(days=10))
    known, unknown = shop.conversation(consumer), shop.conversation(consumer)
    shop.decide((known, "Nu er batteriet fladt igen"), (unknown, "Tak for sidst!"))
    assert place(known) == ("Batteri", "Økonomi", "Emil")
    assert kinds(known) == ["words", "level", "continuity", "place", "present"]
    assert place(unknown) == (None, "Økonomi", "Emil")
    assert kinds(unknown) == ["unknown", "continuity", "place", "day", "present"]


def test_an_answer_long_ago_is_forgotten(shop):
    emil = shop.colleague("emil", shop.office, batteri=1)
    consumer = shop.consumer()
    shop.said(shop.conversation(consumer, status="done"), "Svar", by=emil, at=AT - timedelta(days=91))
    conversation = shop.conversation(consumer)
    shop.decide((conversation, "Tak for sidst!"))
    assert place(conversation) == (None, "Service", None)


def test_nobody_gets_more_than_there_are_places(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5, capacity=3)
    shop.conversation(assignee=jonas)
    shop.conversation(assignee=jonas, status="done")
    new = [shop.conversation() for _ in range(4)]
    shop.decide(*[(conversation, "Mit batteri er fladt") for conversation in new])
    assert [place(conversation)[2] for conversation in new] == ["Jonas", "Jonas", None, None]
    assert [place(conversation)[:2] for conversation in new] == [("Batteri", "Værksted")] * 4
    assert kinds(new[3]) == ["words", "queue"]


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"outside": True}, {"away_until": AT + timedelta(hours=1)}, {"seen_at": None}]
)
def test_who_is_not_here_gets_nothing(shop, change):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    Colleague.objects.filter(pk=jonas.pk).update(**change)
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert place(conversation)[2] is None
    assert place(conversation)[0] == "Batteri"


def test_nobody_holds_it(shop):
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert place(conversation) == ("Batteri", "Service", None)
    assert kinds(conversation) == ["words", "nobody"]


def test_no_competences_and_no_model_are_said(bare):
    first = bare.conversation()
    bare.decide((first, "Mit batteri er fladt"))
    assert (place(first), kinds(first)) == ((None, "Service", None), ["no_competences", "triage"])
    bare.describe()
    look_again()
    second = bare.conversation()
    bare.decide((second, "Mit batteri er fladt"))
    assert (place(second), kinds(second)) == ((None, "Service", None), ["no_model", "triage"])


def test_a_classifier_that_is_not_ours_is_never_opened(shop, monkeypatch, caplog):
    opened = []
    monkeypatch.setattr("samspil.routing.queries.active.load", opened.append)
    Classifier.objects.update(signature="0" * 64)
    look_again()
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert (place(conversation), kinds(conversation)) == ((None, "Service", None), ["refused", "triage"])
    assert opened == []
    assert "refused" in caplog.text


def test_a_body_that_was_changed_is_refused(shop):
    row = Classifier.objects.get(active=True)
    Classifier.objects.update(body=bytes(row.body) + b"\x00")
    look_again()
    assert (standing().model, standing().lack) == (None, "refused")


def with_meaning(shop):
    """The classifier in force, as if it read meaning, signed anew."""
    look_again()
    known = standing().model
    known.meaning = np.zeros((WIDTH, len(known.competences)), dtype=np.float32)
    known.familiar = Familiar(landmarks=np.eye(2, WIDTH, dtype=np.float32), score=(0.0, 1.0), near=(0.0, 1.0), least=-99.0)
    body = dump(known)
    Classifier.objects.filter(active=True).update(body=body, signature=sign(PURPOSE, body))
    look_again()


def test_without_its_language_model_the_classifier_is_not_used_and_it_is_said(shop, monkeypatch, caplog):
    shop.colleague("jonas", shop.workshop, batteri=5)
    with_meaning(shop)
    monkeypatch.setattr(active, "lack", lambda: "onnxruntime is not installed")
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert (place(conversation), kinds(conversation)) == ((None, "Service", None), ["no_encoder", "triage"])
    assert (standing().model, standing().lack) == (None, "no_encoder")
    assert "onnxruntime is not installed" in caplog.text


def test_a_language_model_that_fails_stops_no_message(shop, monkeypatch, caplog):
    shop.colleague("jonas", shop.workshop, batteri=5)
    with_meaning(shop)

    def broken():
        raise WrongModel("it does not load")

    monkeypatch.setattr(model, "encoder", broken)
    first, second = shop.conversation(), shop.conversation()
    shop.decide((first, "Mit batteri er fladt"), (second, "Hej"))
    assert [kinds(one) for one in (first, second)] == [["no_encoder", "triage"]] * 2
    assert "it does not load" in caplog.text
    assert list(competences_for("mit batteri er helt fladt")) == []
    assert list(competences_for("batteri")) == [shop.batteri]


def test_with_its_language_model_it_routes(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    with_meaning(shop)
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert place(conversation) == ("Batteri", "Værksted", jonas.name)


def test_what_is_strange_goes_to_triage(shop):
    shop.colleague("jonas", shop.workshop, batteri=5)
    with_meaning(shop)
    standing().model.familiar = replace(standing().model.familiar, least=99.0)
    conversation = shop.conversation()
    shop.decide((conversation, "Mit batteri er fladt"))
    assert (place(conversation), kinds(conversation)) == ((None, "Service", None), ["strange", "triage"])


def test_a_competence_out_of_use_is_not_routed_to(shop):
    shop.colleague("jonas", shop.workshop, batteri=5)
    Competence.objects.filter(pk=shop.batteri.pk).update(active=False)
    look_again()
    conversation = shop.conversation()
    shop.decide((conversation, "batteri oplader rækkevidde"))
    assert place(conversation)[0] != "Batteri"


def test_what_a_colleague_has_decided_stays(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    mette = shop.colleague("mette", shop.office)
    taken, put_back, moved, done = (shop.conversation() for _ in range(4))
    shop.decide(*[(c, "Hej, kan I hjælpe?") for c in (taken, put_back, moved, done)])
    assign(conversations=[taken.pk], to=mette, by=mette, at=AT)
    assign(conversations=[put_back.pk], to=None, by=mette, at=AT)
    Conversation.objects.filter(pk=moved.pk).update(unit=shop.office)
    Conversation.objects.filter(pk=done.pk).update(status="done")
    before = [place(c) for c in (taken, put_back, moved, done)]
    shop.decide(*[(c, "Mit batteri er fladt") for c in (taken, put_back, moved, done)])
    assert [place(c) for c in (taken, put_back, moved, done)] == before
    assert Decision.objects.count() == 4
    assert jonas.pk not in Conversation.objects.values_list("assignee", flat=True)


def test_a_second_message_decides_what_the_first_did_not(shop):
    shop.colleague("jonas", shop.workshop, batteri=5)
    conversation = shop.conversation()
    shop.decide((conversation, "Hej"))
    shop.decide((conversation, "Er I der?"), at=AT + timedelta(minutes=1))
    assert Decision.objects.count() == 1
    shop.decide((conversation, "Mit batteri er fladt"), at=AT + timedelta(minutes=2))
    assert place(conversation) == ("Batteri", "Værksted", "Jonas")
    shop.decide((conversation, "Og send en faktura"), at=AT + timedelta(minutes=3))
    assert place(conversation) == ("Batteri", "Værksted", "Jonas")
    assert Decision.objects.count() == 2


def test_a_conversation_of_who_has_left_is_given_to_another(shop):
    anna = shop.colleague("anna", shop.workshop, batteri=5)
    shop.colleague("jonas", shop.workshop, batteri=2)
    conversation = shop.conversation(assignee=anna, competence=shop.batteri, unit=shop.workshop)
    shop.decide((conversation, "batteri"))
    assert (place(conversation)[2], Decision.objects.count()) == ("Anna", 0)
    Colleague.objects.filter(pk=anna.pk).update(is_active=False)
    shop.decide((conversation, "batteri"))
    assert place(conversation)[2] == "Jonas"


def joined(conversation, text="Mit batteri er fladt", **values):
    given = {"opened": True, **values}
    return MessageJoined(
        interaction=uuid4(),
        conversation=conversation.pk,
        consumer=conversation.consumer_id,
        handle=uuid4(),
        account=uuid4(),
        at=AT,
        text=text,
        **given,
    )


def test_ours_and_automatic_mail_cost_nothing(shop):
    conversation = shop.conversation()
    with sql.counted() as seen, step():
        reactions.route(
            [joined(conversation, outgoing=True), joined(conversation, automatic="list"), joined(conversation, automatic="bulk")]
        )
    assert seen == []
    assert Decision.objects.count() == 0


def test_the_messages_of_one_conversation_are_read_together(shop, monkeypatch):
    monkeypatch.setattr(reactions, "now", lambda: AT)
    shop.colleague("jonas", shop.workshop, batteri=5)
    conversation = shop.conversation()
    with step():
        reactions.route([joined(conversation, "Hej"), joined(conversation, "Mit batteri er fladt", opened=False)])
    assert place(conversation) == ("Batteri", "Værksted", "Jonas")
    assert Decision.objects.count() == 1


def test_four_hundred_take_as_many_statements_as_one(shop):
    shop.colleague("jonas", shop.workshop, batteri=5, capacity=1000)
    shop.colleague("mette", shop.office, faktura=3, capacity=1000)
    texts = ["Mit batteri er fladt", "Jeg mangler en faktura", "Hej", "bremserne hviner"]
    many = [(shop.conversation(), texts[n % 4]) for n in range(400)]
    one = [(shop.conversation(), texts[0])]
    with sql.counted() as for_one:
        shop.decide(*one)
    with sql.counted() as for_many:
        shop.decide(*many)
    # Among many is one that nobody is sure of: precedents are asked for, once for all.
    assert (len(for_many), len(for_one)) == (10, 9)
    assert Decision.objects.count() == 401
    by_competence = Conversation.objects.filter(competence__isnull=False).values_list("competence__name", flat=True)
    assert sorted(set(by_competence)) == ["Batteri", "Bremser", "Faktura"]
    assert Conversation.objects.filter(unit=shop.triage, competence=None).count() == 100
