"""A conversation changes hands: who takes it over reads what they should know, and nothing that is not theirs to read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from samspil.aside import actions as asides
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.checklist import actions as lists
from samspil.conversation.actions import assign, finish, label, make_label, merge, note, tell, undo
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation, Event, Notification, Placement
from samspil.exchange.actions.forget import export_person, forget
from samspil.handover.actions import NothingChosen, give, hand_over, read, record
from samspil.handover.models import HandOver, Holding
from samspil.handover.queries import NowhereNamed, Target, card_of, places_for
from samspil.organisation.actions import add_competence, add_unit, be_seen, hold, take_in
from samspil.organisation.models import Colleague, Unit
from samspil.promise.models import Due
from samspil.reply.actions import write
from samspil.routing.actions import hand_over as hand_over_of_who_is_gone
from tests.journeys.conftest import mail, receive
from tests.journeys.elsewhere import begin, later

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def log():
    begin()


@pytest.fixture
def bo(organisation) -> Colleague:
    return take_in(email="bo@firma.example", name="Bo Holm", unit=Unit.objects.get(triage=True))


@pytest.fixture
def talk(mailbox, jonas) -> Conversation:
    receive(mailbox, mail("Hej\n\nHvornår kommer min cykel?\n", ident="1@x"))
    row = Conversation.objects.get()
    assign(conversations=[row.pk], to=jonas, by=jonas, at=now())
    later()
    row.refresh_from_db()
    return row


def handed() -> list[tuple[str, str, str, bool]]:
    return [(h.had.name, h.to.name if h.to else "", h.word, h.read_at is not None) for h in HandOver.objects.order_by("at", "id")]


def card(row: Conversation, by: Colleague) -> dict[str, list[str]]:
    row.refresh_from_db()
    found = card_of(row=row, by=by, at=now())
    return {} if found is None else {line.kind: [p.text for p in line.pieces] for line in found.lines}


def test_the_first_to_have_it_takes_nothing_over(talk, jonas):
    assert (handed(), Holding.objects.get().colleague) == ([], jonas)
    assert card(talk, jonas) == {}


def test_who_it_is_given_to_reads_what_was_said_along_with_it_and_then_it_is_folded_away(talk, jonas, bo):
    Holding.objects.update(since=now() - timedelta(hours=5))
    give(conversations=[talk.pk], to=bo, by=jonas, at=now(), word=" Hun ringer i morgen \n")
    later()  # the log says nothing that the action has not kept
    assert handed() == [("Jonas Lund", "Bo Holm", "Hun ringer i morgen", False)]
    row = HandOver.objects.get()
    assert (row.by, round((row.at - row.had_since).total_seconds() / 3600)) == (jonas, 5)
    assert card(talk, bo) == {"question": ["Hej\n\nHvornår kommer min cykel?"], "language": ["da"]}
    assert card(talk, jonas) == {}
    with pytest.raises(NotAllowed):
        read(handover=row.pk, by=jonas, at=now())
    assert handed()[0][3] is False
    for _ in range(2):
        read(handover=row.pk, by=bo, at=now())
    assert card(talk, bo) == {}
    (event,) = Event.objects.filter(kind="handed")
    assert {k: event.data[k] for k in ("had_name", "to_name", "word", "hours", "handover")} == {
        "had_name": "Jonas Lund",
        "to_name": "Bo Holm",
        "word": "Hun ringer i morgen",
        "hours": 5.0,
        "handover": str(row.pk),
    }
    # It is kept, and whoever may see the conversation can look at it again.
    again = card_of(row=talk, by=jonas, at=now(), handover=row.pk)
    assert (again.handover, again.is_theirs) == (row, False)


def test_everything_that_is_known_is_on_the_card_each_with_its_place(talk, jonas, bo, mette, mailbox):
    at = now()
    template = lists.keep(
        by=mette,
        at=at,
        wanted=lists.Wanted(name="Levering", steps=[{"text": "Ring"}, {"text": "Lov en dato", "must": True}, {"text": "Skriv"}]),
    )
    begun = lists.begin(conversation=talk.pk, template=template.pk, by=jonas, at=at)
    ring, dato, _ = begun.steps.order_by("place")
    lists.tick(of=ring.pk, by=jonas, at=at)
    lists.give(of=dato.pk, to=mette.pk, by=jonas, at=at)
    memo = note(conversation=talk.pk, by=jonas, text="Lageret lukker kl. 16", at=at)
    question = asides.ask(conversation=talk.pk, by=jonas, text="Er den på lager?", at=at, people=[mette.pk])
    asides.say(aside=question.pk, by=mette, text="Ja, to stykker", at=at)
    over = asides.ask(conversation=talk.pk, by=jonas, text="Glem det", at=at, people=[mette.pk])
    asides.close(aside=over.pk, by=jonas, outcome="helped", at=at)
    reply = write(conversation=talk.pk, by=jonas, text="Den kommer fredag", at=at, send_at=at + timedelta(hours=3))
    tell(kind="pulse", rows=[(talk.pk, {"score": 2, "words": "Jeg har ventet længe"})], at=at)
    Conversation.objects.filter(pk=talk.pk).update(waiting_since=talk.last_at)
    give(conversations=[talk.pk], to=bo, by=jonas, at=at)
    talk.refresh_from_db()
    found = card_of(row=talk, by=bo, at=now())
    told = {line.kind: line for line in found.lines}
    asked = Placement.objects.get(conversation=talk, interaction__outgoing=False).interaction_id
    assert {k: [(p.text, p.who, p.answer, p.anchor, p.first) for p in line.pieces] for k, line in told.items()} == {
        "question": [("Hej\n\nHvornår kommer min cykel?", "", "", f"e-{asked}", False)],
        "later": [("Den kommer fredag", "", "", f"r-{reply.pk}", False)],
        "step": [("Lov en dato", "Mette Krogh", "", "lists", True), ("Skriv", "", "", "lists", False)],
        "aside": [("Er den på lager?", "Jonas Lund", "Mette Krogh: Ja, to stykker", f"a-{question.pk}", False)],
        "note": [("Lageret lukker kl. 16", "Jonas Lund", "", f"e-{memo.pk}", False)],
        "pulse": [("Jeg har ventet længe", "", "", f"e-{Event.objects.get(kind='pulse').pk}", False)],
        "language": [("da", "", "", f"e-{asked}", False)],
    }
    assert told["pulse"].pieces[0].number == 2
    assert told["later"].pieces[0].until == reply.send_at


def test_what_was_promised_is_on_the_card(talk, jonas, bo):
    Due.objects.filter(conversation=talk).delete()
    due = now() + timedelta(hours=2)
    Due.objects.create(conversation=talk, answer_due=due)
    give(conversations=[talk.pk], to=bo, by=jonas, at=now())
    talk.refresh_from_db()
    lines = {line.kind: line for line in card_of(row=talk, by=bo, at=now()).lines}
    assert [p.until for p in lines["promise"].pieces] == [due]


def test_undone_there_never_was_a_hand_over_and_the_time_one_had_it_goes_on(talk, jonas, bo):
    since = Holding.objects.get().since
    batch = give(conversations=[talk.pk], to=bo, by=jonas, at=now(), word="Pas på")
    undo(batch=batch, by=jonas, at=now())
    later()
    holding = Holding.objects.get()
    assert (handed(), holding.colleague, holding.since) == ([], jonas, since)


def test_what_is_put_back_waits_with_its_word_for_who_takes_it(talk, jonas, bo, mette):
    give(conversations=[talk.pk], to=None, by=jonas, at=now(), word="Jeg kan ikke bremser")
    assert (handed(), Holding.objects.count()) == ([("Jonas Lund", "", "Jeg kan ikke bremser", False)], 0)
    # Whoever thinks of taking it reads it too, but not who gave it away.
    assert card(talk, mette) == {"question": ["Hej\n\nHvornår kommer min cykel?"], "language": ["da"]}
    assert card(talk, jonas) == {}
    assert card_of(row=talk, by=mette, at=now()).is_theirs is False
    assign(conversations=[talk.pk], to=bo, by=bo, at=now())
    later()
    assert handed() == [("Jonas Lund", "Bo Holm", "Jeg kan ikke bremser", False)]
    assert card_of(row=talk, by=bo, at=now()).is_theirs is True
    assert card(talk, mette) == {}


def test_handed_on_before_it_was_read_the_earlier_word_is_not_lost(talk, jonas, bo, mette):
    give(conversations=[talk.pk], to=bo, by=jonas, at=now(), word="Første ord")
    give(conversations=[talk.pk], to=mette, by=bo, at=now() + timedelta(minutes=1), word="Andet ord")
    talk.refresh_from_db()
    found = card_of(row=talk, by=mette, at=now())
    assert ([h.word for h in found.before], found.handover.word) == (["Første ord"], "Andet ord")
    assert card(talk, bo) == {}
    read(handover=found.handover.pk, by=mette, at=now())
    assert [r for *_, r in handed()] == [True, True]


def test_who_is_gone_hands_over_by_the_clock_and_who_takes_it_knows_whose_it_was(mailbox, jonas, bo):
    brakes = add_competence(name="Bremser", words=["bremse"])
    for person in (jonas, bo):
        hold(colleague=person, competence=brakes.pk, level=4)
        be_seen(colleague=person.pk, at=now())
    receive(mailbox, mail("Min bremse hviner", ident="9@x"))
    row = Conversation.objects.get()
    Conversation.objects.filter(pk=row.pk).update(
        assignee=jonas, competence=brakes, unit=jonas.unit, waiting_since=now() - timedelta(days=1)
    )
    with_it = record(conversations=[row.pk], at=now() - timedelta(days=1))
    Colleague.objects.filter(pk=jonas.pk).update(away_until=now() + timedelta(days=3))
    hand_over_of_who_is_gone(at=now())
    later()
    row.refresh_from_db()
    assert (with_it, row.assignee) == (1, bo)
    assert handed() == [("Jonas Lund", "Bo Holm", "", False)]
    assert HandOver.objects.get().by is None


def test_who_may_not_see_the_conversation_any_more_sees_no_card(talk, jonas, bo):
    give(conversations=[talk.pk], to=bo, by=jonas, at=now(), word="hemmeligt")
    row = HandOver.objects.get()
    Conversation.objects.filter(pk=talk.pk).update(unit=add_unit(name="Løn", closed=True), assignee=None)
    with pytest.raises(NotFound):
        read(handover=row.pk, by=bo, at=now())
    row.refresh_from_db()
    assert (row.read_at, Event.objects.filter(kind="handed").count()) == (None, 0)


@pytest.fixture
def mine(mailbox, jonas):
    receive(mailbox, *[mail(f"Nr {n}", ident=f"{n}@x", sender=f"P{n} <p{n}@x.example>", subject=f"S{n}") for n in range(6)])
    rows = list(Conversation.objects.order_by("subject"))
    assign(conversations=[r.pk for r in rows], to=jonas, by=jonas, at=now())
    later()
    return rows


def holders() -> list[str]:
    return [c.assignee.name if c.assignee else "" for c in Conversation.objects.select_related("assignee").order_by("subject")]


def test_several_go_to_one_colleague_with_one_word_and_one_undo(mine, jonas, bo):
    ids = [r.pk for r in mine[:4]]
    batch = hand_over(conversations=ids, target=Target(colleague=bo.pk), by=jonas, at=now(), word="God vagt")
    later()
    assert holders() == ["Bo Holm"] * 4 + ["Jonas Lund"] * 2
    assert handed() == [("Jonas Lund", "Bo Holm", "God vagt", False)] * 4
    assert Notification.objects.filter(kind="assigned", colleague=bo).count() == 4
    assert undo(batch=batch, by=jonas, at=now()) == sorted(ids)
    later()
    assert (holders(), handed()) == (["Jonas Lund"] * 6, [])


def test_several_go_to_a_unit_and_wait_there(mine, jonas, bo):
    stock = add_unit(name="Lager", name_en="Stock")
    hand_over(conversations=[mine[0].pk], target=Target(unit=stock.pk), by=jonas, at=now(), word="Tak")
    mine[0].refresh_from_db()
    assert (mine[0].assignee, mine[0].unit) == (None, stock)
    assert Event.objects.filter(kind="assigned").order_by("-id")[0].data["to_name"] in {"Lager", "Stock"}
    assert handed() == [("Jonas Lund", "", "Tak", False)]


def test_each_goes_to_who_has_its_competence_and_a_place(mine, jonas, bo, mette):
    brakes, gear = add_competence(name="Bremser"), add_competence(name="Gear")
    for person, skill, room in ((bo, brakes, 2), (mette, gear, 5), (jonas, brakes, 9)):
        hold(colleague=person, competence=skill.pk, level=4)
        be_seen(colleague=person.pk, at=now())
        Colleague.objects.filter(pk=person.pk).update(capacity=room)
    Conversation.objects.filter(subject__in=["S0", "S1", "S2"]).update(competence=brakes)
    Conversation.objects.filter(subject="S3").update(competence=gear)
    preview = places_for(conversations=[r.pk for r in mine], target=Target(), by=jonas, at=now())
    # Three ask for brakes, and Bo has two places; nobody knows what the last two ask for.
    assert [p.colleague.name if p.colleague else "" for p in preview] == ["Bo Holm", "Bo Holm", "", "Mette Krogh", "", ""]
    hand_over(conversations=[r.pk for r in mine], target=Target(), by=jonas, at=now())
    assert holders() == ["Bo Holm", "Bo Holm", "", "Mette Krogh", "", ""]


def test_what_is_refused_hands_nothing_over(mine, jonas, bo):
    gone = take_in(email="g@firma.example", name="Gitte Gået", unit=Unit.objects.get(triage=True))
    Colleague.objects.filter(pk=gone.pk).update(is_active=False)
    assign(conversations=[mine[5].pk], to=bo, by=bo, at=now())
    later()
    before = (holders(), handed(), Event.objects.count())
    for error, ids, target in (
        (NothingChosen, [], Target(colleague=bo.pk)),
        (NotHere, [mine[0].pk], Target(colleague=gone.pk)),
        (NotFound, [mine[0].pk], Target(colleague=jonas.pk)),
        (NotFound, [mine[0].pk], Target(unit=mine[0].pk)),
        (NotAllowed, [mine[0].pk, mine[5].pk], Target(colleague=bo.pk)),
    ):
        with pytest.raises(error):
            hand_over(conversations=ids, target=target, by=jonas, at=now())
    assert (holders(), handed(), Event.objects.count()) == before
    for text in ("", "colleague:", "colleague:x", f"nobody:{bo.pk}"):
        with pytest.raises(NowhereNamed):
            Target.read(text)
    assert (Target.read("able"), Target.read(f"unit:{bo.pk}")) == (Target(), Target(unit=bo.pk))


def test_one_or_six_take_the_same_number_of_statements(mine, jonas, bo, mette):
    def statements(ids, to):
        with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
            hand_over(conversations=ids, target=Target(colleague=to.pk), by=jonas, at=now())
        return len(orm) + len(ours)

    statements([mine[0].pk], bo)
    assert statements([r.pk for r in mine[1:3]], bo) == statements([r.pk for r in mine[3:]], bo)


def test_the_card_takes_the_same_number_of_statements_whatever_is_in_it(talk, jonas, bo, mette):
    def statements():
        with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
            assert card_of(row=talk, by=bo, at=now()) is not None
        return len(orm) + len(ours)

    for n in range(2):
        note(conversation=talk.pk, by=jonas, text=f"Note {n}", at=now())
        asides.ask(conversation=talk.pk, by=jonas, text=f"Hvad {n}?", at=now(), people=[mette.pk])
        lists.add(conversation=talk.pk, text=f"Trin {n}", by=jonas, at=now())
    give(conversations=[talk.pk], to=bo, by=jonas, at=now())
    talk.refresh_from_db()
    statements()
    few = statements()
    for n in range(12):
        note(conversation=talk.pk, by=jonas, text=f"Note {n}", at=now())
        asides.ask(conversation=talk.pk, by=jonas, text=f"Hvad {n}?", at=now(), people=[mette.pk])
        lists.add(conversation=talk.pk, text=f"Trin {n}", by=jonas, at=now())
    assert statements() == few
    label(conversations=[talk.pk], label=make_label(name="x"), by=jonas)
    finish(conversations=[talk.pk], by=bo, at=now())


def test_hand_overs_go_along_when_conversations_become_one(mailbox, jonas, bo):
    receive(mailbox, mail("Et", ident="1@x", subject="Et"), mail("To", ident="2@x", subject="To", sender="Ib <ib@b.example>"))
    one, two = Conversation.objects.order_by("subject")
    assign(conversations=[one.pk, two.pk], to=jonas, by=jonas, at=now())
    later()
    give(conversations=[two.pk], to=bo, by=jonas, at=now(), word="Husk rabatten")
    merge(kept=one.pk, absorbed=two.pk, by=jonas, at=now())
    assert [h.conversation for h in HandOver.objects.all()] == [one]
    assert [h.conversation for h in Holding.objects.all()] == [one]


def test_the_word_is_in_the_export_and_goes_with_the_person(talk, jonas, bo, mette):
    at = now()
    give(conversations=[talk.pk], to=bo, by=jonas, at=at, word="Hun hedder Karoline")
    assert export_person(consumer=talk.consumer_id)["handed_over"] == [
        {"conversation": str(talk.pk), "at": at.isoformat(), "word": "Hun hedder Karoline"}
    ]
    forget(consumer=talk.consumer_id, by=mette, at=now())
    assert (HandOver.objects.count(), Holding.objects.count()) == (0, 0)
