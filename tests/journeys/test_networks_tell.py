"""What networks tell of what we wrote: that they have it, that it was read, and the message itself, which we sent ourselves."""

from datetime import timedelta

import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.conversation.models import Conversation
from samspil.conversation.queries import thread
from samspil.intake.actions.write import Received
from samspil.intake.actions.write import write as write_log
from samspil.intake.models import Interaction
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from samspil.reply.queries import ways
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
OURS = kit.Handle(network="mail", address="service@firma.example")
HERS = kit.Handle(network="mail", address="karoline@vestergaard.example")


@pytest.fixture
def conversation(mailbox):
    receive(mailbox, mail(ident="a@x.example"))
    return Conversation.objects.get()


def sends(monkeypatch, answer):
    def send(*_):
        found = answer() if callable(answer) else answer
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(registry.channel("mail"), "send", send, raising=False)


def told(mailbox, *events):
    with step():
        write_log([Received(envelope=None, account=mailbox, event=event) for event in events], now())


def echo(ident: str = "our@firma.example", text: str = "Det ordner vi") -> kit.Message:
    return kit.Message(external_id=ident, author=OURS, to=[HERS], at=now(), text=text, outgoing=True, references=["a@x.example"])


def answered(conversation, by):
    reply = write(conversation=conversation.pk, by=by, text="Det ordner vi", at=now())
    send_due(at=now() + timedelta(minutes=1))
    reply.refresh_from_db()
    return reply


def outgoing() -> list[str]:
    return [i.external_id for i in Interaction.objects.filter(outgoing=True).order_by("id")]


def test_our_own_message_told_after_its_answer_is_one(conversation, mette, mailbox, monkeypatch):
    sends(monkeypatch, kit.Sent(external_id="our@firma.example"))
    answered(conversation, mette)
    told(mailbox, echo(), echo("another@firma.example", "Skrevet et andet sted"))
    assert outgoing() == ["our@firma.example", "another@firma.example"]
    conversation.refresh_from_db()
    assert conversation.messages == 3


def test_our_own_message_told_before_its_answer_is_one(conversation, mette, mailbox, monkeypatch):
    def first_the_echo():
        told(mailbox, echo())
        return kit.Sent(external_id="our@firma.example")

    sends(monkeypatch, first_the_echo)
    reply = answered(conversation, mette)
    assert outgoing() == ["our@firma.example"]
    assert (reply.state, reply.interaction) == ("accepted", Interaction.objects.get(outgoing=True))
    conversation.refresh_from_db()
    assert conversation.messages == 2


def test_a_lost_answer_is_settled_when_the_network_has_it(conversation, mette, mailbox, monkeypatch):
    sends(monkeypatch, kit.Uncertain("the connection broke"))
    reply = answered(conversation, mette)
    assert reply.state == "uncertain"
    told(mailbox, kit.DeliveryReport(external_id="e", target=str(reply.pk), state="accepted", at=now()))
    reply.refresh_from_db()
    assert reply.state == "accepted"
    told(mailbox, kit.DeliveryReport(external_id="d", target=str(reply.pk), state="delivered", at=now()))
    told(mailbox, kit.DeliveryReport(external_id="e2", target=str(reply.pk), state="accepted", at=now()))
    reply.refresh_from_db()
    assert reply.state == "delivered"


def test_a_report_that_is_quicker_than_the_answer(conversation, mette, mailbox, monkeypatch):
    def first_the_report():
        reply = Reply.objects.get()
        told(mailbox, kit.DeliveryReport(external_id="d", target=str(reply.pk), state="delivered", at=now()))
        return kit.Sent(external_id="our@firma.example")

    sends(monkeypatch, first_the_report)
    reply = answered(conversation, mette)
    assert (reply.state, reply.external_id, outgoing()) == ("delivered", "our@firma.example", ["our@firma.example"])
    conversation.refresh_from_db()
    assert conversation.messages == 2


def test_read_until_a_moment(conversation, mette, mailbox, monkeypatch):
    sends(monkeypatch, kit.Sent(external_id="our@firma.example"))
    reply = answered(conversation, mette)
    handed = Reply.objects.get().claimed_at
    other = kit.Handle(network="mail", address="nogen@andet.example")
    for author, at in ((HERS, handed - timedelta(seconds=1)), (other, handed + timedelta(hours=1))):
        told(mailbox, kit.Receipt(external_id="r", target="", author=author, at=at))
        reply.refresh_from_db()
        assert reply.state == "accepted"
    told(mailbox, kit.Receipt(external_id="r", target="", author=HERS, at=handed))
    reply.refresh_from_db()
    assert reply.state == "read"


def test_the_window_is_of_private_messages(conversation, mailbox, monkeypatch):
    monkeypatch.setattr(registry.channel("mail"), "capabilities", kit.Capabilities(window=3600))
    [last] = Interaction.objects.all()
    within, after = last.at + timedelta(hours=1), last.at + timedelta(hours=1, seconds=1)
    assert [w.why_not for w in ways(conversation, at=within)] == [""]
    assert [w.why_not for w in ways(conversation, at=after)] == ["The network's time for answers has passed"]
    Interaction.objects.update(public=True)
    assert [w.why_not for w in ways(conversation, at=after)] == [""]


@pytest.mark.parametrize(
    ("sign", "left"), [("", []), ("\N{FACE WITH OPEN MOUTH}", []), ("\N{PARTY POPPER}", ["\N{FACE WITH OPEN MOUTH}"])]
)
def test_a_sign_is_taken_back_by_its_name_or_by_who_gave_it(conversation, mailbox, sign, left):
    common = {"target": "a@x.example", "author": HERS, "at": now()}
    told(mailbox, kit.Reaction(external_id="r1", emoji="\N{FACE WITH OPEN MOUTH}", **common))
    told(mailbox, kit.Reaction(external_id="r2", emoji=sign, removed=True, **common))
    entries, _ = thread(conversation)
    assert [e.reactions for e in entries if e.kind == "in"] == [left]
