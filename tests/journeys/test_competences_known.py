"""What colleagues know: a tree without circles, levels weighed from evidence, and evidence from conversations really answered."""

import importlib
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import react
from samspil.base.ids import digest, new_id
from samspil.conversation.actions import finish, reopen, undo
from samspil.conversation.facts import ConversationChanged
from samspil.conversation.models import Conversation
from samspil.exchange.actions.forget import forget
from samspil.organisation.actions import (
    Shown,
    add_competence,
    change_competence,
    confirm,
    give_level,
    hold,
    limit_languages,
    make_competence,
    record_evidence,
    speak,
    take_back,
    take_in,
    weigh_all,
)
from samspil.organisation.actions.administer import InACircle
from samspil.organisation.actions.know import NothingShown, TooLateToUndo, WrongLanguage, WrongLevel
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Evidence, Speaks, Unit
from samspil.organisation.queries import ancestors, descendants, languages_of, proposals
from samspil.routing.actions.shown import show
from samspil.routing.queries import gaps
from samspil.routing.reactions import note_answers
from tests.journeys.conftest import mail, receive
from tests.journeys.test_concurrency import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def brakes(organisation):
    return add_competence(name="Bremser", description="De hviner", words=["bremse"])


@pytest.fixture
def lead(organisation) -> Colleague:
    return take_in(email="lea@firma.example", name="Lea Dam", role="lead")


def held():
    rows = CompetenceHeld.objects.order_by("colleague__name", "competence__name")
    return [(h.colleague.name, h.competence.name, h.level, h.source) for h in rows.select_related("colleague", "competence")]


