"""Answers by themselves: dry run, switched on, written to, sent after its delay with its line, written back to, and a colleague has it."""

from datetime import timedelta

import pytest
from django.test import override_settings

from samspil.assist import ports
from samspil.assist.actions import (
    TooLate,
    answer_due,
    approve,
    arrange_auto,
    auto_send,
    consider,
    correct,
    refuse_for,
    settle_silence,
    stop,
)
from samspil.assist.models import AutoAnswer, AutoCase, AutoRun, AutoSetting, Pair
from samspil.assist.queries.auto import LINES, setting_of
from samspil.assist.reactions import answer, measure
from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.actions import note, snooze
from samspil.conversation.facts import MessageJoined
from samspil.conversation.models import Conversation, Notification
from samspil.exchange.actions.forget import forget
from samspil.exchange.queries import explain
from samspil.intake.models import Account, Interaction
from samspil.organisation.actions import take_in
from samspil.organisation.models import Unit
from samspil.reply.actions import cancel, keep_ready, save_draft, send_due, write
from samspil.reply.actions.outbound import outbound_of
from samspil.reply.facts import ReplyWritten
from samspil.reply.models import Draft, Reply
from tests.journeys.auto import ASKS, chat_account, messages_of, switched_on, writes
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(tmp_path):
    with override_settings(SAMSPIL_ASSIST=tmp_path / "assist"):
        yield
    ports.fill(verdicts=lambda _: {})


@pytest.fixture
def unit(organisation) -> Unit:
    return Unit.objects.get(triage=True)


@pytest.fixture
def chat(organisation) -> Account:
    return chat_account()


def look(*conversations: Conversation) -> int:
    """What the reaction does with their first messages."""
    return consider(interactions=[messages_of(c)[0] for c in conversations], at=now())


def heard(row: Conversation, *, opened: bool = False, automatic: str = "") -> None:
    """What the log tells of the newest message of a conversation."""
    message = Interaction.objects.get(pk=messages_of(row)[-1])
    answer(
        [
            MessageJoined(
                interaction=message.pk,
                conversation=row.pk,
                consumer=row.consumer_id,
                handle=message.handle_id,
                account=message.account_id,
                at=message.at,
                opened=opened,
                automatic=automatic,
            )
        ]
    )


def later(minutes: float = 6):
    return now() + timedelta(minutes=minutes)


def test_the_whole_way(mette, jonas, unit, chat):
    setting = switched_on(unit, mette, chat)
    assert (setting.enabled, setting.number, setting.speaker) == (True, 1, mette)
    row = writes(chat, ASKS)
    assert look(row) == 1
    [run] = AutoRun.objects.all()
    assert (run.state, run.why, run.conversation_id) == ("waiting", "", row.pk)
    assert run.likely is not None
    assert run.likely >= 0.9
    assert answer_due(at=now()) is None
    assert Reply.objects.count() == 0
    at = later()
    assert answer_due(at=at) == run.pk
    reply = Reply.objects.get()
    name = "Triage" if unit.name == "Triage" else unit.name
    assert reply.text == (
        "Hello Visitor, hold the button on the battery for ten seconds until the lamp turns green, then it charges again. "
        f"{name}\n\n{LINES['en']}"
    )
    assert (reply.by_itself, reply.colleague, reply.state, (reply.send_at - at).total_seconds()) == (True, mette, "queued", 6.0)
    assert send_due(at=at + timedelta(seconds=7)) == reply.pk
    sent = Interaction.objects.get(reply=reply)
    assert (sent.colleague, sent.data["automatic"]) == (None, "by-itself")
    row.refresh_from_db()
    assert (row.waiting_since, row.assignee) == (None, None)
    first = Interaction.objects.get(pk=messages_of(row)[0])
    back = writes(chat, "It still does not work, and now?")
    assert back.pk == row.pk
    heard(back)
    run.refresh_from_db()
    assert (run.right, run.verdict) == (False, "wrote")
    row.refresh_from_db()
    assert row.waiting_since == first.at
    assert AutoRun.objects.count() == 1
    assert answer_due(at=later(60)) is None
    assert Reply.objects.count() == 1


def test_a_ready_text_that_is_worded_anew_or_expired_is_not_sent(mette, unit, chat):
    switched_on(unit, mette, chat)
    row = writes(chat, ASKS)
    look(row)
    ready = AutoAnswer.objects.get(language="en").ready
    assert ready is not None
    keep_ready(
        by=mette, at=now(), ready=ready.pk, key="lamp", name=ready.name, text=ready.text, text_en="Something else entirely."
    )
    answer_due(at=later())
    assert (AutoRun.objects.get().state, AutoRun.objects.get().why) == ("withdrawn", "gone")
    AutoAnswer.objects.update(expires_at=now())
    assert look(writes(chat, ASKS + " Thank you", visitor="b" * 32)) == 0
    assert AutoRun.objects.filter(state="left").get().why == "language"
    assert Reply.objects.count() == 0


