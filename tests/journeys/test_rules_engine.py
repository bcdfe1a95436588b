"""Rules act on what comes in: once, in order, seen in the journal, undone; loops and storms are stopped; what fails fails alone."""

from datetime import timedelta

import pytest
from django.db import connection

from samspil.automation.actions import change, permit, resume, switch, wait
from samspil.automation.models import Moment, Rule, Run
from samspil.base import flow, sql
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.conversation.actions import finish, make_label, undo
from samspil.conversation.actions.state import CannotUndo
from samspil.conversation.models import Conversation, Event, Label, Notification
from samspil.organisation.actions import change_colleague, make_unit
from samspil.organisation.models import Unit
from samspil.reply.actions import make_canned
from samspil.reply.models import Draft, Reply
from samspil.routing.models import Decision
from tests.journeys.conftest import mail, receive
from tests.journeys.rules import OURS, do, document, read_on, rule, said, wait_for_older_transactions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def haster(organisation) -> Label:
    return make_label(name="Haster")


def labels(conversation: Conversation) -> list[str]:
    return sorted(conversation.labellings.values_list("label__name", flat=True))


def test_a_rule_acts_on_what_it_holds_for_and_on_nothing_else(mette, mailbox, haster):
    made = rule(mette, do("label", haster.pk), do("note", "Se her"), test=[said("batteri*")])
    receive(
        mailbox,
        mail("Mit BATTERIET er fladt", ident="1@x"),
        mail("Cyklen er blå", sender="b@b.example", subject="Hej", ident="2@x"),
    )
    read_on()
    hers, his = Conversation.objects.order_by("opener__address")[::-1]
    assert {c.subject: labels(c) for c in (hers, his)} == {"Batteriet": ["Haster"], "Hej": []}
    run = Run.objects.get()
    assert (run.rule, run.outcome, run.why, run.version.number) == (made, "done", "", 1)
    event = Event.objects.get(kind="ruled")
    assert (event.by, event.batch, event.data["rule"]["name"]) == (None, run.pk, "Regel")
    assert event.data["did"] == [{"kind": "label", "name": "Haster"}, {"kind": "note", "name": "Se her"}]
    assert Moment.objects.filter(what="message").count() == 2


def test_what_was_seen_is_not_seen_again(mette, mailbox, haster):
    rule(mette, do("label", haster.pk))
    receive(mailbox, mail(ident="1@x"))
    read_on()
    sql.run("DELETE FROM base_cursor WHERE name LIKE '%%automation%%'")
    read_on()
    assert (Run.objects.count(), Event.objects.filter(kind="ruled").count()) == (1, 1)


def test_a_rule_has_no_business_with_what_happened_before_it_was_switched_on(mette, mailbox, haster):
    receive(mailbox, mail(ident="1@x"))
    made = rule(mette, do("label", haster.pk), enabled=False)
    switch(rule=made.pk, on=True, by=mette, at=now())
    read_on()
    assert (Run.objects.count(), Moment.objects.filter(what="message").count()) == (0, 1)


def test_what_lay_in_the_log_for_more_than_a_day_is_left_alone(mette, mailbox, haster):
    rule(mette, do("label", haster.pk))
    Rule.objects.update(since=now() - timedelta(days=9))
    receive(mailbox, mail(ident="1@x"))
    sql.run("UPDATE base_fact SET at = at - interval '25 hours'")
    receive(mailbox, mail("ny", sender="b@b.example", ident="2@x"))
    read_on()
    assert Moment.objects.filter(what="message").count() == Run.objects.count() == 1
    assert labels(Conversation.objects.get(opener__address="b@b.example")) == ["Haster"]


def test_every_kind_of_deed_and_its_undo(mette, jonas, mailbox, haster):
    other = make_label(name="Gammel")
    unit = make_unit(name="Værksted", by=mette)
    receive(mailbox, mail(ident="1@x"))
    row = Conversation.objects.get()
    with step():
        sql.run(
            "INSERT INTO conversation_labelling (id, conversation_id, label_id) VALUES (gen_random_uuid(), %s, %s)",
            [row.pk, other.pk],
        )
    rule(
        mette,
        do("unit", unit.pk),
        do("colleague", jonas.pk),
        do("label", haster.pk),
        do("unlabel", other.pk),
        do("snooze", 60),
        do("tell", mette.pk),
    )
    before = Conversation.objects.values().get()
    receive(mailbox, mail("Igen", ident="2@x", references=("1@x",)))
    waiting = Conversation.objects.values().get()
    read_on()
    row.refresh_from_db()
    assert (row.unit, row.assignee, row.status, labels(row)) == (unit, jonas, "snoozed", ["Haster"])
    assert timedelta(minutes=59) < row.snoozed_until - now() <= timedelta(minutes=60)
    told = set(Notification.objects.values_list("colleague__name", "kind"))
    assert {("Jonas Lund", "assigned"), ("Mette Krogh", "rule")} <= told
    decision = Decision.objects.order_by("-at", "-id")[0]
    assert (decision.by, decision.unit, decision.colleague, decision.reasons[0]["kind"]) == (None, unit, jonas, "rule")
    batch = Run.objects.get().pk
    undo(batch=batch, by=jonas, at=now())
    assert Conversation.objects.values().get() == waiting | {"messages": 2}
    assert (labels(row), before["status"]) == (["Gammel"], "open")
    with pytest.raises(CannotUndo):
        undo(batch=batch, by=jonas, at=now())


