"""A checklist is gone through in a conversation: begun, ticked by whom and when, skipped, given, finished or not, and kept."""

import pytest
from django.utils.translation import override

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.base.models import FactRow as Fact
from samspil.checklist import actions
from samspil.checklist.actions import Begin, Wanted, begin_many
from samspil.checklist.models import Checklist, Offered, Step, Template, Version
from samspil.checklist.queries import checklists_of, hindrances, offered, progress_of, templates, versions_of
from samspil.checklist.rules import Progress
from samspil.conversation.actions import Hindered, finish, merge, split, undo
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation, Event, Notification, Placement
from samspil.exchange.actions.forget import export_person, forget
from samspil.organisation.actions import add_competence, add_unit, take_in
from samspil.organisation.models import Colleague, Unit
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
STEPS = [
    {"text": "Find the serial number", "hint": "Under the frame", "must": True},
    {"text": "Ask for a photo"},
    {"text": "Promise a date", "link": "https://wiki.example/dates", "must": True},
]


@pytest.fixture
def lead(organisation) -> Colleague:
    return take_in(email="lone@firma.example", name="Lone Bak", role="lead", unit=Unit.objects.get(triage=True))


@pytest.fixture
def complaint(lead) -> Template:
    return actions.keep(by=lead, at=now(), wanted=Wanted(name="Reklamation", name_en="Complaint", steps=STEPS))


@pytest.fixture
def talk(mailbox) -> Conversation:
    receive(mailbox, mail("Min cykel er i stykker", ident="1@x"))
    return Conversation.objects.get()


def states(conversation: Conversation) -> list[tuple[str, str]]:
    return [(s.text, s.state) for r in checklists_of(conversation.pk) for s in r.steps]


def whats() -> list[str]:
    return [entry["what"] for row in Fact.objects.filter(kind="checklist.checklist_changed").order_by("id") for entry in row.data]


def test_a_list_begins_and_is_ticked_with_who_and_when(talk, complaint, jonas, mette):
    made = actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    (running,) = checklists_of(talk.pk)
    assert [(s.text, s.hint, s.link, s.must, s.state) for s in running.steps] == [
        ("Find the serial number", "Under the frame", "", True, "open"),
        ("Ask for a photo", "", "", False, "open"),
        ("Promise a date", "", "https://wiki.example/dates", True, "open"),
    ]
    assert progress_of([talk.pk]) == {talk.pk: Progress(done=0, total=3, musts=2)}
    first, photo, date = running.steps
    at = now()
    actions.tick(of=first.pk, by=jonas, at=at)
    assert progress_of([talk.pk]) == {talk.pk: Progress(done=1, total=3, musts=1)}
    # Of two who tick at once, the first stands.
    actions.tick(of=first.pk, by=mette, at=now())
    first.refresh_from_db()
    assert (first.state, first.by, first.at) == ("done", jonas, at)
    actions.skip(of=photo.pk, word="  Har han sendt ", by=mette, at=at)
    photo.refresh_from_db()
    assert (photo.state, photo.by, photo.word) == ("skipped", mette, "Har han sendt")
    actions.untick(of=first.pk, by=mette)
    first.refresh_from_db()
    assert (first.state, first.by, first.at) == ("open", None, None)
    assert whats() == ["begun", "ticked", "skipped", "unticked"]
    assert Checklist.objects.get() == made
    assert date.state == "open"


def test_the_same_page_begins_once_and_a_list_may_run_twice(talk, complaint, jonas):
    ident = new_id()
    for _ in range(2):
        actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now(), ident=ident)
    assert (Checklist.objects.count(), Step.objects.count()) == (1, 3)
    actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    assert Checklist.objects.count() == 2


def test_what_is_refused_changes_nothing(talk, complaint, jonas):
    actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    first, photo, _ = checklists_of(talk.pk)[0].steps
    actions.skip(of=photo.pk, word="ikke her", by=jonas, at=now())
    actions.tick(of=first.pk, by=jonas, at=now())
    before = (list(Step.objects.order_by("place").values()), Fact.objects.count())
    for error, deed in (
        (actions.NoWord, lambda: actions.skip(of=photo.pk, word="  ", by=jonas, at=now())),
        (actions.NotOpen, lambda: actions.skip(of=first.pk, word="x", by=jonas, at=now())),
        (actions.NotOpen, lambda: actions.tick(of=photo.pk, by=jonas, at=now())),
        (actions.NotOpen, lambda: actions.give(of=first.pk, to=jonas.pk, by=jonas, at=now())),
        (actions.NotFree, lambda: actions.move(of=first.pk, places=1, by=jonas)),
        (actions.NothingWritten, lambda: actions.add(conversation=talk.pk, text=" \n ", by=jonas, at=now())),
        (NotFound, lambda: actions.tick(of=new_id(), by=jonas, at=now())),
        (NotFound, lambda: actions.begin(conversation=talk.pk, template=new_id(), by=jonas, at=now())),
    ):
        with pytest.raises(error):
            deed()
    assert (list(Step.objects.order_by("place").values()), Fact.objects.count()) == before
    assert Checklist.objects.count() == 1


