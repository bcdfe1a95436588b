"""Many workers at once: one consumer, one conversation, nothing doubled."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Placement, ThreadRef
from samspil.identity.models import Consumer, Link
from samspil.intake.actions import keep, understand_waiting
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Envelope, Handle, Interaction
from tests.journeys.conftest import envelopes, mail

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8


def at_once(*deeds) -> None:
    """Run deeds in threads of their own, begun together; the first error is raised."""
    gate = threading.Barrier(len(deeds))

    def one(deed):
        gate.wait()
        try:
            deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        for done in [pool.submit(one, deed) for deed in deeds]:
            done.result()


def work() -> None:
    while understand_waiting(limit=7, at=now()) or Envelope.objects.filter(state="arrived").exists():
        pass


def test_eight_workers_and_the_same_new_sender_make_one_consumer_and_one_conversation(mailbox):
    def chat(number: int):
        message = kit.Message(
            external_id=f"m{number}", author=kit.Handle(network="sms", address="+4500000001"), at=now(), text=f"besked {number}"
        )

        def deed() -> None:
            with step():
                write([Received(envelope=new_id(), account=mailbox, event=message)], now())

        return deed

    # The mail channel threads; these messages have no references and come as from a channel that does not.
    import samspil.intake.actions.write as module

    real = module.capabilities
    module.capabilities = lambda _: kit.Capabilities(threads=False)
    try:
        at_once(*[chat(n) for n in range(WORKERS)])
    finally:
        module.capabilities = real
    assert (Consumer.objects.count(), Handle.objects.count(), Link.objects.count()) == (1, 1, 1)
    conversation = Conversation.objects.get()
    assert conversation.messages == WORKERS == Placement.objects.filter(conversation=conversation).count()


def test_replies_before_their_parents_taken_by_many_workers_are_one_conversation_each(mailbox):
    threads = 60
    payloads = []
    for thread in range(threads):
        ids = [f"t{thread}-{n}@x.example" for n in range(4)]
        payloads += [mail(sender=f"p{thread}-{n}@x.example", ident=ids[n], references=tuple(ids[:n])) for n in range(4)]
    random.Random(7).shuffle(payloads)
    keep(account=mailbox.pk, envelopes=envelopes(*payloads), at=now())
    at_once(*[work] * WORKERS)
    alive = Conversation.objects.filter(merged_into=None)
    assert alive.count() == threads
    assert set(alive.values_list("messages", flat=True)) == {4}
    assert Interaction.objects.count() == threads * 4 == Placement.objects.count()
    assert not ThreadRef.objects.filter(conversation__merged_into__isnull=False).exists()
    for number in range(threads):
        places = Placement.objects.filter(interaction__external_id__startswith=f"t{number}-").values_list(
            "conversation", flat=True
        )
        assert len(set(places)) == 1


def test_the_same_mail_on_two_connections_at_once_is_stored_once(mailbox):
    payloads = [mail(ident=f"{n}@x.example", sender=f"p{n}@x.example") for n in range(200)]

    def bring() -> None:
        for payload in payloads:
            keep(account=mailbox.pk, envelopes=envelopes(payload), at=now())

    at_once(bring, bring, work, work)
    work()
    assert Envelope.objects.count() == 200
    assert Interaction.objects.count() == 200
    assert set(Envelope.objects.values_list("state", flat=True)) == {"understood"}
