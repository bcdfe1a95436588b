"""A colleague answers: queued, taken back, sent, failed, uncertain, sent again; and what networks report."""

from datetime import timedelta

import pytest

from samspil import kit
from samspil.base import registry, sql
from samspil.base.again import TRIES
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Notification
from samspil.intake.actions.write import Received
from samspil.intake.actions.write import write as write_log
from samspil.intake.models import Handle, Interaction
from samspil.reply.actions import cancel, recover_stale, resend, send_due, write
from samspil.reply.actions.write import Empty, NotLater, NoWay, TooLate
from samspil.reply.models import Delivery, Draft, Reply
from samspil.reply.queries import draft, ledger, ways
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(mailbox):
    receive(mailbox, mail(ident="a@x.example"))
    return Conversation.objects.get()


@pytest.fixture
def network(monkeypatch):
    """The mail channel's way out, replaced: it gives or raises what the test puts in and keeps what was sent."""

    class Network:
        answer: object = kit.Sent(external_id="our@firma.example")
        sent: list[kit.Outbound] = []

        def send(self, outbound: kit.Outbound, account: kit.Account) -> kit.Sent:
            self.sent.append(outbound)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    double = Network()
    double.sent = []
    monkeypatch.setattr(registry.channel("mail"), "send", double.send, raising=False)
    return double


def written(conversation, by, text="Hej Karoline, det ordner vi."):
    return write(conversation=conversation.pk, by=by, text=text, at=now())


def states(reply) -> list[str]:
    return [line.state for line in ledger(reply.pk)]


def due():
    return send_due(at=now() + timedelta(minutes=1))


def test_an_answer_waits_for_the_undo_time_and_then_leaves(conversation, mette, network):
    reply = written(conversation, mette)
    assert send_due(at=now()) is None
    assert network.sent == []
    assert due() == reply.pk
    [sent] = network.sent
    assert (sent.id, sent.to.address, sent.in_reply_to, list(sent.references)) == (
        str(reply.pk), "karoline@vestergaard.example", "a@x.example", ["a@x.example"],
    )  # fmt: skip
    assert sent.subject == "Sv: Batteriet"
    reply.refresh_from_db()
    assert (reply.state, reply.external_id, states(reply)) == ("accepted", "our@firma.example", ["queued", "accepted"])
    out = Interaction.objects.get(outgoing=True)
    assert (out.text, out.colleague, out.handle.address) == (reply.text, mette, "karoline@vestergaard.example")
    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.messages, conversation.assignee) == (None, 2, mette)
    assert due() is None


def test_the_answer_to_our_answer_joins_by_the_id_it_left_with(conversation, mette, network, mailbox):
    written(conversation, mette)
    due()
    receive(mailbox, mail(ident="b@x.example", references=("our@firma.example",), sender="nogen@andet.example"))
    assert Conversation.objects.get().messages == 3


def test_the_same_page_sending_twice_writes_one(conversation, mette):
    ident = new_id()
    first = write(conversation=conversation.pk, by=mette, text="Hej", ident=ident, at=now())
    again = write(conversation=conversation.pk, by=mette, text="Hej", ident=ident, at=now())
    assert first == again
    assert (Reply.objects.count(), Delivery.objects.count()) == (1, 1)


def test_taking_back_makes_it_a_draft_again(conversation, mette, network):
    reply = written(conversation, mette, "Ups")
    cancel(reply=reply.pk, by=mette, at=now())
    assert due() is None
    assert network.sent == []
    back = draft(conversation.pk, mette)
    assert back is not None
    assert back.text == "Ups"
    with pytest.raises(TooLate):
        cancel(reply=reply.pk, by=mette, at=now())
    assert states(reply) == ["queued", "cancelled"]


def test_what_was_sent_cannot_be_taken_back(conversation, mette, network):
    reply = written(conversation, mette)
    due()
    with pytest.raises(TooLate):
        cancel(reply=reply.pk, by=mette, at=now())
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(("text", "later", "error"), [("  ", None, Empty), ("Hej", timedelta(minutes=-1), NotLater)])
def test_refusals_change_nothing(conversation, mette, text, later, error):
    with pytest.raises(error):
        write(conversation=conversation.pk, by=mette, text=text, at=now(), send_at=now() + later if later else None)
    assert Reply.objects.count() == 0


def test_a_network_that_asks_for_patience_is_tried_again(conversation, mette, network):
    reply = written(conversation, mette)
    network.answer = kit.TryLater("421 busy", after=90)
    due()
    reply.refresh_from_db()
    assert (reply.state, reply.attempts, states(reply)) == ("queued", 1, ["queued", "queued"])
    assert reply.send_at > now() + timedelta(seconds=80)
    network.answer = kit.Sent(external_id="our@firma.example")
    assert send_due(at=now() + timedelta(minutes=3)) == reply.pk
    reply.refresh_from_db()
    assert (reply.state, reply.attempts) == ("accepted", 2)