def test_who_may_not_see_the_conversation_sees_and_does_nothing_with_its_lists(talk, complaint, jonas, mette):
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    Conversation.objects.filter(pk=talk.pk).update(unit=add_unit(name="Løn", closed=True), assignee=None)
    first = Step.objects.order_by("place")[0]
    row, before = Checklist.objects.get(), Fact.objects.count()
    for deed in (
        lambda: actions.tick(of=first.pk, by=jonas, at=now()),
        lambda: actions.untick(of=first.pk, by=jonas),
        lambda: actions.skip(of=first.pk, word="x", by=jonas, at=now()),
        lambda: actions.remove(checklist=row.pk, by=jonas, at=now()),
        lambda: actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now()),
        lambda: actions.add(conversation=talk.pk, text="x", by=jonas, at=now()),
    ):
        with pytest.raises(NotFound):
            deed()
    with pytest.raises(actions.CannotSee):
        actions.give(of=first.pk, to=jonas.pk, by=mette, at=now())
    first.refresh_from_db()
    row.refresh_from_db()
    assert (first.state, first.given_to, row.removed_at, Fact.objects.count()) == ("open", None, None, before)
    assert Notification.objects.filter(kind="step").count() == 0


def test_a_step_is_given_to_a_colleague_who_is_told_once(talk, complaint, jonas, mette):
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    first = Step.objects.order_by("place")[0]
    for _ in range(2):
        actions.give(of=first.pk, to=jonas.pk, by=mette, at=now())
    first.refresh_from_db()
    assert (first.given_to, first.given_by) == (jonas, mette)
    assert [(n.colleague, n.by, n.conversation) for n in Notification.objects.filter(kind="step")] == [(jonas, mette, talk)]
    actions.give(of=first.pk, to=mette.pk, by=mette, at=now())
    assert Notification.objects.filter(kind="step").count() == 1
    actions.give(of=first.pk, to=None, by=mette, at=now())
    first.refresh_from_db()
    assert (first.given_to, first.given_by, first.given_at) == (None, None, None)
    Colleague.objects.filter(pk=jonas.pk).update(is_active=False)
    with pytest.raises(NotHere):
        actions.give(of=first.pk, to=jonas.pk, by=mette, at=now())
    first.refresh_from_db()
    assert first.given_to is None


def test_steps_of_ones_own_are_put_in_order(talk, jonas):
    ident = new_id()
    for text, key in (("Ring til ham", ident), ("Ring til ham", ident), ("Bestil del", None), ("Skriv til lageret", None)):
        actions.add(conversation=talk.pk, text=text, by=jonas, at=now(), ident=key)
    assert states(talk) == [("Ring til ham", "open"), ("Bestil del", "open"), ("Skriv til lageret", "open")]
    actions.move(of=ident, places=1, by=jonas)
    assert [t for t, _ in states(talk)] == ["Bestil del", "Ring til ham", "Skriv til lageret"]
    before = Fact.objects.count()
    actions.move(of=Step.objects.get(text="Skriv til lageret").pk, places=5, by=jonas)
    assert [t for t, _ in states(talk)] == ["Bestil del", "Ring til ham", "Skriv til lageret"]
    assert Fact.objects.count() == before
    assert Checklist.objects.count() == 1
    # What colleagues wrote themselves never hinders finishing.
    assert hindrances([talk.pk]) == []


def test_a_list_is_removed_and_comes_back_with_its_ticks(talk, complaint, jonas):
    made = actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    actions.tick(of=Step.objects.order_by("place")[0].pk, by=jonas, at=now())
    actions.remove(checklist=made.pk, by=jonas, at=now())
    assert (states(talk), progress_of([talk.pk]), hindrances([talk.pk])) == ([], {}, [])
    with pytest.raises(NotFound):
        actions.tick(of=Step.objects.order_by("place")[1].pk, by=jonas, at=now())
    actions.restore(checklist=made.pk, by=jonas)
    assert states(talk) == [("Find the serial number", "done"), ("Ask for a photo", "open"), ("Promise a date", "open")]


