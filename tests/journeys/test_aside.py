"""A colleague is brought in: who is asked, what they may see, what becomes of it, and that no word of it gets out."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from samspil import kit
from samspil.aside import actions
from samspil.aside.models import Aside, AsideMessage, Member, Shared, Sought
from samspil.aside.queries import access_aside, asides_of, asked_of, excerpt, offers, shown, waiting_for
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.ids import new_id
from samspil.base.models import FactRow as Fact
from samspil.conversation.actions import finish, merge, split
from samspil.conversation.models import Conversation, Notification, Placement
from samspil.intake.actions import record
from samspil.organisation.actions import add_competence, add_unit, be_seen, hold, step_away, take_in
from samspil.organisation.models import Competence, Unit
from samspil.routing.models import Decision, Told
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
SECRET = "sidebemærkning-hemmelig-4711"


@pytest.fixture
def brakes(organisation) -> Competence:
    return add_competence(name="Bremser", name_en="Brakes", words=["bremse", "skive"])


@pytest.fixture
def smiths(brakes):
    """Four who know brakes: level 5 and 4 at the desk, 3 gone home, 5 away."""
    made = []
    for name, level in (("Bo Holm", 5), ("Sanne Friis", 4), ("Kim Dahl", 3), ("Ane Ro", 5)):
        person = take_in(email=f"{name.split()[0].lower()}@firma.example", name=name, unit=Unit.objects.get(triage=True))
        hold(colleague=person, competence=brakes.pk, level=level)
        made.append(person)
    for person in made[:2]:
        be_seen(colleague=person.pk, at=now())
    step_away(colleague=made[3], until=now() + timedelta(days=2))
    return made


@pytest.fixture
def talk(mailbox, mette) -> Conversation:
    text = "Hej, min bremse hviner. Ring 22 33 44 55.\nMvh Karoline Vestergaard"
    receive(mailbox, mail(text, ident="1@x", sender="Karoline Vestergaard <karoline@v.example>"))
    return Conversation.objects.get()


@pytest.fixture
def closed(talk):
    """The conversation lies in a closed unit: only its own and an administrator see it."""
    unit = add_unit(name="Løn", closed=True)
    Conversation.objects.filter(pk=talk.pk).update(unit=unit)
    talk.refresh_from_db()
    return talk


def names(aside: Aside) -> dict[str, str]:
    return {m.colleague.name.split()[0]: m.state for m in Member.objects.filter(aside=aside).select_related("colleague")}


def kinds() -> list[str]:
    return [row.kind for row in Fact.objects.filter(kind__startswith="aside.").order_by("id")]


def test_a_competence_reaches_the_best_who_are_here_and_says_why(talk, mette, brakes, smiths):
    found = offers(by=mette, conversation=talk, people=[], skills=[brakes], at=now())
    assert [o.colleague.name for o in found] == ["Bo Holm", "Sanne Friis"]
    assert found[0].reasons[0] in {"Knows this at level 5 of 5", "Kan det på niveau 5 af 5"}
    row = actions.ask(conversation=talk.pk, by=mette, text="@bremser Må hun cykle?", at=now(), competences=[brakes.pk])
    assert names(row) == {"Bo": "asked", "Sanne": "asked"}
    bo = Member.objects.get(aside=row, colleague=smiths[0])
    assert (bo.why, bo.competence, bo.invited_by, [r["kind"] for r in bo.reasons]) == (
        "competence", brakes, mette, ["level", "place", "present"],
    )  # fmt: skip
    assert [s.interaction_id for s in Shared.objects.all()] == [Placement.objects.get().interaction_id]
    assert kinds() == ["aside.aside_opened", "aside.colleague_asked"]
    assert [len(f.data) for f in Fact.objects.filter(kind="aside.colleague_asked")] == [2]
    assert waiting_for(smiths[0]) == 1
    assert Notification.objects.count() == 0


def test_who_is_asked_by_name_too_is_asked_once_and_the_same_page_asks_once(talk, mette, brakes, smiths):
    ident, at = new_id(), now()
    for _ in range(2):
        row = actions.ask(
            conversation=talk.pk,
            by=mette,
            text="Hvem?",
            at=at,
            people=[smiths[1].pk, mette.pk],
            competences=[brakes.pk],
            ident=ident,
        )
    assert (Aside.objects.count(), row.pk) == (1, ident)
    assert names(row) == {"Sanne": "asked", "Bo": "asked", "Kim": "asked"}


@pytest.mark.parametrize(
    ("text", "people", "competences", "error"),
    [
        ("  ", ["bo"], [], actions.NothingAsked),
        ("Hvad?", [], [], actions.NobodyAsked),
        ("Hvad?", ["mette"], [], actions.NobodyAsked),
        ("Hvad?", [], ["empty"], actions.NobodyCan),
        ("x" * 8001, ["bo"], [], actions.TooMuch),
    ],
)
def test_a_question_that_cannot_be_asked_leaves_nothing(talk, mette, brakes, smiths, text, people, competences, error):
    empty = add_competence(name="Tomt")
    hold(colleague=mette, competence=empty.pk, level=5)
    by = {"bo": smiths[0].pk, "mette": mette.pk, "empty": empty.pk}
    before = Fact.objects.count()
    with pytest.raises(error):
        actions.ask(
            conversation=talk.pk,
            by=mette,
            text=text,
            at=now(),
            people=[by[p] for p in people],
            competences=[by[c] for c in competences],
        )
    assert (Aside.objects.count(), Member.objects.count(), Sought.objects.count(), Fact.objects.count()) == (0, 0, 0, before)


def test_who_may_not_see_the_conversation_cannot_ask_about_it(closed, jonas, smiths):
    with pytest.raises(NotFound):
        actions.ask(conversation=closed.pk, by=jonas, text="Hvad?", at=now(), people=[smiths[0].pk])
    assert Aside.objects.count() == 0


def test_a_message_of_another_conversation_is_not_shared(talk, mette, smiths, mailbox):
    receive(mailbox, mail("Noget andet", ident="2@y", sender="Ib <ib@b.example>", subject="Andet"))
    other = Placement.objects.exclude(conversation=talk).get()
    with pytest.raises(NotFound):
        actions.ask(
            conversation=talk.pk,
            by=mette,
            text="Hvad?",
            at=now(),
            people=[smiths[0].pk],
            share=actions.Share(messages=[other.interaction_id]),
        )
    assert (Aside.objects.count(), Shared.objects.count()) == (0, 0)


def test_the_next_ones_are_asked_when_nobody_answers_and_nobody_twice(talk, mette, brakes, smiths):
    at = now()
    row = actions.ask(conversation=talk.pk, by=mette, text="Hvad?", at=at, competences=[brakes.pk])
    assert not actions.ask_next(at=at + timedelta(minutes=19))
    assert actions.ask_next(at=at + timedelta(minutes=20))
    assert names(row) == {"Bo": "asked", "Sanne": "asked", "Kim": "asked"}
    assert Member.objects.get(aside=row, colleague=smiths[2]).invited_by is None
    sought = Sought.objects.get()
    assert (sought.round, sought.next_at) == (2, at + timedelta(minutes=40))  # Ane is away: it is looked again
    assert not actions.ask_next(at=at + timedelta(minutes=21))
    assert actions.ask_next(at=at + timedelta(minutes=40))
    assert (Member.objects.count(), Sought.objects.get().round) == (3, 2)
    assert actions.ask_next(at=at + timedelta(days=3))  # back again
    assert names(row)["Ane"] == "asked"
    assert Sought.objects.get().next_at is None
    assert not actions.ask_next(at=at + timedelta(days=9))


def test_a_step_of_the_clock_costs_the_same_however_many_know_it(talk, mette, brakes, smiths):
    at = now()
    actions.ask(conversation=talk.pk, by=mette, text="Et?", at=at, competences=[brakes.pk])
    few = _steps(at + timedelta(minutes=20))
    for number in range(12):
        person = take_in(email=f"n{number}@firma.example", name=f"Nummer {number}", unit=Unit.objects.get(triage=True))
        hold(colleague=person, competence=brakes.pk, level=2)
    actions.ask(conversation=talk.pk, by=mette, text="To?", at=at, competences=[brakes.pk])
    assert _steps(at + timedelta(minutes=20)) == few


def _steps(at) -> int:
    with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
        assert actions.ask_next(at=at)
    return len(orm) + len(ours)


def test_an_answer_a_close_and_a_finished_conversation_stop_the_clock(talk, mette, brakes, smiths):
    at, late = now(), now() + timedelta(hours=1)
    first = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=at, competences=[brakes.pk])
    actions.say(aside=first.pk, by=smiths[0], text="Nej, ikke med den skive.", at=at)
    assert Sought.objects.get(aside=first).next_at is None
    second = actions.ask(conversation=talk.pk, by=mette, text="To?", at=at, competences=[brakes.pk])
    actions.close(aside=second.pk, by=mette, outcome="not_helped", at=at)
    assert not actions.ask_next(at=late)
    actions.reopen(aside=second.pk, by=mette, at=at)
    finish(conversations=[talk.pk], by=mette, at=at)
    assert not actions.ask_next(at=late)
    assert Member.objects.count() == 4


def test_the_asker_who_writes_more_has_not_answered(talk, mette, brakes, smiths):
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk])
    actions.say(aside=row.pk, by=mette, text="Det haster.", at=now())
    assert set(names(row).values()) == {"asked"}
    assert Sought.objects.get().next_at is not None
    assert "aside.aside_answered" not in kinds()


def test_saying_twice_with_one_id_says_once_and_each_has_ids_of_their_own(talk, mette, jonas, brakes, smiths):
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk])
    made = [actions.say(aside=row.pk, by=smiths[0], text="Ja", at=now(), ident="<a@mail>", via="mail") for _ in range(2)]
    other = actions.say(aside=row.pk, by=jonas, text="Også mig", at=now(), ident="<a@mail>", via="mail")
    assert made[0] == made[1] != other
    assert [(m.text, m.via, m.external) for m in AsideMessage.objects.order_by("at")] == [
        ("Ja", "mail", "<a@mail>"), ("Også mig", "mail", "<a@mail>"),
    ]  # fmt: skip
    assert Member.objects.get(colleague=jonas).why == "own_will"
    assert kinds().count("aside.aside_answered") == 2
    assert [n.kind for n in Notification.objects.filter(colleague=mette)] == ["advised", "advised"]


def test_words_can_be_changed_by_their_writer_for_a_quarter_of_an_hour(talk, mette, smiths):
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    said = actions.say(aside=row.pk, by=smiths[0], text="Ja", at=now())
    with pytest.raises(NotAllowed):
        actions.edit(message=said.pk, by=mette, text="Nej", at=now())
    with pytest.raises(actions.TooOld):
        actions.edit(message=said.pk, by=smiths[0], text="Nej", at=now() + timedelta(minutes=16))
    assert (AsideMessage.objects.get().text, AsideMessage.objects.get().edited_at) == ("Ja", None)
    actions.edit(message=said.pk, by=smiths[0], text="Nej", at=said.at + timedelta(minutes=2))
    assert AsideMessage.objects.get().text == "Nej"


def test_who_declines_makes_room_and_may_name_another(talk, mette, jonas, brakes, smiths):
    at = now()
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=at, competences=[brakes.pk])
    actions.decline(aside=row.pk, by=smiths[0], at=at, reason="not_now")
    assert not actions.ask_next(at=at)  # Sanne still has it
    actions.decline(aside=row.pk, by=smiths[1], at=at)
    assert actions.ask_next(at=at)
    assert names(row) == {"Bo": "declined", "Sanne": "declined", "Kim": "asked"}
    actions.decline(aside=row.pk, by=smiths[2], at=at, instead=jonas.pk)
    kim = Member.objects.get(colleague=smiths[2])
    assert (kim.state, kim.reason, kim.passed_to, names(row)["Jonas"]) == ("declined", "unknown", jonas, "asked")
    with pytest.raises(actions.NotAsked):
        actions.decline(aside=row.pk, by=mette, at=at)


def test_passing_on_and_undoing_it(talk, mette, jonas, smiths):
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    for wrong in (smiths[0].pk, mette.pk):
        with pytest.raises(actions.NotToThem):
            actions.pass_on(aside=row.pk, by=smiths[0], to=wrong, at=now())
    assert names(row) == {"Bo": "asked"}
    actions.pass_on(aside=row.pk, by=smiths[0], to=jonas.pk, at=now())
    assert names(row) == {"Bo": "passed_on", "Jonas": "asked"}
    actions.undo(aside=row.pk, by=smiths[0], at=now())
    assert names(row) == {"Bo": "seen"}
    with pytest.raises(actions.NothingToUndo):
        actions.undo(aside=row.pk, by=smiths[0], at=now())
    actions.pass_on(aside=row.pk, by=smiths[0], to=jonas.pk, at=now())
    actions.see(aside=row.pk, by=jonas, at=now())
    actions.undo(aside=row.pk, by=smiths[0], at=now())
    assert names(row) == {"Bo": "seen", "Jonas": "seen"}  # who has looked stays


def test_taking_over_goes_through_routing_and_teaches_it(talk, mette, brakes, smiths):
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk])
    assert actions.take_over(aside=row.pk, by=smiths[0], at=now()) == talk.pk
    talk.refresh_from_db()
    assert (talk.assignee, talk.competence) == (smiths[0], brakes)
    last = Decision.objects.latest("at")
    assert (last.by, last.colleague, last.competence) == (smiths[0], smiths[0], brakes)
    row.refresh_from_db()
    assert (row.outcome, row.closed_by) == ("taken", smiths[0])
    for deed in (actions.take_over, actions.decline):
        with pytest.raises(actions.Closed):
            deed(aside=row.pk, by=smiths[1], at=now())
    with pytest.raises(actions.NotClosed):
        actions.reopen(aside=row.pk, by=mette, at=now())
    talk.refresh_from_db()
    assert talk.assignee == smiths[0]


def test_a_question_is_taken_back_until_somebody_answers(talk, mette, jonas, smiths):
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    with pytest.raises(NotAllowed):
        actions.withdraw(aside=row.pk, by=jonas, at=now())
    assert actions.withdraw(aside=row.pk, by=mette, at=now()) == talk.pk
    assert (Aside.objects.count(), Member.objects.count(), Shared.objects.count()) == (0, 0, 0)
    row = actions.ask(conversation=talk.pk, by=mette, text="To?", at=now(), people=[smiths[0].pk])
    actions.say(aside=row.pk, by=smiths[0], text="Ja", at=now())
    with pytest.raises(actions.AnsweredAlready):
        actions.withdraw(aside=row.pk, by=mette, at=now())
    assert (Aside.objects.count(), AsideMessage.objects.count()) == (1, 1)


def test_routing_learns_from_an_answer_only_where_it_knew_nothing(talk, mette, jonas, brakes, smiths):
    other = add_competence(name="Gear")
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk], people=[jonas.pk])
    actions.say(aside=row.pk, by=jonas, text="Aner det ikke", at=now())
    assert Told.objects.count() == 0  # holds no competence that was asked for
    Conversation.objects.filter(pk=talk.pk).update(competence=other)
    actions.say(aside=row.pk, by=smiths[0], text="Skift skiven", at=now())
    assert Told.objects.count() == 0  # a conversation about gears, with a question about brakes
    Conversation.objects.filter(pk=talk.pk).update(competence=None)
    actions.say(aside=row.pk, by=smiths[1], text="Enig", at=now())
    assert [(t.conversation, t.competence, t.by) for t in Told.objects.all()] == [(talk, brakes, smiths[1])]
    talk.refresh_from_db()
    assert (talk.competence, talk.assignee) == (None, None)


def test_what_was_told_is_an_example_of_the_next_training(talk, mette, brakes, smiths):
    from samspil.routing.actions.train import _CONFIRMED

    values = {"conversations": 100, "messages": 3}
    assert sql.run(_CONFIRMED, values) == []
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk])
    actions.say(aside=row.pk, by=smiths[0], text=SECRET, at=now())
    learned = sql.run(_CONFIRMED, values)
    assert [(r[0], r[1]) for r in learned] == [(brakes.pk, False)]
    assert "hviner" in learned[0][5]
    assert SECRET not in str(learned)


def test_who_may_not_see_the_conversation_sees_the_question_and_the_excerpt_alone(closed, mette, jonas, smiths):
    row = actions.ask(conversation=closed.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    door = access_aside(by=smiths[0], aside=row.pk)
    assert (door.whole, door.is_asker, door.member.state) == (False, False, "asked")
    lines = excerpt(door)
    assert [(line.name, line.text) for line in lines] == [
        ("", "Hej, min bremse hviner. Ring •••.\nMvh •••"),
    ]
    assert access_aside(by=mette, aside=row.pk).whole
    with pytest.raises(NotFound):
        access_aside(by=jonas, aside=row.pk)
    for deed in (
        lambda: actions.say(aside=row.pk, by=jonas, text="x", at=now()),
        lambda: actions.close(aside=row.pk, by=jonas, outcome="helped", at=now()),
        lambda: actions.take_over(aside=row.pk, by=jonas, at=now()),
        lambda: actions.see(aside=row.pk, by=jonas, at=now()),
    ):
        with pytest.raises(NotFound):
            deed()
    for refused in (
        lambda: actions.take_over(aside=row.pk, by=smiths[0], at=now()),
        lambda: actions.close(aside=row.pk, by=smiths[0], outcome="helped", at=now()),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert (AsideMessage.objects.count(), names(row), Aside.objects.get().closed_at) == (0, {"Bo": "asked"}, None)
    actions.say(aside=row.pk, by=smiths[0], text="Ja", at=now())
    assert [s.text for s in shown(door).messages] == ["Ja"]
    assert [a.aside.pk for a in asked_of(smiths[0])] == [row.pk]


def test_with_the_name_the_excerpt_is_as_it_was_written(closed, mette, smiths):
    share = actions.Share(with_name=True)
    row = actions.ask(conversation=closed.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk], share=share)
    (line,) = excerpt(access_aside(by=smiths[0], aside=row.pk))
    assert (line.name, line.text) == (
        "Karoline Vestergaard",
        "Hej, min bremse hviner. Ring 22 33 44 55.\nMvh Karoline Vestergaard",
    )
    nothing = actions.ask(
        conversation=closed.pk, by=mette, text="To?", at=now(), people=[smiths[0].pk], share=actions.Share(messages=[])
    )
    assert excerpt(access_aside(by=smiths[0], aside=nothing.pk)) == []


def test_what_the_consumer_changed_or_took_back_is_not_read_as_it_was(closed, mette, smiths, mailbox):
    row = actions.ask(conversation=closed.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    door = access_aside(by=smiths[0], aside=row.pk)
    said = Placement.objects.get(conversation=closed).interaction
    author = kit.Handle(network="mail", address="karoline@v.example")
    record(
        events=[(mailbox, kit.Edit(external_id="e1", author=author, at=now(), target=said.external_id, text="Nu nye ord"))],
        at=now(),
    )
    assert [line.text for line in excerpt(door)] == ["Nu nye ord"]
    record(events=[(mailbox, kit.Delete(external_id="d1", author=author, at=now(), target=said.external_id))], at=now())
    assert excerpt(door) == []


def test_asides_follow_a_merge_and_the_messages_of_a_split(talk, mette, smiths, mailbox):
    receive(mailbox, mail("Også gearet", ident="2@y", sender="Ib <ib@b.example>", subject="Gear", at=now() - timedelta(hours=1)))
    other = Conversation.objects.exclude(pk=talk.pk).get()
    about = actions.ask(conversation=other.pk, by=mette, text="Et?", at=now(), people=[smiths[0].pk])
    mine = actions.ask(conversation=talk.pk, by=mette, text="To?", at=now(), people=[smiths[0].pk])
    merge(kept=talk.pk, absorbed=other.pk, by=mette, at=now())
    assert [s.aside.pk for s in asides_of(talk.pk)] == [about.pk, mine.pk]
    taken = Shared.objects.get(aside=about).interaction_id
    made = split(conversation=talk.pk, interactions=[taken], by=mette, at=now())
    assert [s.aside.pk for s in asides_of(made.pk)] == [about.pk]
    assert [s.aside.pk for s in asides_of(talk.pk)] == [mine.pk]


def test_a_conversation_with_its_asides_costs_the_same_whatever_was_said(talk, mette, smiths, brakes):
    assert _counted(talk) == 1
    row = actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), competences=[brakes.pk])
    assert _counted(talk) == 4
    for number in range(4):
        actions.say(aside=row.pk, by=smiths[number], text="Ja", at=now())
        actions.ask(conversation=talk.pk, by=mette, text="Et?", at=now(), people=[s.pk for s in smiths])
    assert _counted(talk) == 4


def _counted(talk) -> int:
    with sql.counted() as statements:
        asides_of(talk.pk)
    return len(statements)
