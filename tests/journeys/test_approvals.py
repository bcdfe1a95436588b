"""Somebody else's yes before an answer leaves: when it is wanted, who can say it, what becomes of it, and that nothing leaves without."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from samspil import kit
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.conversation.actions import merge
from samspil.conversation.models import Conversation, Event, Note, Notification
from samspil.exchange.actions.forget import forget
from samspil.exchange.queries.explain import explain
from samspil.intake.actions import connect
from samspil.intake.facts import FateReported
from samspil.organisation.actions import add_competence, change_colleague, hold
from samspil.reply.actions import (
    approve,
    cancel,
    raise_waiting,
    resend,
    send_back,
    send_due,
    send_now,
    set_policy,
    take_back_yes,
    write,
)
from samspil.reply.actions.approve import DecidedAlready, NewMessage
from samspil.reply.actions.gate import NobodyToAsk
from samspil.reply.actions.policy import NoApprover, NoCondition, OutOfRange
from samspil.reply.actions.write import Empty, TooLate, WaitsForYes
from samspil.reply.models import Approval, ApprovalPolicy, Delivery, Draft, Reply
from samspil.reply.queries import draft, ledger
from samspil.reply.queries.approval import approvals_in, asked_of, waiting_for, who_can, yes_count
from samspil.reply.reactions import note_fate
from tests.journeys.approvals import FAR, Network, a_house, answer, asked, wants
from tests.journeys.conftest import mail, mail_config, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(mailbox) -> SimpleNamespace:
    return a_house(mailbox)


@pytest.fixture
def network(monkeypatch) -> Network:
    return Network(monkeypatch)


def steps(house) -> list[tuple[str, str]]:
    return [(e.data["step"], e.data["by_name"]) for e in Event.objects.filter(kind="approval").order_by("id")]


def statements_of(colleague) -> int:
    with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
        waiting_for(colleague, at=now())
    return len(orm) + len(ours)


def told(kind: str) -> list[str]:
    return sorted(Notification.objects.filter(kind=kind).values_list("colleague__name", flat=True))


# -- it waits --------------------------------------------------------------------------------------------------------------------


def test_an_answer_that_needs_a_yes_is_never_sent_without_one(house, network):
    wants(house)
    reply = answer(house)
    assert (reply.state, reply.needs_yes, reply.approved_by) == ("awaits_yes", True, None)
    assert send_due(at=now() + FAR) is None
    assert network.sent == []
    assert [line.state for line in ledger(reply.pk)] == ["awaits_yes"]
    assert told("yes_asked") == ["Lis Holm"]
    row = asked(reply)
    assert (row.state, row.reasons, row.unit, row.author) == ("waiting", [["everybody", ""]], house.shop, house.bo)
    assert steps(house) == [("asked", "Bo Holm")]
    house.conversation.refresh_from_db()
    assert house.conversation.waiting_since is not None
    with pytest.raises(WaitsForYes):
        send_now(reply=reply.pk, by=house.bo, at=now())
    assert send_due(at=now() + FAR) is None


def test_without_a_policy_nothing_waits(house, network):
    reply = answer(house)
    assert (reply.state, reply.needs_yes, Approval.objects.count()) == ("queued", False, 0)
    assert send_due(at=now() + timedelta(minutes=1)) == reply.pk


def test_what_rules_and_samspil_itself_say_asks_nobody(house):
    wants(house)
    reply = answer(house, automatic=True)
    assert (reply.state, reply.needs_yes) == ("queued", False)


@pytest.mark.parametrize("state", ["queued", "sending", "accepted", "delivered", "read", "uncertain"])
def test_the_database_itself_keeps_what_needs_a_yes_from_leaving(house, state):
    wants(house)
    reply = answer(house)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(state=state, approved_by=house.bo)
    reply.refresh_from_db()
    assert reply.state == "awaits_yes"


def test_no_report_of_a_network_moves_what_has_not_left(house):
    wants(house)
    reply = answer(house)
    for state in ("accepted", "delivered", "failed", "read"):
        report = kit.DeliveryReport(external_id="r", target=str(reply.pk), state=state, at=now())
        with step():
            note_fate([FateReported(account=reply.account_id, report=report)])
    reply.refresh_from_db()
    assert (reply.state, asked(reply).state, reply.deliveries.count()) == ("awaits_yes", "waiting", 1)


# -- a yes -----------------------------------------------------------------------------------------------------------------------


def test_a_yes_lets_it_leave_after_the_undo_time(house, network):
    wants(house)
    reply = answer(house)
    at = now()
    row = approve(approval=asked(reply).pk, by=house.lis, at=at)
    reply.refresh_from_db()
    assert (reply.state, reply.approved_by, row.state, row.decided_by) == ("queued", house.lis, "approved", house.lis)
    assert reply.send_at == at + timedelta(seconds=6)
    assert send_due(at=at + timedelta(seconds=5)) is None
    assert send_due(at=at + timedelta(seconds=6)) == reply.pk
    assert [sent.text for sent in network.sent] == ["Det ordner vi."]
    assert network.sent[0].author == "Bo Holm"
    assert [(line.state, line.by and line.by.name) for line in ledger(reply.pk)] == [
        ("awaits_yes", "Bo Holm"),
        ("queued", "Lis Holm"),
        ("accepted", None),
    ]
    assert steps(house) == [("asked", "Bo Holm"), ("approved", "Lis Holm")]


def test_what_was_put_off_leaves_at_the_later_of_both_times(house, network):
    wants(house)
    tomorrow = now() + timedelta(days=1)
    reply = answer(house, send_at=tomorrow)
    approve(approval=asked(reply).pk, by=house.lis, at=now())
    reply.refresh_from_db()
    assert reply.send_at == tomorrow
    late = answer(house, send_at=now() + timedelta(seconds=1))
    at = now() + timedelta(hours=3)
    approve(approval=asked(late).pk, by=house.lis, at=at)
    late.refresh_from_db()
    assert late.send_at == at + timedelta(seconds=6)


def test_changed_and_said_yes_to_keeps_both_wordings(house, network):
    wants(house)
    reply = answer(house, text="Du får 500 kr.")
    row = approve(approval=asked(reply).pk, by=house.lis, at=now(), text="Du får 300 kr.")
    assert (row.before, row.state) == ("Du får 500 kr.", "approved")
    send_due(at=now() + timedelta(minutes=1))
    assert [sent.text for sent in network.sent] == ["Du får 300 kr."]
    assert told("yes_changed") == ["Bo Holm"]
    assert steps(house)[-1] == ("changed", "Lis Holm")


def test_an_empty_or_too_long_change_is_refused_and_it_waits_on(house):
    wants(house)
    reply = answer(house)
    with pytest.raises(Empty):
        approve(approval=asked(reply).pk, by=house.lis, at=now(), text="  ")
    reply.refresh_from_db()
    assert (reply.state, reply.text, asked(reply).state, steps(house)) == (
        "awaits_yes", "Det ordner vi.", "waiting", [("asked", "Bo Holm")],
    )  # fmt: skip


def test_a_yes_can_be_taken_back_until_it_has_left(house, network):
    wants(house)
    reply = answer(house, text="Du får 500 kr.")
    approve(approval=asked(reply).pk, by=house.lis, at=now(), text="Du får 300 kr.")
    with pytest.raises(NotAllowed):
        take_back_yes(approval=asked(reply).pk, by=house.mia, at=now())
    take_back_yes(approval=asked(reply).pk, by=house.lis, at=now())
    reply.refresh_from_db()
    assert (reply.state, reply.text, reply.approved_by) == ("awaits_yes", "Du får 500 kr.", None)
    assert (asked(reply).state, asked(reply).before, asked(reply).decided_by) == ("waiting", "", None)
    assert send_due(at=now() + FAR) is None
    approve(approval=asked(reply).pk, by=house.lis, at=now())
    assert send_due(at=now() + FAR) == reply.pk
    with pytest.raises(TooLate):
        take_back_yes(approval=asked(reply).pk, by=house.lis, at=now())
    assert steps(house) == [
        ("asked", "Bo Holm"), ("changed", "Lis Holm"), ("undone", "Lis Holm"), ("approved", "Lis Holm"),
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["bo", "ida", "otto", "mia"])
def test_only_who_may_says_yes_and_never_the_author(house, who):
    wants(house)
    reply = answer(house)
    for deed in (
        lambda: approve(approval=asked(reply).pk, by=getattr(house, who), at=now()),
        lambda: send_back(approval=asked(reply).pk, by=getattr(house, who), word="Nej", at=now()),
    ):
        with pytest.raises(NotAllowed):
            deed()
    reply.refresh_from_db()
    assert (reply.state, asked(reply).state, Note.objects.count()) == ("awaits_yes", "waiting", 0)


def test_a_leads_own_answer_goes_to_another_and_where_there_is_none_to_those_above(house):
    wants(house)
    reply = answer(house, house.lis)
    assert told("yes_asked") == ["Mia Holm", "Otto Holm"]
    with pytest.raises(NotAllowed):
        approve(approval=asked(reply).pk, by=house.lis, at=now())
    approve(approval=asked(reply).pk, by=house.otto, at=now())
    reply.refresh_from_db()
    assert reply.approved_by == house.otto


def test_where_nobody_but_the_author_could_say_yes_nothing_is_written(house):
    wants(house)
    for colleague in (house.lis, house.otto):
        change_colleague(colleague=colleague.pk, by=house.mia, is_active=False)
    with pytest.raises(NobodyToAsk):
        answer(house, house.mia)
    assert (Reply.objects.count(), Approval.objects.count(), Delivery.objects.count(), steps(house)) == (0, 0, 0, [])


# -- sent back, withdrawn --------------------------------------------------------------------------------------------------------


def test_sent_back_with_a_word_it_is_the_authors_draft_again(house):
    wants(house)
    reply = answer(house, text="Du får 500 kr.")
    with pytest.raises(Empty):
        send_back(approval=asked(reply).pk, by=house.lis, word=" ", at=now())
    send_back(approval=asked(reply).pk, by=house.lis, word="Højst 300.", at=now())
    reply.refresh_from_db()
    back = draft(house.conversation.pk, house.bo)
    assert back is not None
    assert (reply.state, asked(reply).state, asked(reply).word, back.text) == (
        "cancelled",
        "returned",
        "Højst 300.",
        "Du får 500 kr.",
    )
    assert [(n.colleague, n.text) for n in Note.objects.all()] == [(house.lis, "Højst 300.")]
    assert told("yes_back") == ["Bo Holm"]
    assert send_due(at=now() + FAR) is None
    with pytest.raises(DecidedAlready, match="Lis Holm"):
        approve(approval=asked(reply).pk, by=house.lis, at=now())


def test_what_the_author_wrote_meanwhile_stays_below_what_comes_back(house):
    wants(house)
    reply = answer(house, text="Først")
    Draft.objects.create(conversation=house.conversation, colleague=house.bo, text="Så", saved_at=now())
    send_back(approval=asked(reply).pk, by=house.lis, word="Venligere", at=now())
    assert Draft.objects.get(colleague=house.bo).text == "Først\n\nSå"


def test_the_author_can_withdraw_it(house):
    wants(house)
    reply = answer(house, text="Ups")
    cancel(reply=reply.pk, by=house.bo, at=now())
    reply.refresh_from_db()
    assert (reply.state, asked(reply).state, asked(reply).decided_by) == ("cancelled", "withdrawn", house.bo)
    assert Draft.objects.get(colleague=house.bo).text == "Ups"
    assert yes_count(house.lis) == 0
    with pytest.raises(DecidedAlready):
        approve(approval=asked(reply).pk, by=house.lis, at=now())
    assert send_due(at=now() + FAR) is None
    assert steps(house) == [("asked", "Bo Holm"), ("withdrawn", "Bo Holm")]


def test_taken_back_within_the_undo_time_of_a_yes_it_is_a_draft(house):
    wants(house)
    reply = answer(house)
    approve(approval=asked(reply).pk, by=house.lis, at=now())
    cancel(reply=reply.pk, by=house.bo, at=now())
    assert (asked(reply).state, asked(reply).decided_by) == ("withdrawn", house.lis)
    assert send_due(at=now() + FAR) is None


# -- the consumer writes again ---------------------------------------------------------------------------------------------------


def test_a_new_message_since_asks_once_more(house):
    wants(house)
    reply = answer(house)
    receive(house.mailbox, mail("Det haster ikke alligevel", ident="b@x.example", references=("a@x.example",)))
    seen = approvals_in(house.conversation, at=now())[reply.pk].since
    assert seen is not None
    with pytest.raises(NewMessage):
        approve(approval=asked(reply).pk, by=house.lis, at=now())
    reply.refresh_from_db()
    assert (reply.state, steps(house)) == ("awaits_yes", [("asked", "Bo Holm")])
    receive(house.mailbox, mail("Eller jo", ident="c@x.example", references=("b@x.example",)))
    with pytest.raises(NewMessage):
        approve(approval=asked(reply).pk, by=house.lis, at=now(), heard=seen)
    newest = approvals_in(house.conversation, at=now())[reply.pk].since
    approve(approval=asked(reply).pk, by=house.lis, at=now(), heard=newest)
    reply.refresh_from_db()
    assert reply.state == "queued"


# -- when it is wanted -----------------------------------------------------------------------------------------------------------


def test_the_first_answers_of_a_new_colleague(house, network):
    wants(house, everybody=False, first_answers=1)
    reply = answer(house)
    assert (reply.state, asked(reply).reasons) == ("awaits_yes", [["first", "1"]])
    approve(approval=asked(reply).pk, by=house.lis, at=now())
    assert send_due(at=now() + FAR) == reply.pk
    assert answer(house).state == "queued"
    assert answer(house, house.ida).state == "awaits_yes"


def test_below_a_level_of_the_conversations_competence_and_who_holds_it_can_say_yes(house):
    skill = add_competence(name="Batteri")
    for who, level in ((house.bo, 2), (house.ida, 4)):
        hold(colleague=who, competence=skill.pk, level=level)
    wants(house, everybody=False, below_level=3, by_leads=False, by_level=True)
    assert answer(house).state == "queued"
    Conversation.objects.update(competence=skill)
    reply = answer(house)
    assert (reply.state, asked(reply).reasons) == ("awaits_yes", [["level", "3"]])
    assert answer(house, house.ida).state == "queued"
    with pytest.raises(NotAllowed):
        approve(approval=asked(reply).pk, by=house.lis, at=now())
    approve(approval=asked(reply).pk, by=house.ida, at=now())
    reply.refresh_from_db()
    assert reply.approved_by == house.ida


def test_on_chosen_accounts_with_words_or_an_amount(house):
    other = connect(channel="mail", name="Anden", config={**mail_config(), "address": "b@firma.example"}, own=["b@firma.example"])
    wants(house, everybody=False, accounts=[other.pk], words=["refusion"], amount=Decimal(500))
    assert answer(house, text="Du får refusion").state == "queued"
    wants(house, everybody=False, accounts=[house.mailbox.pk], words=["refusion"], amount=Decimal(500))
    assert answer(house, text="Du får 499,95 kr. tilbage").state == "queued"
    many = answer(house, text="Du får 1.200 kr. tilbage")
    word = answer(house, text="Du får REFUSION.")
    assert (many.state, asked(many).reasons) == ("awaits_yes", [["amount", "1200"]])
    assert (word.state, asked(word).reasons) == ("awaits_yes", [["word", "refusion"]])


def test_the_authors_own_unit_may_want_it_where_the_conversations_does_not(house):
    wants(house)
    Conversation.objects.update(unit=house.above)
    reply = answer(house)
    assert (reply.state, asked(reply).unit) == ("awaits_yes", house.shop)
    assert answer(house, house.otto).state == "queued"


# -- who and when ----------------------------------------------------------------------------------------------------------------


def test_named_colleagues_say_yes_and_only_who_sees_the_conversation(house):
    wants(house, by_leads=False, named=[house.ida.pk, house.otto.pk])
    house.shop.closed = True
    house.shop.save()
    reply = answer(house)
    assert list(who_can([asked_of(asked(reply))])[asked(reply).pk].values()) == ["Ida Holm"]
    with pytest.raises(NotFound):
        approve(approval=asked(reply).pk, by=house.otto, at=now())
    approve(approval=asked(reply).pk, by=house.ida, at=now())
    reply.refresh_from_db()
    assert reply.approved_by == house.ida


def test_what_waits_for_whom_is_counted_and_listed(house):
    wants(house)
    first, second = answer(house), answer(house, house.ida, "Tak")
    assert [(yes_count(c)) for c in (house.lis, house.bo, house.ida, house.mia)] == [2, 0, 0, 0]
    assert [s.row.reply for s in waiting_for(house.lis, at=now())] == [first, second]
    assert waiting_for(house.bo, at=now()) == []
    few = statements_of(house.lis)
    for n in range(6):
        answer(house, text=f"Nr. {n}")
    assert len(waiting_for(house.lis, at=now())) == 8
    assert (few, statements_of(house.lis)) == (9, 9)


def test_nobody_at_work_is_said_and_in_time_those_above_are_asked(house):
    wants(house, raise_minutes=30)
    house.lis.away_until = now() + timedelta(days=2)
    house.lis.save()
    reply = answer(house)
    shown = approvals_in(house.conversation, at=now())[reply.pk]
    assert (shown.here, shown.back_at) == (0, house.lis.away_until)
    assert raise_waiting(at=now() + timedelta(minutes=29)) == 0
    assert raise_waiting(at=now() + timedelta(minutes=31)) == 1
    assert raise_waiting(at=now() + timedelta(minutes=32)) == 0
    assert told("yes_asked") == ["Lis Holm", "Mia Holm", "Otto Holm"]
    assert (yes_count(house.otto), yes_count(house.lis)) == (1, 1)
    approve(approval=asked(reply).pk, by=house.otto, at=now())
    assert steps(house) == [("asked", "Bo Holm"), ("raised", ""), ("approved", "Otto Holm")]


# -- setting it ------------------------------------------------------------------------------------------------------------------


def test_leads_and_administrators_set_it_and_its_history_stays(house):
    for who in (house.bo, house.otto):
        with pytest.raises(NotAllowed):
            set_policy(unit=house.shop, by=who, at=now(), active=True, everybody=True)
    assert ApprovalPolicy.objects.count() == 0
    wants(house)
    wants(house)
    set_policy(unit=house.shop, by=house.mia, at=now(), active=False, everybody=True)
    rows = ApprovalPolicy.objects.order_by("at")
    assert [(r.active, r.by, r.ended_at is None) for r in rows] == [(True, house.lis, False), (False, house.mia, True)]
    assert answer(house).state == "queued"


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"everybody": True, "by_leads": False}, NoApprover),
        ({"everybody": True, "by_leads": False, "by_level": True}, NoApprover),
        ({}, NoCondition),
        ({"below_level": 6}, OutOfRange),
        ({"everybody": True, "raise_minutes": 0}, OutOfRange),
        ({"amount": Decimal(-1)}, OutOfRange),
    ],
)
def test_what_could_not_work_is_not_switched_on(house, how, error):
    with pytest.raises(error):
        set_policy(unit=house.shop, by=house.mia, at=now(), active=True, **how)
    assert ApprovalPolicy.objects.count() == 0


def test_a_unit_whose_approvers_are_gone_cannot_switch_on(house):
    change_colleague(colleague=house.lis.pk, by=house.mia, is_active=False)
    with pytest.raises(NoApprover):
        set_policy(unit=house.shop, by=house.mia, at=now(), active=True, everybody=True)
    assert ApprovalPolicy.objects.count() == 0


# -- around it -------------------------------------------------------------------------------------------------------------------


def test_sent_again_the_yes_to_these_words_holds(house, network):
    wants(house)
    reply = answer(house)
    approve(approval=asked(reply).pk, by=house.lis, at=now())
    network.answer = kit.Unreachable("no")
    send_due(at=now() + FAR)
    reply.refresh_from_db()
    assert reply.state == "failed"
    again = resend(reply=reply.pk, by=house.lis, at=now())
    assert (again.state, again.colleague, again.approved_by) == ("queued", house.bo, house.lis)


def test_with_two_conversations_made_one_it_goes_along(house, mailbox):
    wants(house)
    reply = answer(house)
    receive(mailbox, mail("Et andet spørgsmål", ident="z@x.example", subject="Lygten"))
    other = Conversation.objects.exclude(pk=house.conversation.pk).get()
    merge(kept=other.pk, absorbed=house.conversation.pk, by=house.lis, at=now())
    reply.refresh_from_db()
    assert (reply.conversation, asked(reply).conversation) == (other, other)
    seen = approvals_in(other, at=now())[reply.pk].since
    approve(approval=asked(reply).pk, by=house.lis, at=now(), heard=seen)
    reply.refresh_from_db()
    assert reply.state == "queued"


def test_an_explanation_tells_of_it(house, network):
    wants(house, everybody=False, words=["refusion"])
    reply = answer(house, text="Du får refusion")
    approve(approval=asked(reply).pk, by=house.lis, at=now(), text="Du får ingen refusion")
    send_due(at=now() + FAR)
    said = [(m.what, m.why) for m in explain(str(reply.pk)).messages[0] if m.stage == "approval"]
    assert said == [
        ("a yes asked for by Bo Holm", "word: refusion"),
        ("approved by Lis Holm, in other words than the author's", ""),
    ]


def test_the_consumer_sees_nothing_of_it(house, network):
    wants(house)
    reply = answer(house)
    approve(approval=asked(reply).pk, by=house.lis, at=now(), text="Med venlig hilsen")
    send_due(at=now() + FAR)
    [sent] = network.sent
    assert "Lis" not in repr(sent)


def test_a_person_who_is_forgotten_takes_it_along(house):
    wants(house)
    reply = answer(house, text="Du får 500 kr.")
    approve(approval=asked(reply).pk, by=house.lis, at=now(), text="Du får 300 kr.")
    answer(house)
    forget(consumer=house.conversation.consumer_id, by=house.mia, at=now())
    assert (Reply.objects.count(), Approval.objects.count()) == (0, 0)


def test_the_same_page_sending_twice_asks_once(house):
    wants(house)
    reply = answer(house)
    again = write(conversation=house.conversation.pk, by=house.bo, text="Det ordner vi.", at=now(), ident=reply.pk)
    assert (again, Approval.objects.count(), told("yes_asked")) == (reply, 1, ["Lis Holm"])
