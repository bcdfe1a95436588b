"""Learning, being put right, and the questions that others ask of routing; in the database."""

import sys
from datetime import timedelta

import pytest
from django.utils import translation

from samspil.base.encoder import NAME
from samspil.base.errors import NotFound
from samspil.base.seal import signed
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation
from samspil.organisation.actions import add_unit
from samspil.organisation.models import Colleague
from samspil.routing import jobs, privacy
from samspil.routing.actions import NothingToCorrect, TooLittleToLearn, correct, teach, train
from samspil.routing.actions.train import BODIES
from samspil.routing.models import Classifier, Decision, Question
from samspil.routing.queries import (
    active,
    competences_for,
    corrections_since_training,
    explain,
    look_again,
    report,
    say,
    standing,
    training_due,
    who_can,
)
from samspil.routing.queries.active import PURPOSE
from samspil.routing.tests.conftest import AT
from samspil.routing.tests.examples import BATTERY, BRAKES, asked

pytestmark = pytest.mark.django_db


def place(conversation):
    row = Conversation.objects.select_related("competence", "unit", "assignee").get(pk=conversation.pk)
    return tuple(value and value.name for value in (row.competence, row.unit, row.assignee))


def predicted(text):
    look_again()
    found = standing().model.predict([text])[0]
    return found.competence if found.sure else None


def test_the_first_training_reads_descriptions(bare):
    bare.describe()
    row = train(at=AT)
    assert (row.active, row.trained_at, row.report["held_out"], row.report["conversations"]) == (True, AT, 0, 0)
    assert signed(PURPOSE, bytes(row.body), row.signature)
    assert predicted("Mit batteri er fladt") == bare.batteri.pk
    assert Classifier.objects.count() == 1


def test_too_little_to_learn_changes_nothing(bare):
    bare.describe()
    before = train(at=AT)
    type(bare.batteri).objects.exclude(pk=bare.batteri.pk).update(active=False)
    with pytest.raises(TooLittleToLearn):
        train(at=AT)
    assert list(Classifier.objects.filter(active=True)) == [before]
    assert jobs.retrain() is False