def test_what_fails_fails_alone_and_is_kept_at_the_rule(mette, jonas, mailbox, haster):
    gone = make_label(name="Væk")
    bad = rule(mette, do("done"), do("label", gone.pk), name="Ødelagt")
    good = rule(mette, do("label", haster.pk), name="God")
    gone.delete()
    receive(mailbox, mail(ident="1@x"), mail(sender="b@b.example", ident="2@x"))
    read_on()
    assert sorted(Run.objects.values_list("rule__name", "outcome")) == [("God", "done")] * 2 + [("Ødelagt", "failed")] * 2
    assert Run.objects.filter(rule=bad).first().why == "label: it is not there any more"
    assert {c.status for c in Conversation.objects.all()} == {"open"}
    assert all(labels(c) == ["Haster"] for c in Conversation.objects.all())
    assert not sql.run("SELECT 1 FROM base_cursor WHERE failures > 0")
    assert Run.objects.filter(rule=good, did=[{"kind": "label", "name": "Haster"}]).count() == 2


def test_what_the_database_refuses_fails_alone(mette, mailbox, haster, monkeypatch):
    from samspil.automation.actions import carry

    rule(mette, do("label", haster.pk))
    receive(mailbox, mail("første", ident="1@x"), mail("anden", sender="b@b.example", ident="2@x"))
    bad = Conversation.objects.order_by("id")[0].pk
    done = carry.carry_out

    def refuses(*, deeds, at):
        done(deeds=deeds, at=at)
        if bad in {d.conversation for d in deeds}:
            sql.run("SELECT 1/0")

    monkeypatch.setattr(carry, "carry_out", refuses)
    read_on()
    assert {r.conversation_id == bad: (r.outcome, r.why) for r in Run.objects.all()} == {
        True: ("failed", "DataError"),
        False: ("done", ""),
    }
    assert {c.pk == bad: labels(c) for c in Conversation.objects.all()} == {True: [], False: ["Haster"]}
    assert Event.objects.filter(kind="ruled").count() == 1
    kept = [x for (data,) in sql.run("SELECT data FROM base_fact WHERE kind = 'conversation.conversation_changed'") for x in data]
    assert [x["what"] for x in kept if x["cause"]] == ["labelled"]


def test_a_kill_before_the_commit_leaves_nothing_and_the_next_does_it_once(mette, mailbox, haster, monkeypatch):
    from samspil.automation.actions import carry

    rule(mette, do("label", haster.pk))
    receive(mailbox, mail(ident="1@x"))
    keeps = carry._keep

    def dies(doing, at):
        keeps(doing, at)
        raise KeyboardInterrupt

    monkeypatch.setattr(carry, "_keep", dies)
    with pytest.raises(KeyboardInterrupt):
        read_on()
    connection.close()
    assert (Run.objects.count(), Moment.objects.count(), Event.objects.filter(kind="ruled").count()) == (0, 0, 0)
    monkeypatch.setattr(carry, "_keep", keeps)
    read_on()
    assert (Run.objects.count(), Event.objects.filter(kind="ruled").count(), labels(Conversation.objects.get())) == (
        1,
        1,
        ["Haster"],
    )


def test_rules_in_order_and_one_that_says_that_no_other_follows(mette, mailbox, haster):
    second = make_label(name="To")
    rule(mette, do("label", haster.pk), name="A", test=[said("batteri")], stop=True)
    rule(mette, do("label", second.pk), name="B")
    receive(mailbox, mail("batteri", ident="1@x"), mail("andet", sender="b@b.example", subject="Hej", ident="2@x"))
    read_on()
    assert {c.subject: labels(c) for c in Conversation.objects.all()} == {"Batteriet": ["Haster"], "Hej": ["To"]}