def test_a_must_asks_before_the_conversation_is_finished_and_a_reason_passes_it_by(talk, complaint, jonas):
    actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    first, _, date = Step.objects.order_by("place")
    for reason in ("", "   "):
        with pytest.raises(Hindered) as refused:
            finish(conversations=[talk.pk], by=jonas, at=now(), anyway=reason)
        assert [(h.what, h.anyway) for h in refused.value.by] == [("Find the serial number", True), ("Promise a date", True)]
        talk.refresh_from_db()
        assert (talk.status, Event.objects.filter(kind="done").count()) == ("open", 0)
    actions.tick(of=first.pk, by=jonas, at=now())
    batch = finish(conversations=[talk.pk], by=jonas, at=now(), anyway=" Han ringer selv ")
    talk.refresh_from_db()
    data = Event.objects.get(kind="done").data
    assert (talk.status, data["anyway"], data["open"]) == ("done", "Han ringer selv", ["Promise a date"])
    undo(batch=batch, by=jonas, at=now())
    talk.refresh_from_db()
    assert talk.status == "open"
    actions.skip(of=date.pk, word="ingen dato", by=jonas, at=now())
    finish(conversations=[talk.pk], by=jonas, at=now())
    talk.refresh_from_db()
    assert (talk.status, "anyway" in Event.objects.filter(kind="done").order_by("-id")[0].data) == ("done", False)


def test_a_template_may_say_that_no_reason_helps(talk, lead, jonas):
    strict = actions.keep(by=lead, at=now(), wanted=Wanted(name="Penge tilbage", steps=[STEPS[0]], anyway=False))
    actions.begin(conversation=talk.pk, template=strict.pk, by=jonas, at=now())
    with pytest.raises(Hindered) as refused:
        finish(conversations=[talk.pk], by=jonas, at=now(), anyway="vil ikke")
    assert [h.anyway for h in refused.value.by] == [False]
    talk.refresh_from_db()
    assert talk.status == "open"


def test_of_many_the_ones_that_are_hindered_are_named_and_none_is_finished(mailbox, complaint, jonas):
    receive(mailbox, *[mail(f"Nr {n}", ident=f"{n}@x", sender=f"P{n} <p{n}@x.example>", subject=f"S{n}") for n in range(3)])
    rows = list(Conversation.objects.order_by("subject"))
    actions.begin(conversation=rows[1].pk, template=complaint.pk, by=jonas, at=now())
    with pytest.raises(Hindered) as refused:
        finish(conversations=[r.pk for r in rows], by=jonas, at=now())
    assert {h.conversation for h in refused.value.by} == {rows[1].pk}
    assert set(Conversation.objects.values_list("status", flat=True)) == {"open"}
    with sql.counted() as few:
        progress_of([rows[0].pk])
        hindrances([rows[0].pk])
    with sql.counted() as many:
        progress_of([r.pk for r in rows])
        hindrances([r.pk for r in rows])
    assert (len(few), len(many)) == (2, 2)


def test_a_running_list_keeps_the_version_it_began_with(talk, complaint, lead, jonas):
    actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    wanted = Wanted(name="Reklamation", name_en="Complaint", steps=[{"text": "Just one"}])
    for _ in range(2):  # the same again is no new version
        actions.keep(by=lead, at=now(), wanted=wanted, template=complaint.pk)
    assert [(v.number, v.by, len(v.steps)) for v in versions_of(complaint.pk)] == [(2, lead, 1), (1, lead, 3)]
    assert [t for t, _ in states(talk)] == ["Find the serial number", "Ask for a photo", "Promise a date"]
    actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    assert [t for t, _ in states(talk)] == ["Find the serial number", "Ask for a photo", "Promise a date", "Just one"]


def test_only_who_leads_changes_templates(complaint, jonas, lead):
    before = (list(Template.objects.values()), Version.objects.count())
    for deed in (
        lambda: actions.keep(by=jonas, at=now(), wanted=Wanted(name="x", steps=STEPS)),
        lambda: actions.keep(by=jonas, at=now(), wanted=Wanted(name="x", steps=STEPS), template=complaint.pk),
        lambda: actions.end(template=complaint.pk, by=jonas, at=now()),
        lambda: actions.bring_back(template=complaint.pk, by=jonas),
    ):
        with pytest.raises(NotAllowed):
            deed()
    for error, wanted in (
        (actions.NoName, Wanted(name=" ", steps=STEPS)),
        (actions.NoSteps, Wanted(name="x", steps=[{"text": " "}])),
        (actions.LeadsNowhere, Wanted(name="x", steps=[{"text": "y", "link": "javascript:alert(1)"}])),
    ):
        with pytest.raises(error):
            actions.keep(by=lead, at=now(), wanted=wanted)
    assert (list(Template.objects.values()), Version.objects.count()) == before


