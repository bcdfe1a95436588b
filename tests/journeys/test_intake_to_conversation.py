"""A consumer writes by mail: kept, understood, recognised, joined."""

from datetime import timedelta

import pytest

from samspil import kit
from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.actions import merge, split
from samspil.conversation.models import Conversation, Placement
from samspil.identity.models import Consumer, Link
from samspil.intake.actions import keep, understand_waiting
from samspil.intake.models import Envelope, Handle, Interaction
from tests.journeys.conftest import envelopes, mail, receive

pytestmark = pytest.mark.django_db


def test_a_mail_from_a_stranger_becomes_a_consumer_and_a_conversation(mailbox):
    assert receive(mailbox, mail(ident="a@x.example")) == 1
    interaction = Interaction.objects.get()
    assert (interaction.text.strip(), interaction.subject, interaction.outgoing) == (
        "Hej\n\nMit batteri er fladt.",
        "Batteriet",
        False,
    )
    assert interaction.language == "da"
    handle = Handle.objects.get()
    assert (handle.network, handle.address, handle.display) == ("mail", "karoline@vestergaard.example", "Karoline")
    consumer = Consumer.objects.get()
    assert (consumer.name, consumer.folded) == ("Karoline", "karoline")
    conversation = Conversation.objects.get()
    assert (conversation.consumer, conversation.subject, conversation.status) == (consumer, "Batteriet", "open")
    assert (conversation.messages, conversation.waiting_since) == (1, interaction.at)
    assert Envelope.objects.get().state == "understood"


def test_an_answer_joins_by_any_of_its_references(mailbox):
    receive(mailbox, mail(ident="a@x.example"))
    receive(mailbox, mail(ident="c@x.example", references=("unknown@x.example", "a@x.example", "b@x.example")))
    assert Conversation.objects.get().messages == 2
    assert list(Placement.objects.order_by("at", "interaction").values_list("why", flat=True)) == ["new", "thread"]


def test_a_reply_read_before_its_parent_is_one_conversation(mailbox):
    receive(mailbox, mail(ident="child@x.example", references=("parent@x.example",)))
    receive(mailbox, mail(ident="parent@x.example"))
    assert Conversation.objects.get().messages == 2


def test_a_mail_that_bridges_two_conversations_merges_them(mailbox):
    receive(mailbox, mail(ident="a@x.example"))
    receive(mailbox, mail(ident="b@x.example", subject="Andet"))
    receive(mailbox, mail(ident="c@x.example", references=("a@x.example", "b@x.example")))
    alive = Conversation.objects.get(merged_into=None)
    assert alive.messages == 3
    assert Conversation.objects.exclude(pk=alive.pk).get().merged_into == alive


def test_the_same_envelope_twice_is_stored_once(mailbox):
    payload = mail(ident="a@x.example")
    assert keep(account=mailbox.pk, envelopes=envelopes(payload, payload), at=now()) == 1
    assert keep(account=mailbox.pk, envelopes=envelopes(payload), at=now()) == 0
    understand_waiting(at=now())
    assert Interaction.objects.count() == 1


def test_the_number_of_statements_does_not_grow_with_the_batch(mailbox, monkeypatch):
    monkeypatch.setattr("samspil.intake.queries.BELIEVED", 600.0)

    def statements(number: int, start: int) -> int:
        keep(
            account=mailbox.pk,
            envelopes=envelopes(*[mail(ident=f"{start + n}@x.example", sender=f"p{start + n}@x.example") for n in range(number)]),
            at=now(),
        )
        with sql.counted() as seen:
            assert understand_waiting(at=now()) == number
        return len(seen)

    statements(1, 5000)  # the account is read once a second, not once a batch
    assert statements(300, 1000) == statements(3, 0)


def test_a_mail_that_cannot_be_stored_is_quarantined_and_the_rest_goes_on(mailbox, monkeypatch):
    from samspil.intake.actions import write as module

    row = module._row

    def fail(item, *rest):
        if item.event.external_id == "bad@x.example":
            raise ValueError("cannot be stored")
        return row(item, *rest)

    monkeypatch.setattr(module, "_row", fail)
    receive(mailbox, *[mail(ident=f"{n}@x.example") for n in range(6)], mail(ident="bad@x.example"), mail(ident="z@x.example"))
    assert Interaction.objects.count() == 7
    bad = Envelope.objects.get(state="quarantined")
    assert bad.error.startswith("ValueError: cannot be stored")
    assert Envelope.objects.filter(state="understood").count() == 7


def test_an_envelope_without_meaning_is_kept_and_shown(mailbox):
    keep(account=mailbox.pk, envelopes=[kit.Envelope(external_id="nothing", payload=b"")], at=now())
    understand_waiting(at=now())
    assert Envelope.objects.get().state == "not_understood"
    assert (Interaction.objects.count(), Link.objects.count()) == (0, 0)


def test_the_opener_is_whoever_wrote_the_earliest_message_in_it_whatever_is_moved(mailbox, mette):
    def opened() -> dict[str, str]:
        rows = Conversation.objects.filter(merged_into=None).select_related("opener")
        for row in rows:
            first = Interaction.objects.filter(placement__conversation=row).order_by("at", "id").first()
            assert row.opener == first.handle
        return {row.subject: row.opener.address for row in rows}

    at = now() - timedelta(days=1)
    receive(mailbox, mail(ident="b@x.example", sender="bo@x.example", subject="B", references=("a@x.example",), at=at))
    assert opened() == {"B": "bo@x.example"}
    earlier = at - timedelta(hours=2)
    receive(mailbox, mail(ident="a@x.example", sender="ada@x.example", subject="A", at=earlier))
    assert opened() == {"B": "ada@x.example"}
    receive(mailbox, mail(ident="c@x.example", sender="cy@x.example", subject="C", at=earlier - timedelta(hours=1)))
    assert opened() == {"B": "ada@x.example", "C": "cy@x.example"}
    whole = Conversation.objects.get(subject="B")
    made = split(conversation=whole.pk, interactions=[Interaction.objects.get(external_id="a@x.example").pk], by=mette, at=now())
    assert opened() == {"A": "ada@x.example", "B": "bo@x.example", "C": "cy@x.example"}
    merge(kept=whole.pk, absorbed=made.pk, by=mette, at=now())
    merge(kept=whole.pk, absorbed=Conversation.objects.get(subject="C").pk, by=mette, at=now())
    assert opened() == {"B": "cy@x.example"}