def test_competences_form_a_tree_and_never_a_circle(mette, brakes):
    discs = make_competence(by=mette, name="Skiver", parent=brakes)
    pads = make_competence(by=mette, name="Klodser", parent=discs)
    assert ancestors(pads.pk) == (discs.pk, brakes.pk)
    assert descendants(brakes.pk) == (discs.pk, pads.pk)
    for parent in (brakes, pads, discs):
        with pytest.raises(InACircle):
            change_competence(competence=brakes.pk, by=mette, parent=parent)
    assert dict(Competence.objects.values_list("name", "parent__name")) == {
        "Bremser": None,
        "Skiver": "Bremser",
        "Klodser": "Skiver",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Competence.objects.filter(pk=pads.pk).update(parent=pads)
    change_competence(competence=discs.pk, by=mette, active=False)
    assert ancestors(pads.pk) == (brakes.pk,)
    assert descendants(brakes.pk) == (pads.pk,)
    change_competence(competence=pads.pk, by=mette, parent=None)
    assert (ancestors(pads.pk), descendants(brakes.pk)) == ((), ())


@pytest.mark.django_db(transaction=True)
def test_two_who_move_each_others_competence_at_once_make_no_circle(mette, brakes):
    gear = add_competence(name="Gear")
    for _ in range(5):
        Competence.objects.update(parent=None)
        refused = []

        def move(one, to, refused=refused):
            try:
                change_competence(competence=one.pk, by=mette, parent=to)
            except InACircle:
                refused.append(one.name)

        at_once(lambda: move(brakes, gear), lambda: move(gear, brakes))
        parents = dict(Competence.objects.values_list("name", "parent__name"))
        assert len(refused) == 1
        assert parents in ({"Bremser": "Gear", "Gear": None}, {"Bremser": None, "Gear": "Bremser"})
        assert parents[refused[0]] is None


@pytest.mark.django_db(transaction=True)
def test_evidence_from_many_at_once_is_weighed_whole(jonas, brakes):
    hold(colleague=jonas, competence=brakes.pk, level=1)
    at = now()
    at_once(
        *[lambda n=n: record_evidence(shown=[shown(jonas, brakes, n, kind="lesson", level=5.0, at=at)], at=at) for n in range(6)]
    )
    together = CompetenceHeld.objects.get().fine
    weigh_all(at=at)
    assert CompetenceHeld.objects.get().fine == together
    assert together > 4


def test_who_holds_the_wider_does_not_hold_the_narrower(jonas, brakes):
    discs = add_competence(name="Skiver", parent=brakes)
    hold(colleague=jonas, competence=brakes.pk, level=5)
    assert held() == [("Jonas Lund", "Bremser", 5, "self")]
    assert not CompetenceHeld.objects.filter(competence=discs).exists()


def test_levels_fade_by_the_clock_and_a_confirmed_one_slower(jonas, mette, lead, brakes):
    hold(colleague=jonas, competence=brakes.pk, level=5)
    give_level(colleague=mette, competence=brakes.pk, level=5, by=lead)
    assert held() == [("Jonas Lund", "Bremser", 5, "self"), ("Mette Krogh", "Bremser", 5, "lead")]
    assert weigh_all(at=now()) == 0
    assert weigh_all(at=now() + timedelta(days=365)) == 1
    assert held() == [("Jonas Lund", "Bremser", 3, "self"), ("Mette Krogh", "Bremser", 5, "lead")]
    assert weigh_all(at=now() + timedelta(days=9000)) == 2
    assert held() == [("Jonas Lund", "Bremser", 1, "self"), ("Mette Krogh", "Bremser", 3, "lead")]
    assert weigh_all(at=now()) == 2


def test_levels_from_before_there_was_evidence_become_statements_once(jonas, mette, brakes):
    first = importlib.import_module("samspil.organisation.migrations.0004_first_evidence").FIRST
    CompetenceHeld.objects.create(colleague=jonas, competence=brakes, level=4, source="self")
    CompetenceHeld.objects.create(colleague=mette, competence=brakes, level=5, source="lead")
    assert weigh_all(at=now()) == 0
    sql.run(first)
    sql.run(first)
    kinds = Evidence.objects.order_by("level").values_list("colleague", "kind", "level")
    assert list(kinds) == [(jonas.pk, "said", 4), (mette.pk, "confirmed", 5)]
    assert weigh_all(at=now()) == 0
    assert held() == [("Jonas Lund", "Bremser", 4, "self"), ("Mette Krogh", "Bremser", 5, "lead")]
    assert CompetenceHeld.objects.filter(fine=None).count() == 0


def test_a_lead_confirms_once_and_can_undo(jonas, lead, brakes):
    hold(colleague=jonas, competence=brakes.pk, level=4)
    before = CompetenceHeld.objects.values("level", "source", "spread").get()
    with pytest.raises(NotAllowed):
        confirm(colleague=lead.pk, competence=brakes.pk, by=jonas, at=now())
    with pytest.raises(NothingShown):
        confirm(colleague=lead.pk, competence=brakes.pk, by=lead, at=now())
    with pytest.raises(NotFound):
        confirm(colleague=new_id(), competence=brakes.pk, by=lead, at=now())
    assert Evidence.objects.count() == 1
    at = now()
    given = confirm(colleague=jonas.pk, competence=brakes.pk, by=lead, at=at)
    row = Evidence.objects.get(pk=given)
    assert (row.kind, row.level, row.by, row.at) == ("confirmed", 4, lead, at)
    after = CompetenceHeld.objects.get()
    assert (after.level, after.source) == (4, "lead")
    assert after.spread < before["spread"]
    with pytest.raises(TooLateToUndo):
        take_back(evidence=given, by=jonas, at=now())
    assert Evidence.objects.count() == 2
    take_back(evidence=given, by=lead, at=now())
    undone = CompetenceHeld.objects.values("level", "source", "spread").get()
    assert (undone["level"], undone["source"]) == (before["level"], before["source"])
    assert undone["spread"] == pytest.approx(before["spread"], abs=1e-4)
    with pytest.raises(TooLateToUndo):
        take_back(evidence=given, by=lead, at=now())


def answered_by(colleague, mailbox, number, competence, *, at):
    """A mail comes in through the spine, is answered, and has its competence."""
    receive(mailbox, mail(f"Bremsen hviner {number}", sender=f"K{number} <k{number}@x.example>", ident=f"{number}@x", at=at))
    row = Conversation.objects.get(consumer__links__handle__address=f"k{number}@x.example")
    Conversation.objects.filter(pk=row.pk).update(competence=competence)
    say(row, colleague, at + timedelta(hours=1))
    return row


def say(conversation, colleague, at):
    from samspil.conversation.models import Placement
    from samspil.intake.models import Interaction

    handle = conversation.consumer.links.get().handle
    row = Interaction.objects.create(
        handle=handle,
        account_id=conversation.account_id,
        kind="message",
        outgoing=True,
        colleague=colleague,
        at=at,
        external_id=str(new_id()),
        text="Rens skiven",
    )
    Placement.objects.create(interaction=row, conversation=conversation, at=at, why="thread")


def read_on():
    # Other tests' transactions on the same server are older than our facts, which are read only when those have ended.
    older = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint <= (SELECT max(xid) FROM base_fact)"
    end = time.monotonic() + 240
    while sql.run(older)[0][0]:
        assert time.monotonic() < end
        time.sleep(0.02)
    while react(ConversationChanged, note_answers):
        pass


@pytest.mark.django_db(transaction=True)
def test_answered_conversations_show_what_somebody_knows_and_route_nothing_until_confirmed(mailbox, mette, jonas, lead, brakes):
    at = now() - timedelta(days=2)
    rows = [answered_by(jonas, mailbox, n, brakes, at=at) for n in range(4)]
    deeds = [finish(conversations=[row.pk], by=mette, at=now()) for row in rows]
    read_on()
    kinds = Evidence.objects.order_by("id").values_list("colleague", "competence", "kind", "level")
    assert list(kinds) == [(jonas.pk, brakes.pk, "well", 4)] * 4
    assert {(e.at.hour, e.at.minute, e.at.second) for e in Evidence.objects.all()} == {(0, 0, 0)}
    assert held() == []
    assert set(proposals(now())) == {(jonas.pk, brakes.pk)}
    [thin] = gaps(now())
    assert [(g.kind, who.name if who else None) for g, who in thin.gaps] == [
        ("nobody", None), ("share", "Jonas Lund"), ("shown", "Jonas Lund"),
    ]  # fmt: skip

    undo(batch=deeds[0], by=mette, at=now())
    reopen(conversations=[rows[1].pk], by=mette, at=now())
    read_on()
    assert Evidence.objects.count() == 2
    assert proposals(now()) == {}
    finish(conversations=[rows[0].pk, rows[1].pk], by=mette, at=now())
    read_on()
    assert sorted(Evidence.objects.values_list("kind", "level")) == [("again", 3), ("well", 4), ("well", 4), ("well", 4)]

    confirm(colleague=jonas.pk, competence=brakes.pk, by=lead, at=now())
    [(name, competence, level, source)] = held()
    assert (name, competence, source) == ("Jonas Lund", "Bremser", "lead")
    assert level in {3, 4}
    assert proposals(now()) == {}


@pytest.mark.django_db(transaction=True)
def test_evidence_goes_with_the_competence_and_survives_forgetting_without_anything_of_the_consumer(
    mailbox, mette, jonas, brakes
):
    row = answered_by(jonas, mailbox, 1, brakes, at=now() - timedelta(days=2))
    finish(conversations=[row.pk], by=mette, at=now())
    read_on()
    gear = add_competence(name="Gear")
    Conversation.objects.filter(pk=row.pk).update(competence=gear)
    show(conversations=[row.pk], at=now())
    assert list(Evidence.objects.values_list("competence__name", "kind")) == [("Gear", "well")]
    forget(consumer=row.consumer_id, by=mette, at=now())
    assert not Conversation.objects.filter(pk=row.pk).exists()
    [left] = Evidence.objects.values()
    assert set(left) == {"id", "colleague_id", "competence_id", "kind", "level", "at", "by_id", "key"}
    assert str(left["key"]) not in {str(row.pk), str(row.consumer_id)}
    assert (left["colleague_id"], left["kind"], left["by_id"]) == (jonas.pk, "well", None)


def shown(colleague, competence, number, **values):
    given = {"kind": "well", "level": 4.0, "at": now(), **values}
    return Shown(key=digest("test", str(number)), colleague=colleague.pk, competence=competence.pk, **given)


def test_evidence_counts_once_and_what_is_wrong_is_refused_whole(jonas, brakes):
    record_evidence(shown=[shown(jonas, brakes, 1), shown(jonas, brakes, 1)], at=now())
    record_evidence(shown=[shown(jonas, brakes, 1, kind="verdict", level=2.0)], at=now())
    assert list(Evidence.objects.values_list("kind", "level")) == [("verdict", 2)]
    for wrong in ({"kind": "confirmed"}, {"level": 0.5}, {"level": 6.0}):
        with pytest.raises(WrongLevel):
            record_evidence(shown=[shown(jonas, brakes, 2), shown(jonas, brakes, 3, **wrong)], at=now())
    assert Evidence.objects.count() == 1
    hold(colleague=jonas, competence=brakes.pk, level=2)
    record_evidence(shown=[shown(jonas, brakes, n, kind="lesson", level=5.0) for n in (4, 5, 6)], at=now())
    assert held() == [("Jonas Lund", "Bremser", 4, "self")]
    record_evidence(shown=[], gone=[digest("test", str(n)) for n in (1, 4, 5, 6)], at=now())
    assert held() == [("Jonas Lund", "Bremser", 2, "self")]
    hold(colleague=jonas, competence=brakes.pk, level=0)
    assert held() == []


def test_statements_do_not_grow_with_the_evidence(jonas, brakes, mailbox, mette):
    def counted(deed):
        with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
            deed()
        return len(seen) + len(raw)

    hold(colleague=jonas, competence=brakes.pk, level=3)
    few = counted(lambda: record_evidence(shown=[shown(jonas, brakes, n, kind="lesson", level=5.0) for n in range(9)], at=now()))
    few_all = counted(lambda: weigh_all(at=now()))
    people = [take_in(email=f"p{n}@firma.example", name=f"P {n}") for n in range(20)]
    for person in people:
        hold(colleague=person, competence=brakes.pk, level=3)
    many = [shown(person, brakes, f"{n} {person.pk}", kind="lesson", level=5.0) for person in people for n in range(5)]
    assert counted(lambda: record_evidence(shown=many, at=now())) == few
    assert counted(lambda: weigh_all(at=now())) == few_all
    assert counted(lambda: gaps(now())) == 7


def test_languages_are_ones_own_or_a_leads_to_say(jonas, mette, lead, brakes):
    speak(colleague=jonas, languages={"da": 3, "en": 2}, by=jonas)
    speak(colleague=jonas, languages={"da": 3, "de": 1}, by=lead)
    assert languages_of([jonas.pk, mette.pk]) == {jonas.pk: {"da": 3, "de": 1}}
    with pytest.raises(NotAllowed):
        speak(colleague=lead, languages={"da": 1}, by=jonas)
    for wrong in ({"Danish": 1}, {"da": 4}, {"DA": 1}):
        with pytest.raises(WrongLanguage):
            speak(colleague=jonas, languages=wrong, by=jonas)
    assert Speaks.objects.count() == 2
    with pytest.raises(NotFound):
        limit_languages(colleague=jonas, competence=brakes.pk, languages=["de"], by=jonas)
    hold(colleague=jonas, competence=brakes.pk, level=4)
    limit_languages(colleague=jonas, competence=brakes.pk, languages=["de", "de"], by=jonas)
    with pytest.raises(NotAllowed):
        limit_languages(colleague=jonas, competence=brakes.pk, languages=[], by=take_in(email="x@firma.example", name="X"))
    assert CompetenceHeld.objects.get().languages == ["de"]
    hold(colleague=jonas, competence=brakes.pk, level=5)
    assert CompetenceHeld.objects.get().languages == ["de"]


def test_gaps_of_a_unit_count_its_own_people(jonas, mette, brakes):
    top = Unit.objects.get(triage=True)
    other = Unit.objects.create(name="Andet")
    hold(colleague=jonas, competence=brakes.pk, level=5)
    assert [t.competence.name for t in gaps(now(), unit=top.pk)] == ["Bremser"]
    assert gaps(now(), unit=other.pk) == []
    jonas.away_until = now() + timedelta(days=2)
    jonas.save()
    [thin] = gaps(now())
    assert [g.kind for g, _ in thin.gaps] == ["away", "one"]