def test_stop_makes_it_a_draft(mette, jonas, unit, chat):
    switched_on(unit, mette, chat)
    row = writes(chat, ASKS)
    look(row)
    run = AutoRun.objects.get()
    stop(run=run.pk, by=jonas, at=now())
    draft = Draft.objects.get()
    assert (draft.colleague, draft.text) == (
        jonas,
        "Hello Visitor, hold the button on the battery for ten seconds until the lamp turns green, then it charges again. Jonas",
    )
    with pytest.raises(TooLate):
        stop(run=run.pk, by=mette, at=now())
    assert answer_due(at=later()) is None
    assert Reply.objects.count() == 0
    run.refresh_from_db()
    assert (run.state, run.by) == ("stopped", jonas)


@pytest.mark.parametrize("what", ["answer", "draft", "snooze", "again", "off", "left"])
def test_what_happens_within_the_delay_withdraws_it(mette, jonas, unit, chat, what):
    switched_on(unit, mette, chat)
    row = writes(chat, ASKS)
    look(row)
    if what == "answer":
        write(conversation=row.pk, by=jonas, text="I look at it", at=now())
    elif what == "draft":
        save_draft(conversation=row.pk, by=jonas, text="I lo", at=now())
    elif what == "snooze":
        snooze(conversations=[row.pk], by=jonas, until=later(90), at=now())
    elif what == "again":
        writes(chat, "Are you there")
    elif what == "off":
        arrange_auto(unit=unit.pk, by=mette, at=now(), values={}, enabled=False)
    else:
        AutoSetting.objects.update(speaker=jonas)
        type(jonas).objects.filter(pk=jonas.pk).update(is_active=False)
    answer_due(at=later())
    run = AutoRun.objects.get()
    why = {"answer": "human", "draft": "human", "snooze": "done", "again": "ongoing", "off": "off", "left": "nobody"}[what]
    assert (run.state, run.why, run.reply) == ("withdrawn", why, None)
    assert Reply.objects.filter(by_itself=True).count() == 0


def test_never_what_a_machine_wrote_and_two_machines_come_to_rest(mette, unit, chat, mailbox):
    switched_on(unit, mette, chat, delay_minutes=0)
    raw = mail(ASKS, ident="1@x", sender="Bot <bot@other.example>").replace(
        b"Subject:", b"Auto-Submitted: auto-replied\nSubject:"
    )
    receive(mailbox, raw)
    heard(Conversation.objects.get(placements__interaction__data__automatic="auto-reply"), opened=True, automatic="auto-reply")
    assert AutoRun.objects.count() == 0
    for n in range(4):  # one that does not say that it is a machine, and begins anew each time
        receive(mailbox, mail(ASKS, ident=f"m{n}@x", sender="Sly <sly@other.example>", subject=f"Ticket {n}"))
        look(Conversation.objects.filter(subject=f"Ticket {n}").get())
        answer_due(at=now())
    assert Reply.objects.count() == 1
    assert sorted(AutoRun.objects.values_list("state", "why")) == [("left", "again")] * 3 + [("sent", "")]
    told = outbound_of(reply=Reply.objects.select_related("handle", "account", "colleague", "conversation", "in_reply_to").get())
    assert (told.automatic, told.author) == (True, "")


def test_the_brake_of_an_hour(mette, unit, chat):
    switched_on(unit, mette, chat, per_hour=2)
    rows = [writes(chat, f"{ASKS} {n}", visitor=f"{n:032x}") for n in range(4)]
    assert look(*rows[:3]) == 2
    assert look(rows[3]) == 0
    assert sorted(AutoRun.objects.values_list("state", "why")) == [("left", "storm")] * 2 + [("waiting", "")] * 2


def test_the_same_told_twice_is_looked_at_once_and_sent_once(mette, unit, chat, monkeypatch):
    switched_on(unit, mette, chat)
    row = writes(chat, ASKS)
    assert (look(row), look(row)) == (1, 0)
    real = auto_send.write

    def dies(**values):
        real(**values)
        raise SystemExit

    monkeypatch.setattr(auto_send, "write", dies)
    with pytest.raises(SystemExit):
        answer_due(at=later())
    assert (AutoRun.objects.get().state, Reply.objects.count()) == ("waiting", 0)
    monkeypatch.setattr(auto_send, "write", real)
    assert answer_due(at=later()) is not None
    assert answer_due(at=later()) is None
    assert Reply.objects.count() == 1


def test_who_refused_it_is_not_answered_so(mette, unit, chat):
    switched_on(unit, mette, chat, delay_minutes=0)
    row = writes(chat, ASKS)
    look(row)
    answer_due(at=now())
    run = AutoRun.objects.get()
    refuse_for(run=run.pk, by=mette, at=now())
    AutoRun.objects.update(at=now() - timedelta(days=3))
    Conversation.objects.filter(pk=row.pk).update(status="done", last_at=now() - timedelta(days=60))
    sql.run("UPDATE conversation_placement SET at = at - interval '60 days'")
    again = writes(chat, f"{ASKS} It began today.")
    if again.pk != row.pk:
        look(again)
        assert AutoRun.objects.exclude(pk=run.pk).get().why == "refused"
    assert Reply.objects.count() == 1