def test_what_fits_the_competence_is_suggested_first_and_another_units_is_not_offered(talk, complaint, lead, jonas):
    brakes, gear = add_competence(name="Bremser"), add_competence(name="Gear")
    stock = add_unit(name="Lager")

    def keep(name, **more):
        return actions.keep(by=lead, at=now(), wanted=Wanted(name=name, steps=STEPS, **more))

    mine = keep("Bremsetjek", competences=[brakes, gear])
    keep("Lageret", unit=stock)
    gone = keep("Alt for gammel")
    actions.end(template=gone.pk, by=lead, at=now())
    Conversation.objects.filter(pk=talk.pk).update(competence=brakes)
    talk.refresh_from_db()
    with override("da"):
        found = offered(conversation=talk, by=jonas)
    assert [(o.name, o.suggested, o.steps) for o in found] == [("Bremsetjek", True, 3), ("Reklamation", False, 3)]
    with override("en"):
        assert [o.name for o in offered(conversation=talk, by=jonas)] == ["Bremsetjek", "Complaint"]
    actions.begin(conversation=talk.pk, template=mine.pk, by=jonas, at=now())
    assert [(o.template, o.suggested, o.running) for o in offered(conversation=talk, by=jonas)] == [
        (complaint.pk, False, False),
        (mine.pk, False, True),
    ]
    with pytest.raises(NotFound):
        actions.begin(conversation=talk.pk, template=gone.pk, by=jonas, at=now())
    actions.keep(by=lead, at=now(), wanted=Wanted(name="Bremsetjek", steps=STEPS, competences=[gear]), template=mine.pk)
    assert [o.competence for o in Offered.objects.filter(template=mine)] == [gear]
    assert {v.name for v in templates()} == {"Bremsetjek", "Lageret", "Reklamation"}
    assert [v.name for v in templates(ended=True)] == ["Alt for gammel"]
    actions.bring_back(template=gone.pk, by=lead)
    assert [v.name for v in templates(ended=True)] == []


def test_a_rule_begins_a_list_once_and_not_again_what_was_removed(talk, complaint, jonas):
    cause, other = new_id(), new_id()

    def again(cause):
        with step():
            return begin_many(begins=[Begin(conversation=talk.pk, template=complaint.pk, cause=cause)] * 2, at=now())

    assert (again(cause), again(cause), again(other)) == (1, 0, 0)
    row = Checklist.objects.get()
    assert (row.begun_by, row.cause, len(states(talk))) == (None, cause, 3)
    actions.remove(checklist=row.pk, by=jonas, at=now())
    assert (again(cause), again(other)) == (0, 1)
    assert begin_many(begins=[], at=now()) == 0


def test_lists_go_along_when_conversations_become_one_and_back_with_their_message(mailbox, complaint, jonas):
    receive(mailbox, mail("Et", ident="1@x", subject="Et"))
    receive(mailbox, mail("To", ident="2@x", subject="To", sender="Ib <ib@b.example>"))
    one, two = Conversation.objects.order_by("subject")
    actions.begin(conversation=one.pk, template=complaint.pk, by=jonas, at=now())
    made = actions.begin(conversation=two.pk, template=complaint.pk, by=jonas, at=now())
    theirs = Placement.objects.get(conversation=two).interaction_id
    merge(kept=one.pk, absorbed=two.pk, by=jonas, at=now())
    assert (len(checklists_of(one.pk)), len(checklists_of(two.pk)), progress_of([one.pk])[one.pk].total) == (2, 0, 6)
    apart = split(conversation=one.pk, interactions=[theirs], by=jonas, at=now())
    assert [r.checklist.pk for r in checklists_of(apart.pk)] == [made.pk]
    assert len(checklists_of(one.pk)) == 1


def test_a_forgotten_persons_lists_are_gone_and_before_that_they_are_in_the_export(talk, complaint, jonas, mette):
    actions.begin(conversation=talk.pk, template=complaint.pk, by=jonas, at=now())
    actions.skip(of=Step.objects.order_by("place")[0].pk, word="han hedder Ib", by=jonas, at=now())
    told = export_person(consumer=talk.consumer_id)["checklists"]
    assert [(t["name"], [(s["text"], s["state"], s["word"]) for s in t["steps"]]) for t in told] == [
        (
            "Reklamation",
            [
                ("Find the serial number", "skipped", "han hedder Ib"),
                ("Ask for a photo", "open", ""),
                ("Promise a date", "open", ""),
            ],
        )
    ]
    forget(consumer=talk.consumer_id, by=mette, at=now())
    assert (Checklist.objects.count(), Step.objects.count(), Template.objects.count()) == (0, 0, 1)