def test_a_rule_of_a_unit_sees_only_its_conversations(mette, mailbox, haster):
    unit = make_unit(name="Værksted", by=mette)
    rule(mette, do("label", haster.pk), unit=unit)
    rule(mette, do("label", make_label(name="Triage").pk), unit=Unit.objects.get(triage=True))
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert labels(Conversation.objects.get()) == ["Triage"]


def test_a_rule_does_not_trigger_itself(mette, mailbox, haster):
    rule(mette, do("label", haster.pk), name="A", when="labelled")
    rule(mette, do("label", make_label(name="Først").pk), name="B")
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert sorted(Run.objects.values_list("rule__name", "outcome", "why")) == [
        ("A", "done", ""),
        ("A", "stopped", "again"),
        ("B", "done", ""),
    ]


def test_two_rules_that_fight_come_to_rest(mette, mailbox, haster):
    has = {"test": "label", "op": "in", "values": [str(haster.pk)]}
    has_not = {**has, "op": "not_in"}
    rule(mette, do("label", haster.pk), name="På", when="labelled", test=[has_not])
    rule(mette, do("unlabel", haster.pk), name="Af", when="labelled", test=[has])
    rule(mette, do("label", haster.pk), name="Begynd")
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert list(Run.objects.order_by("id").values_list("rule__name", "outcome", "why")) == [
        ("Begynd", "done", ""),
        ("Af", "done", ""),
        ("På", "done", ""),
        ("Af", "stopped", "again"),
    ]


def test_no_more_than_four_rules_follow_on_one_another(mette, mailbox, haster):
    names = [make_label(name=f"L{n}") for n in range(7)]
    rule(mette, do("label", names[0].pk), name="R0")
    for n in range(6):
        test = [
            {"test": "label", "op": "in", "values": [str(names[n].pk)]},
            {"test": "label", "op": "not_in", "values": [str(names[n + 1].pk)]},
        ]
        rule(mette, do("label", names[n + 1].pk), name=f"R{n + 1}", when="labelled", test=test)
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert list(Run.objects.order_by("id").values_list("rule__name", "outcome", "why")) == [
        *[(f"R{n}", "done", "") for n in range(4)],
        ("R4", "stopped", "deep"),
    ]


def test_at_most_six_times_an_hour_on_one_conversation(mette, mailbox, haster):
    rule(mette, do("note", "igen"))
    receive(mailbox, mail(ident="0@x"))
    for n in range(1, 9):
        receive(mailbox, mail(f"{n}", ident=f"{n}@x", references=("0@x",)))
    read_on()
    assert (
        list(Run.objects.order_by("id").values_list("outcome", "why")) == [("done", "")] * 6 + [("stopped", "conversation")] * 3
    )


def test_a_storm_pauses_the_rule_and_tells_administrators(mette, jonas, mailbox, haster):
    made = rule(mette, do("label", haster.pk), name="Storm")
    calm = rule(mette, do("note", "rolig"), name="Rolig", test=[said("ro 7")])
    receive(mailbox, *[mail(f"ro {n} slut", sender=f"p{n}@b.example", subject=f"S{n}", ident=f"{n}@x") for n in range(1000)])
    read_on()
    made.refresh_from_db()
    assert (made.paused_why, made.enabled) == ("storm", True)
    assert Run.objects.filter(rule=made, outcome="done").count() == made.per_minute == 300
    assert list(Run.objects.filter(rule=made, outcome="stopped").values_list("why", flat=True)) == ["storm"]
    assert list(Notification.objects.filter(kind="rule_paused").values_list("colleague__name", flat=True)) == ["Mette Krogh"]
    assert (Run.objects.filter(rule=calm).count(), Moment.objects.filter(what="message").count()) == (1, 1000)
    receive(mailbox, mail("mere", sender="q@b.example", ident="q@x"))
    read_on()
    assert Run.objects.filter(rule=made).count() == 301
    Run.objects.filter(rule=made).update(at=now() - timedelta(minutes=2))
    resume(rule=made.pk, by=mette, at=now())
    receive(mailbox, mail("endnu mere", sender="r@b.example", ident="r@x"))
    read_on()
    assert Run.objects.filter(rule=made, outcome="done").count() == 301


def test_one_message_and_many_cost_the_same_number_of_statements(mette, jonas, mailbox, haster):
    rule(mette, do("label", haster.pk), do("colleague", jonas.pk), do("note", "@jonas se her"))
    numbers = []
    for size, start in ((2, 0), (60, 100)):
        receive(
            mailbox,
            *[mail(f"{n}", sender=f"p{n}@b.example", subject=f"S{n}", ident=f"{n}@x") for n in range(start, start + size)],
        )
        (pair,) = [p for p in OURS if p[1].__name__ == "on_message"]
        wait_for_older_transactions()
        with sql.counted() as seen:
            assert flow.react(*pair)
        numbers.append(len(seen))
    assert Run.objects.filter(outcome="done").count() == 62
    assert numbers[0] == numbers[1]


