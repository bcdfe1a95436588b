"""Writing rules: versions, roll-back, rights; and what is forgotten with a person."""

import pytest

from samspil.automation.actions import (
    NoName,
    bring_back,
    change,
    delete,
    forbid,
    make,
    move,
    permit,
    roll_back,
    switch,
)
from samspil.automation.actions.save import ChangedMeanwhile
from samspil.automation.models import Moment, Permit, Rule, Run, Version
from samspil.automation.queries.rules import lines, why
from samspil.automation.rules.read import WrongRule
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.conversation.models import Conversation
from samspil.exchange.actions.forget import export_person, forget
from samspil.organisation.actions import make_unit, take_in
from samspil.organisation.models import Unit
from tests.journeys.conftest import mail, receive
from tests.journeys.rules import do, document, read_on, rule

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workshop(mette) -> Unit:
    return make_unit(name="Værksted", by=mette)


@pytest.fixture
def lead(workshop):
    return take_in(email="lead@firma.example", name="Lea Lund", role="lead", unit=workshop)


def test_every_save_is_a_version_and_an_old_one_comes_back_as_a_new_one(mette):
    made = rule(mette, do("done"), name="A")
    change(rule=made.pk, number=1, name="B", document=document(do("note", "x")), by=mette, at=now(), why="Prøver")
    switch(rule=made.pk, on=False, by=mette, at=now())
    back = roll_back(rule=made.pk, number=1, by=mette, at=now())
    rows = list(Version.objects.order_by("number").values_list("number", "name", "enabled", "why", "restored", "by__name"))
    assert rows == [
        (1, "A", True, "", None, "Mette Krogh"),
        (2, "B", True, "Prøver", None, "Mette Krogh"),
        (3, "B", False, "", None, "Mette Krogh"),
        (4, "A", False, "", 1, "Mette Krogh"),
    ]
    first, _, _, last = Version.objects.order_by("number")
    assert (last.document, back.document, back.number) == (first.document, first.document, 4)


def test_two_who_save_at_once_do_not_overwrite_each_other(mette):
    made = rule(mette, do("done"))
    change(rule=made.pk, number=1, name="B", document=document(do("done")), by=mette, at=now())
    with pytest.raises(ChangedMeanwhile):
        change(rule=made.pk, number=1, name="C", document=document(do("done")), by=mette, at=now())
    assert (Rule.objects.get().name, Version.objects.count()) == ("B", 2)


def test_deleted_is_out_of_force_and_comes_back_as_it_was(mette, mailbox):
    made = rule(mette, do("note", "x"))
    delete(rule=made.pk, by=mette, at=now())
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert (Run.objects.count(), lines(by=mette, at=now())) == (0, [])
    back = bring_back(rule=made.pk, by=mette, at=now())
    assert (back.deleted_at, back.enabled, Version.objects.count()) == (None, True, 3)
    assert [line.rule for line in lines(by=mette, at=now())] == [made]


def test_what_is_no_rule_is_not_saved(mette):
    with pytest.raises(NoName):
        make(name=" ", document=document(do("done")), by=mette, at=now())
    with pytest.raises(WrongRule):
        make(name="A", document=document(), by=mette, at=now())
    assert (Rule.objects.count(), Version.objects.count()) == (0, 0)


def test_the_order(mette):
    a, b, c = (rule(mette, do("done"), name=n) for n in "ABC")
    move(rule=c.pk, before=a.pk, by=mette)
    assert [r.name for r in Rule.objects.all()] == ["C", "A", "B"]
    move(rule=c.pk, before=None, by=mette)
    assert [r.name for r in Rule.objects.all()] == ["A", "B", "C"]
    with pytest.raises(NotFound):
        move(rule=b.pk, before=Unit.objects.first().pk, by=mette)
    assert [r.name for r in Rule.objects.all()] == ["A", "B", "C"]


def test_a_lead_writes_for_the_own_unit_alone(mette, jonas, lead, workshop):
    mine = rule(lead, do("done"), name="Min")
    assert mine.unit == workshop
    house, other = (
        rule(mette, do("done"), name="Husets"),
        rule(mette, do("done"), name="Triage", unit=Unit.objects.get(triage=True)),
    )
    before = list(Rule.objects.values()), Version.objects.count()
    for deed in (
        lambda: rule(lead, do("done"), unit=Unit.objects.get(triage=True)),
        lambda: switch(rule=house.pk, on=False, by=lead, at=now()),
        lambda: delete(rule=house.pk, by=lead, at=now()),
        lambda: move(rule=mine.pk, before=house.pk, by=lead),
        lambda: change(rule=mine.pk, number=1, name="X", document=document(do("done")), by=lead, at=now(), unit=other.unit),
        lambda: rule(jonas, do("done")),
    ):
        with pytest.raises(NotAllowed):
            deed()
    for rule_of in (other, mine):
        with pytest.raises(NotFound):
            switch(rule=rule_of.pk, on=False, by=jonas if rule_of is mine else lead, at=now())
    assert (list(Rule.objects.values()), Version.objects.count()) == before
    assert [line.rule.name for line in lines(by=lead, at=now())] == ["Min", "Husets"]
    assert [line.is_mine for line in lines(by=lead, at=now())] == [True, False]
    assert lines(by=jonas, at=now()) == []


def test_the_unit_decides_whether_rules_answer(mette, jonas, lead, workshop):
    permit(unit=workshop, speaker=lead, by=lead, at=now())
    for who, unit in ((jonas, workshop), (lead, Unit.objects.get(triage=True))):
        with pytest.raises(NotAllowed):
            permit(unit=unit, speaker=jonas, by=who, at=now())
    assert Permit.objects.get().speaker == lead
    forbid(unit=workshop, by=mette)
    assert Permit.objects.count() == 0


def test_everybody_who_sees_the_conversation_sees_why(mette, jonas, mailbox):
    rule(mette, do("note", "x"))
    receive(mailbox, mail(ident="1@x"))
    read_on()
    run = Run.objects.get()
    assert why(run=run.pk, by=jonas).version.number == 1
    closed = Unit.objects.create(name="Lukket", closed=True)
    Conversation.objects.update(unit=closed)
    with pytest.raises(NotFound):
        why(run=run.pk, by=jonas)


def test_what_rules_did_is_exported_and_forgotten(mette, mailbox):
    rule(mette, do("note", "x"))
    receive(mailbox, mail(ident="1@x"), mail(sender="b@b.example", ident="2@x"))
    read_on()
    row = Conversation.objects.get(opener__address="b@b.example")
    assert [r["did"] for r in export_person(consumer=row.consumer_id)["rules"]] == [[{"kind": "note", "name": "x"}]]
    forget(consumer=row.consumer_id, by=mette, at=now())
    assert (Run.objects.count(), Moment.objects.filter(what="message").count()) == (1, 1)
    assert not Run.objects.filter(conversation=row.pk).exists()
    assert not Moment.objects.filter(conversation=row.pk).exists()
