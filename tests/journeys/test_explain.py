"""Explaining one message: by any of its names, every stage it met."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.actions import assign, finish, note
from samspil.conversation.models import Conversation
from samspil.exchange.queries import explain
from samspil.intake.actions import keep, understand_waiting
from samspil.intake.models import Envelope, Interaction
from samspil.reply.actions import write
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(mailbox, mette, jonas):
    receive(mailbox, mail(ident="a@x.example"))
    receive(mailbox, mail(ident="b@x.example", references=("a@x.example",)))
    conversation = Conversation.objects.get()
    assign(conversations=[conversation.pk], to=jonas, by=mette, at=now())
    note(conversation=conversation.pk, by=mette, text="Husk garantien", at=now())
    reply = write(conversation=conversation.pk, by=jonas, text="Vi ser på det", at=now(), send_at=now() + timedelta(hours=1))
    finish(conversations=[conversation.pk], by=mette, at=now())
    return conversation, reply


def stages(lines):
    return [m.stage for m in lines]


def test_a_message_by_each_of_its_names(told):
    row = Interaction.objects.get(external_id="b@x.example")
    for name in (
        "<b@x.example>",
        "b@x.example",
        str(row.pk),
        str(row.envelope_id),
        Envelope.objects.get(pk=row.envelope_id).external_id,
    ):
        found = explain(name)
        assert len(found.messages) == 1
        lines = [m for m in found.messages[0] if m.stage != "fact"]
        assert stages(lines) == ["arrived", "understood", "logged", "handle", "recognised", "joined"]
        assert lines[0].what == "envelope on Service (mail)"
        assert lines[1].what == "understood"
        assert lines[2].data["external_id"] == "b@x.example"
        assert lines[4].what == "belongs to Karoline, says Samspil"
        assert lines[4].why == "Wrote from this address (1.00)"
        assert lines[5].why == "it refers to a message of this conversation, or one of those refers to it"
        assert {"journal", "note"} <= set(stages(found.afterwards))
        journal = [m.what for m in found.afterwards if m.stage == "journal" and "Mette" in m.what]
        assert journal == ["assigned to Jonas Lund by Mette Krogh", "done by Mette Krogh"]
    json.dumps(explain(str(row.pk)).data())


def test_a_conversation_is_all_its_messages(told):
    found = explain(str(told[0].pk))
    assert [m[2].data["external_id"] for m in found.messages] == ["a@x.example", "b@x.example"]


def test_a_reply_with_its_ledger(told):
    found = explain(str(told[1].pk))
    assert [(m.stage, m.what) for m in found.messages[0]] == [
        ("written", "reply by Jonas Lund to karoline@vestergaard.example on Service"),
        ("delivery", "queued by Jonas Lund"),
    ]
    assert "journal" in stages(found.afterwards)


def test_an_envelope_that_was_not_understood(mailbox):
    keep(account=mailbox.pk, envelopes=[kit.Envelope(external_id="nothing", payload=b"")], at=now())
    understand_waiting(at=now())
    (lines,) = explain("nothing").messages
    assert [(m.stage, m.what, m.why) for m in lines] == [
        ("arrived", "envelope on Service (mail)", ""),
        ("understood", "not understood", "The mail is empty."),
    ]


@pytest.mark.parametrize("name", ["nobody@x.example", str(UUID(int=7)), ""])
def test_what_is_not_here(told, name):
    with pytest.raises(NotFound):
        explain(name)