def test_only_confirmed_conversations_teach(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    emil = shop.colleague("emil", shop.office, faktura=2)
    asked_about = {
        "cromolybdaen raslende": (shop.batteri, jonas, AT),
        "quixotisk vibrerende": (shop.batteri, emil, AT),
        "zygomatisk bobler": (shop.batteri, None, AT),
        "wolframisk summende": (None, jonas, AT),
    }
    for text, (competence, by, at) in asked_about.items():
        for _ in range(4):
            conversation = shop.conversation(competence=competence, status="done")
            shop.said(conversation, text)
            shop.said(conversation, f"{text} jfr. autosvar", at=at + timedelta(seconds=1), automatic="auto-reply")
            if by:
                shop.said(conversation, "Vi ser på det", by=by, at=AT + timedelta(minutes=1))
    row = train(at=AT)
    look_again()
    known = standing().model.vocabulary.columns
    assert [f"={text.split()[0]}" in known for text in asked_about] == [True, False, False, False]
    assert "=autosvar" not in known
    assert "=ser" not in known
    assert (row.report["held_out"], row.report["conversations"]) == (4, 4)
    assert predicted("cromolybdaen") == shop.batteri.pk


def test_a_correction_beats_what_was_answered(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    wrong = []
    for _ in range(6):
        conversation = shop.conversation(competence=shop.batteri, unit=shop.workshop, assignee=jonas)
        shop.said(conversation, "zulukabel er væk")
        shop.said(conversation, "Det er ikke mig", by=jonas)
        wrong.append(conversation)
    train(at=AT)
    assert predicted("zulukabel er væk") == shop.batteri.pk
    assert corrections_since_training() == 0
    for conversation in wrong:
        correct(conversation=conversation.pk, competence=shop.faktura, by=jonas, at=AT + timedelta(minutes=1))
    assert corrections_since_training() == 6
    train(at=AT + timedelta(minutes=2))
    assert predicted("zulukabel er væk") == shop.faktura.pk
    assert corrections_since_training() == 0


def test_given_questions_teach(shop):
    assert predicted("Displayet viser E99") is None
    assert (
        teach(competence=shop.batteri.pk, questions=[("Displayet viser E99", "da"), (" Displayet viser E99 ", "da"), ("", "da")])
        == 1
    )
    assert teach(competence=shop.batteri.pk, questions=[("Displayet viser E99", "da"), ("The display shows E99", "en")]) == 1
    row = train(at=AT)
    assert row.report["questions"] == Question.objects.count() == 2
    assert predicted("Displayet viser E99") == shop.batteri.pk


def test_quality_is_reported(shop):
    names = {BATTERY: shop.batteri, BRAKES: shop.bremser}
    for example in asked():
        teach(competence=names.get(example.competence, shop.faktura).pk, questions=[(example.text, "da")])
    train(at=AT)
    look_again()
    found = report()
    assert (found.trained_at, found.lack, found.corrections) == (AT, "", 0)
    assert found.quality["held_out"] == 120
    assert found.quality["accuracy"] >= 0.9
    assert found.quality["right_of_routed"] >= 0.9
    assert found.quality["calibration_error"] <= 0.1
    assert set(found.quality["by_competence"]) == {str(c.pk) for c in (shop.batteri, shop.bremser, shop.faktura)}


def test_old_classifiers_keep_their_report_only(shop):
    for day in range(BODIES + 3):
        train(at=AT + timedelta(days=day))
    rows = Classifier.objects.order_by("-trained_at")
    assert [bool(row.body) for row in rows] == [True] * (BODIES + 1) + [False] * 3
    assert [row.active for row in rows] == [True] + [False] * (BODIES + 3)
    assert all(row.report["threshold"] for row in rows)


def test_a_corrected_competence_goes_to_who_can(shop):
    emil = shop.colleague("emil", shop.office, faktura=3)
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    conversation = shop.conversation(competence=shop.batteri, unit=shop.workshop, assignee=jonas)
    correct(conversation=conversation.pk, competence=shop.faktura, by=jonas, at=AT)
    assert place(conversation) == ("Faktura", "Økonomi", "Emil")
    decision = Decision.objects.get()
    assert (decision.by, decision.colleague, decision.confidence) == (jonas, emil, None)
    assert [reason["kind"] for reason in decision.reasons] == ["by_hand", "level", "place", "present"]
    assert explain(conversation.pk)[0].by == jonas


def test_a_full_colleague_keeps_what_she_corrects_herself(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5, bremser=4, capacity=1)
    conversation = shop.conversation(competence=shop.batteri, unit=shop.workshop, assignee=jonas)
    correct(conversation=conversation.pk, competence=shop.bremser, by=jonas, at=AT)
    assert place(conversation) == ("Bremser", "Værksted", "Jonas")
    other = shop.conversation()
    correct(conversation=other.pk, competence=shop.bremser, by=jonas, at=AT)
    assert place(other) == ("Bremser", "Værksted", None)
    correct(conversation=other.pk, competence=shop.faktura, by=jonas, at=AT + timedelta(minutes=1))
    assert place(other) == ("Faktura", "Service", None)


def test_a_unit_or_a_colleague_can_be_named(shop):
    emil = shop.colleague("emil", shop.office, faktura=3)
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    conversation = shop.conversation(competence=shop.faktura, unit=shop.office, assignee=emil)
    correct(conversation=conversation.pk, colleague=emil, by=jonas, at=AT)
    assert place(conversation) == ("Faktura", "Økonomi", "Emil")
    correct(conversation=conversation.pk, colleague=jonas, by=emil, at=AT)
    assert place(conversation) == (None, "Værksted", "Jonas")
    correct(conversation=conversation.pk, unit=shop.triage, by=emil, at=AT)
    assert place(conversation) == (None, "Service", None)


def test_refused_corrections_change_nothing(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    gone = shop.colleague("gone", shop.workshop)
    Colleague.objects.filter(pk=gone.pk).update(is_active=False)
    gone.refresh_from_db()
    closed = add_unit(name="Lukket", closed=True)
    hidden, conversation = shop.conversation(unit=closed), shop.conversation(unit=shop.workshop)
    type(shop.faktura).objects.filter(pk=shop.faktura.pk).update(active=False)
    shop.faktura.refresh_from_db()
    with pytest.raises(NothingToCorrect):
        correct(conversation=conversation.pk, by=jonas, at=AT)
    with pytest.raises(NotHere):
        correct(conversation=conversation.pk, colleague=gone, by=jonas, at=AT)
    with pytest.raises(NotFound):
        correct(conversation=conversation.pk, competence=shop.faktura, by=jonas, at=AT)
    with pytest.raises(NotFound):
        correct(conversation=hidden.pk, competence=shop.batteri, by=jonas, at=AT)
    assert (place(hidden), place(conversation)) == ((None, "Lukket", None), (None, "Værksted", None))
    assert Decision.objects.count() == 0


def test_typing_a_word_lists_who_can(shop):
    shop.colleague("anna", shop.workshop, batteri=5, capacity=2, seen=timedelta(days=1))
    shop.colleague("bo", shop.workshop, batteri=4)
    full = shop.colleague("carl", shop.office, batteri=5, capacity=1)
    shop.conversation(assignee=full)
    away = shop.colleague("dorte", shop.office, batteri=5)
    Colleague.objects.filter(pk=away.pk).update(away_until=AT + timedelta(hours=1))
    shop.colleague("erik", shop.office, faktura=5)
    found = who_can(text="batteri", at=AT)
    assert [(a.colleague.name, a.level, a.free, a.present, a.away) for a in found] == [
        ("Bo", 4, 5, True, False),
        ("Anna", 5, 2, False, False),
        ("Carl", 5, 0, True, False),
        ("Dorte", 5, 5, False, True),
    ]
    assert {a.competence for a in found} == {shop.batteri}
    assert len(found[0].reasons) == 3
    assert [a.colleague.name for a in who_can(competence=shop.faktura.pk, at=AT)] == ["Erik"]
    assert [a.colleague.name for a in who_can(text="batteri", at=AT, limit=2)] == ["Bo", "Anna"]


def test_what_is_meant_by_a_few_letters_or_a_question(shop):
    assert list(competences_for("bat")) == [shop.batteri]
    assert list(competences_for("Raekkevidde")) == [shop.batteri]
    assert list(competences_for("brake")) == [shop.bremser]
    assert list(competences_for("b")) == [shop.batteri, shop.bremser, shop.faktura]
    assert next(iter(competences_for("mine bremser hviner så højt"))) == shop.bremser
    assert list(competences_for("  ")) == []
    assert list(competences_for("xyzzy")) == []
    assert list(who_can(text="xyzzy", at=AT)) == []


def test_a_consumer_is_exported_and_forgotten(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    mine, other = shop.conversation(), shop.conversation()
    shop.decide((mine, "Mit batteri er fladt"), (other, "Mit batteri er fladt"))
    exported = privacy.export_of(mine.consumer_id)
    assert [(row["conversation"], row["competence"], row["unit"], row["colleague"]) for row in exported] == [
        (str(mine.pk), "Batteri", "Værksted", jonas.name)
    ]
    assert "batteri" in exported[0]["reasons"][0]
    privacy.forget(mine.consumer_id)
    assert list(Decision.objects.values_list("conversation", flat=True)) == [other.pk]


def test_learning_is_due_when_there_is_something_new(bare, monkeypatch):
    monkeypatch.setattr(jobs, "now", lambda: AT)
    assert jobs.keep_learning() is False
    bare.describe()
    assert jobs.keep_learning() is True
    assert jobs.keep_learning() is False
    teach(competence=bare.batteri.pk, questions=[("Displayet viser E99", "da")])
    assert jobs.keep_learning() is True
    type(bare.batteri).objects.filter(pk=bare.batteri.pk).update(description="Noget andet")
    assert jobs.keep_learning() is True
    mette = bare.colleague("mette", bare.office, faktura=3)
    for number in range(5):
        assert training_due() is False
        correct(conversation=bare.conversation().pk, competence=bare.faktura, by=mette, at=AT + timedelta(minutes=1 + number))
    assert training_due() is True


def test_it_learns_anew_when_the_language_model_comes_or_goes(shop, monkeypatch):
    monkeypatch.setattr(jobs, "now", lambda: AT)
    assert training_due() is False
    monkeypatch.setattr(sys.modules["samspil.routing.queries.report"], "available", lambda: False)
    assert training_due() is True
    monkeypatch.setattr("samspil.base.encoder.available", lambda: False)
    assert jobs.keep_learning() is True
    assert training_due() is False
    row = Classifier.objects.get(active=True)
    assert (row.report["encoder"], row.report["could_read_meaning"]) == ("", False)


def test_the_report_says_whether_meaning_is_read(shop):
    names = {BATTERY: shop.batteri, BRAKES: shop.bremser}
    for example in asked():
        teach(competence=names.get(example.competence, shop.faktura).pk, questions=[(example.text, "da")])
    row = train(at=AT)
    look_again()
    assert (row.report["encoder"], row.report["could_read_meaning"]) == (
        NAME if standing().model.meaning is not None else "",
        True,
    )


def test_a_new_classifier_is_taken_up_within_a_second(shop, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(active.time, "monotonic", lambda: clock[0])
    look_again()
    first = standing()
    second = train(at=AT)
    clock[0] += 0.9
    assert standing() is first
    clock[0] += 0.2
    assert (standing().classifier, standing().model is first.model) == (second.pk, False)
    kept = standing().model
    clock[0] += 5
    assert standing().model is kept


def test_every_reason_is_told_in_both_languages():
    counted = {"level": ["5"], "place": ["2", "8"], "waited": ["3"], "by_hand": ["Mette"]}
    plain = [
        "words",
        "unsure",
        "unknown",
        "strange",
        "no_encoder",
        "no_model",
        "no_competences",
        "refused",
        "continuity",
        "present",
        "absent",
        "queue",
        "nobody",
        "triage",
    ]
    told = {}
    for language in ("en", "da"):
        with translation.override(language):
            told[language] = [say({"kind": kind, "words": counted.get(kind, []), "weight": 0.5}) for kind in [*counted, *plain]]
    assert not set(told["en"]) & set(told["da"])
    assert not {text for texts in told.values() for text in texts} & {*counted, *plain}
    assert told["da"][:4] == [
        "Kan det på niveau 5 af 5",
        "Har 2 ledige pladser af 8",
        "Den har ventet 3 minutter",
        "Sat i hånden af Mette",
    ]