def test_wrong_ones_switch_it_off_and_leads_are_told(mette, jonas, unit, chat):
    lead = take_in(email="lea@firma.example", name="Lea", password="cykelkurv-i-sne", role="lead", unit=unit)
    switched_on(unit, mette, chat, delay_minutes=0)
    for n in range(3):
        row = writes(chat, f"{ASKS} {n}", visitor=f"{n:032x}")
        look(row)
        answer_due(at=now())
    first, second, third = AutoRun.objects.order_by("at", "id")
    correct(run=first.pk, by=jonas, at=now())
    assert setting_of(unit.pk).enabled
    correct(run=first.pk, by=jonas, at=now(), wrong=False)
    correct(run=first.pk, by=jonas, at=now())
    correct(run=second.pk, by=jonas, at=now())
    correct(run=third.pk, by=jonas, at=now())
    off = setting_of(unit.pk)
    assert (off.enabled, off.by, off.why) == (False, None, "fallen")
    told = Notification.objects.filter(kind="auto_off").values_list("colleague", flat=True)
    assert set(told) == {mette.pk, lead.pk}
    assert look(writes(chat, f"{ASKS} once more", visitor="f" * 32)) == 0
    with pytest.raises(TooLate):
        stop(run=first.pk, by=jonas, at=now())


def test_silence_thanks_and_what_people_say_of_it_are_verdicts(mette, unit, chat):
    switched_on(unit, mette, chat, delay_minutes=0)
    rows = [writes(chat, f"{ASKS} {n}", visitor=f"{n:032x}") for n in range(3)]
    look(*rows)
    while answer_due(at=now()):
        pass
    heard(writes(chat, "Thank you, that is great", visitor=f"{1:032x}"))
    ports.fill(verdicts=lambda _: {rows[2].pk: False})
    settle_silence(at=now())
    found = {r.conversation_id: (r.right, r.verdict) for r in AutoRun.objects.all()}
    assert found == {rows[0].pk: (None, ""), rows[1].pk: (True, "thanks"), rows[2].pk: (False, "pulse")}
    settle_silence(at=now() + timedelta(days=4))
    assert AutoRun.objects.get(conversation=rows[0]).verdict == "silence"


def test_taking_it_back_within_the_undo_time(mette, jonas, unit, chat):
    switched_on(unit, mette, chat, delay_minutes=0)
    row = writes(chat, ASKS)
    look(row)
    answer_due(at=now())
    reply = Reply.objects.get()
    cancel(reply=reply.pk, by=jonas, at=now())
    measure([ReplyWritten(reply=reply.pk, conversation=row.pk, by=jonas.pk, cancelled=True)])
    assert AutoRun.objects.get().state == "stopped"
    assert Draft.objects.get().colleague == jonas
    assert send_due(at=later()) is None


def test_one_message_and_many_cost_the_same_number_of_statements(mette, unit, chat):
    with sql.counted() as seen:
        assert look(writes(chat, "Hello there my friends")) == 0
    before = len(seen)
    switched_on(unit, mette, chat, per_hour=100)
    rows = [writes(chat, f"{ASKS} {n}", visitor=f"{n:032x}") for n in range(6)]
    look(rows[0])
    with sql.counted() as one:
        look(rows[1])
    with sql.counted() as many:
        look(*rows[2:])
    assert len(one) == len(many)
    assert len(many) <= 10
    assert before >= 1


def test_of_a_forgotten_person_nothing_stays(mette, unit, chat):
    switched_on(unit, mette, chat, delay_minutes=0)
    row = writes(chat, ASKS)
    look(row)
    answer_due(at=now())
    pair = Pair.objects.order_by("id").first()
    assert pair is not None
    owner = Conversation.objects.get(placements__interaction=pair.question_id).consumer_id
    approve(unit=unit.pk, by=mette, at=now(), pair=pair.pk)
    forget(consumer=owner, by=mette, at=now())
    gone = AutoAnswer.objects.get(ready=None)
    assert (gone.text, gone.pair, gone.ended_at is None) == ("", None, False)
    assert not AutoCase.objects.filter(interaction=pair.question_id).exists()
    forget(consumer=row.consumer_id, by=mette, at=now())
    assert AutoRun.objects.count() == 0


def test_it_is_explained(mette, unit, chat):
    switched_on(unit, mette, chat, delay_minutes=0)
    row = writes(chat, ASKS)
    look(row)
    answer_due(at=now())
    told = [line.what for line in explain(str(row.pk)).afterwards if line.stage == "by itself"]
    assert len(told) == 1
    assert told[0].startswith("sent by itself")
    assert any("by itself" in line.what for lines in explain(str(Reply.objects.get().pk)).messages for line in lines)


def test_a_note_does_not_hinder_it(mette, jonas, unit, chat):
    switched_on(unit, mette, chat)
    row = writes(chat, ASKS)
    note(conversation=row.pk, by=jonas, text="Look", at=now())
    assert look(row) == 1