@pytest.fixture
def tak():
    return make_canned(
        key="tak", name="Tak", text="Tak for din besked, {fornavn}", text_en="Thank you for your message, {first name}"
    )


def test_answers_only_where_the_unit_has_decided_so(mette, mailbox, tak):
    made = rule(mette, do("send", tak.pk))
    receive(mailbox, mail(ident="1@x"))
    read_on()
    run = Run.objects.get()
    assert (run.outcome, run.why, Reply.objects.count()) == ("failed", "The unit has not decided that rules may answer", 0)
    permit(unit=Unit.objects.get(triage=True), speaker=mette, by=mette, at=now())
    receive(mailbox, mail("anden", sender="b@b.example", ident="2@x"))
    read_on()
    reply = Reply.objects.get()
    assert (reply.text, reply.colleague, Run.objects.get(answered=True).rule) == ("Tak for din besked,", mette, made)


def test_two_autoresponders_do_not_write_to_each_other_for_ever(mette, mailbox, tak):
    permit(unit=Unit.objects.get(triage=True), speaker=mette, by=mette, at=now())
    rule(mette, do("send", tak.pk))
    receive(mailbox, mail("Jeg er på ferie", ident="0@x"))
    read_on()
    for n in range(1, 5):  # a machine that does not say that it is one
        receive(mailbox, mail("Jeg er på ferie", ident=f"{n}@x", references=("0@x",)))
        read_on()
    assert Reply.objects.count() == 1
    left = [did["left"] for run in Run.objects.filter(outcome="done", answered=False) for did in run.did]
    assert left == ["today"] * 4
    says_so = mail("Ude", sender="c@c.example", ident="9@x").replace(b"Subject:", b"Auto-Submitted: auto-replied\nSubject:")
    to_many = mail("Nyt", sender="l@l.example", ident="8@x").replace(b"Subject:", b"List-Id: <l.example>\nSubject:")
    receive(mailbox, says_so, to_many)
    read_on()
    assert Reply.objects.count() == 1
    assert [run.did[0]["left"] for run in Run.objects.order_by("-id")[:2]] == ["automatic"] * 2


def test_a_draft_lies_before_who_has_it_and_takes_nobodys_words(mette, jonas, mailbox, tak):
    rule(mette, do("colleague", jonas.pk), do("draft", tak.pk))
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert Draft.objects.get().text == "Tak for din besked, Karoline"
    Draft.objects.update(text="Mine ord")
    receive(mailbox, mail("igen", ident="2@x", references=("1@x",)))
    read_on()
    assert Draft.objects.get().text == "Mine ord"
    assert Run.objects.order_by("-id")[0].did[-1] == {"kind": "draft", "name": "", "left": "begun"}


def test_who_waits_too_long_is_seen_once_for_each_wait(mette, jonas, mailbox, haster):
    made = rule(mette, do("label", haster.pk), do("note", "venter"), enabled=False)
    doc = document(do("label", haster.pk), do("note", "venter")) | {"when": [{"kind": "waited", "value": 30}]}
    change(rule=made.pk, number=1, name="Venter", document=doc, by=mette, at=now() - timedelta(hours=2))
    switch(rule=made.pk, on=True, by=mette, at=now() - timedelta(hours=2))
    receive(
        mailbox,
        mail(ident="1@x", at=now() - timedelta(minutes=20)),
        mail(sender="b@b.example", ident="2@x", at=now() - timedelta(days=9)),
    )
    row = Conversation.objects.get(opener__address="karoline@vestergaard.example")
    assert wait(at=now()) == 0
    later = now() + timedelta(minutes=11)
    assert (wait(at=later), wait(at=later)) == (1, 0)
    assert (labels(row), Run.objects.get().conversation) == (["Haster"], row)
    finish(conversations=[row.pk], by=mette, at=later)
    receive(mailbox, mail("Hallo?", ident="3@x", references=("1@x",), at=later))
    assert wait(at=later + timedelta(minutes=31)) == 1
    assert Run.objects.count() == 2


def test_somebody_who_left_is_not_given_anything(mette, jonas, mailbox):
    rule(mette, do("colleague", jonas.pk))
    change_colleague(colleague=jonas.pk, by=mette, is_active=False)
    receive(mailbox, mail(ident="1@x"))
    read_on()
    assert (Run.objects.get().outcome, Conversation.objects.get().assignee) == ("failed", None)
    assert Rule.objects.get().paused_at is None