def test_a_refused_address_fails_with_the_servers_words_and_is_marked(conversation, mette, network):
    reply = written(conversation, mette)
    network.answer = kit.Unreachable("550 5.1.1 no such user", permanent=True)
    due()
    reply.refresh_from_db()
    assert (reply.state, reply.detail) == ("failed", "550 5.1.1 no such user")
    handle = Handle.objects.get()
    assert handle.dead_at is not None
    assert handle.dead_why == "550 5.1.1 no such user"
    assert Notification.objects.get().kind == "failed"
    assert Interaction.objects.filter(outgoing=True).count() == 0
    with pytest.raises(NoWay):
        written(conversation, mette, "igen")
    assert Reply.objects.count() == 1


def test_a_lost_answer_is_uncertain_and_never_sent_again_by_itself(conversation, mette, network):
    reply = written(conversation, mette)
    network.answer = kit.Uncertain("the connection broke")
    due()
    reply.refresh_from_db()
    assert reply.state == "uncertain"
    assert send_due(at=now() + timedelta(days=2)) is None
    assert len(network.sent) == 1
    network.answer = kit.Sent(external_id="second@firma.example")
    again = resend(reply=reply.pk, by=mette, at=now())
    due()
    again.refresh_from_db()
    assert (again.state, again.resend_of) == ("accepted", reply)
    assert network.sent[1].id != network.sent[0].id
    with pytest.raises(TooLate):
        resend(reply=reply.pk, by=mette, at=now())


def test_a_lost_answer_is_tried_again_where_that_cannot_post_twice_and_not_for_ever(conversation, mette, network, monkeypatch):
    monkeypatch.setattr(registry.channel("mail"), "capabilities", kit.Capabilities(threads=True, idempotent=True), raising=False)
    reply = written(conversation, mette)
    network.answer = kit.Uncertain("the connection broke")
    at = now()
    for _ in range(TRIES):
        at += timedelta(hours=2)
        assert send_due(at=at) == reply.pk
        reply.refresh_from_db()
    assert (reply.state, len(network.sent), len({out.id for out in network.sent})) == ("uncertain", TRIES, 1)
    assert send_due(at=at + timedelta(days=2)) is None


def test_what_a_dead_process_left_as_sending_is_uncertain(conversation, mette, network):
    reply = written(conversation, mette)
    sql.run("UPDATE reply SET state = 'sending', attempts = 1, claimed_at = %s WHERE id = %s", [now(), reply.pk])
    assert recover_stale(at=now()) == 0
    assert recover_stale(at=now() + timedelta(minutes=4)) == 1
    reply.refresh_from_db()
    assert reply.state == "uncertain"
    assert network.sent == []


def test_replies_leave_in_the_order_in_which_they_were_written(conversation, mette, network):
    first = written(conversation, mette, "1")
    written(conversation, mette, "2")
    network.answer = kit.TryLater("not now", after=10)
    assert due() == first.pk
    network.answer = kit.Sent(external_id="x@firma.example")
    at = now() + timedelta(minutes=5)
    while send_due(at=at):
        pass
    assert [o.text for o in network.sent] == ["1", "1", "2"]


def report(account, **values) -> None:
    event = kit.DeliveryReport(external_id=str(new_id()), at=now(), **values)
    with step():
        write_log([Received(envelope=new_id(), account=account, event=event)], now())


def test_reports_only_move_forward_and_a_bounce_marks_the_handle(conversation, mette, network, mailbox):
    reply = written(conversation, mette)
    due()
    report(mailbox, target="our@firma.example", state="read")
    report(mailbox, target="our@firma.example", state="delivered")
    report(mailbox, target="nobody@firma.example", state="delivered")
    reply.refresh_from_db()
    assert (reply.state, states(reply)) == ("read", ["queued", "accepted", "read"])
    other = written(conversation, mette, "to")
    network.answer = kit.Sent(external_id="second@firma.example")
    due()
    report(
        mailbox, target="second@firma.example", state="failed", detail="550 mailbox full for ever", permanent=True,
        address="karoline@vestergaard.example",
    )  # fmt: skip
    other.refresh_from_db()
    assert (other.state, other.detail) == ("failed", "550 mailbox full for ever")
    assert Handle.objects.get().dead_why == "550 mailbox full for ever"


def test_ways_lead_where_the_consumer_last_wrote(conversation, mailbox):
    [way] = ways(conversation, at=now())
    assert (way.handle.address, way.account, way.default, way.why_not) == ("karoline@vestergaard.example", mailbox, True, "")
