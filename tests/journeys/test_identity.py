"""One person: recognised, merged, undone, taken apart; the conversations follow."""

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.identity.actions import AlreadyUndone, LastHandle, SamePerson, merge, take_apart, undo
from samspil.identity.models import Consumer, Decision, Link
from samspil.identity.queries import find, links, timeline
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Handle, Interaction
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


def consumer_of(address: str) -> Consumer:
    return Consumer.objects.get(links__handle__address=address, links__ended_at=None)


@pytest.fixture
def two(mailbox):
    receive(
        mailbox, mail(sender="Karoline <k@a.example>", ident="1@x"), mail(sender="K. Vestergaard <kv@b.example>", ident="2@x")
    )
    return consumer_of("k@a.example"), consumer_of("kv@b.example")


def test_merge_moves_handles_and_conversations_and_undo_brings_them_back(two, mette):
    first, second = two
    done = merge(kept=first.pk, absorbed=second.pk, by=mette, why="same order", at=now())
    assert {link.handle.address for link in links(first.pk)} == {"k@a.example", "kv@b.example"}
    assert set(Conversation.objects.values_list("consumer", flat=True)) == {first.pk}
    assert [i.handle.address for i in timeline(first.pk)] == ["kv@b.example", "k@a.example"]
    undo(decision=done.pk, by=mette, at=now())
    assert consumer_of("kv@b.example") == second
    assert {(c.consumer_id, c.messages) for c in Conversation.objects.all()} == {(first.pk, 1), (second.pk, 1)}
    with pytest.raises(AlreadyUndone):
        undo(decision=done.pk, by=mette, at=now())


def test_an_undo_works_after_another_merge_came_on_top(two, mette, mailbox):
    first, second = two
    receive(mailbox, mail(sender="Tredje <t@c.example>", ident="3@x"))
    third = consumer_of("t@c.example")
    early = merge(kept=first.pk, absorbed=second.pk, by=mette, why="a", at=now())
    merge(kept=third.pk, absorbed=first.pk, by=mette, why="b", at=now())
    assert consumer_of("kv@b.example") == third
    undo(decision=early.pk, by=mette, at=now())
    assert consumer_of("kv@b.example") == second
    assert consumer_of("k@a.example") == third
    assert Link.objects.filter(ended_at=None).count() == 3


def test_a_consumer_is_not_merged_with_itself(two, mette):
    first, _ = two
    with pytest.raises(SamePerson):
        merge(kept=first.pk, absorbed=first.pk, by=mette, why="", at=now())
    assert Decision.objects.count() == 0


def test_take_apart_and_the_last_handle_stays(two, mette):
    first, second = two
    merge(kept=first.pk, absorbed=second.pk, by=mette, why="", at=now())
    link = Link.objects.get(handle__address="kv@b.example", ended_at=None)
    alone = take_apart(link=link.pk, by=mette, at=now()).kept
    assert consumer_of("kv@b.example") == alone
    assert set(Conversation.objects.values_list("consumer", flat=True)) == {first.pk, alone.pk}
    with pytest.raises(LastHandle):
        take_apart(link=Link.objects.get(handle__address="k@a.example", ended_at=None).pk, by=mette, at=now())
    assert consumer_of("k@a.example") == first


def chat(text: str, visitor: str, claims: tuple[kit.Claim, ...] = ()) -> kit.Message:
    return kit.Message(
        external_id=str(new_id()), author=kit.Handle(network="webchat", address=visitor), at=now(), text=text, claims=claims
    )


def say(account, message: kit.Message) -> None:
    with step():
        write([Received(envelope=new_id(), account=account, event=message)], now())
        publish()


def test_a_proved_address_joins_and_a_typed_one_does_not(mailbox):
    receive(mailbox, mail(sender="Karoline <k@a.example>", ident="1@x"))
    karoline = consumer_of("k@a.example")
    address = kit.Handle(network="mail", address="k@a.example")
    say(mailbox, chat("hej", "v1", (kit.Claim(handle=address, by="hmac"),)))
    assert consumer_of("v1") == karoline
    say(mailbox, chat("hej", "v2", (kit.Claim(handle=address, by="typed"),)))
    assert consumer_of("v2") != karoline
    say(mailbox, chat("hej", "v3", (kit.Claim(handle=kit.Handle(network="mail", address="new@a.example"), by="typed"),)))
    assert consumer_of("v3") == consumer_of("new@a.example")


def test_proof_merges_two_that_were_known_but_not_after_a_person_took_them_apart(mailbox, mette):
    receive(mailbox, mail(sender="Karoline <k@a.example>", ident="1@x"))
    say(mailbox, chat("hej", "v1"))
    visitor = consumer_of("v1")
    proof = (kit.Claim(handle=kit.Handle(network="mail", address="k@a.example"), by="hmac"),)
    say(mailbox, chat("det er mig", "v1", proof))
    karoline = consumer_of("k@a.example")
    assert consumer_of("v1") == karoline
    done = Decision.objects.get()
    assert (done.kept, done.absorbed, done.by) == (karoline, visitor, None)
    undo(decision=done.pk, by=mette, at=now())
    say(mailbox, chat("igen", "v1", proof))
    assert consumer_of("v1") == visitor
    assert list(Decision.objects.order_by("id").values_list("kind", flat=True)) == ["join", "undo"]


def test_find_by_danish_letters_and_by_handle(mailbox):
    receive(mailbox, mail(sender="Søren Ærø Åkjær <soren@oe.example>", ident="1@x"))
    soren = Consumer.objects.get()
    for text in ("Søren", "soeren", "ÆRØ", "aakjaer", "soren@oe"):
        assert find(text) == [soren], text
    assert find("%") == []
    assert find("") == []


def test_the_timeline_pages_by_key(mailbox):
    receive(mailbox, *[mail(sender="k@a.example", ident=f"{n}@x", references=("0@x",) if n else ()) for n in range(7)])
    consumer = Consumer.objects.get()
    first = timeline(consumer.pk, limit=4)
    rest = timeline(consumer.pk, before=(first[-1].at, first[-1].pk), limit=4)
    assert len(first) == 4
    assert [i.pk for i in [*first, *rest]] == list(Interaction.objects.order_by("-at", "-id").values_list("pk", flat=True))


def test_everything_of_a_person_can_be_exported_and_forgotten(two):
    from samspil.conversation import privacy as conversations
    from samspil.identity import privacy as people
    from samspil.intake import privacy as log
    from samspil.reply import privacy as replies
    from samspil.routing import privacy as decisions

    first, second = two
    handles = people.handles_of(first.pk)
    assert log.export_of(handles=handles)["interactions"][0]["text"].startswith("Hej")
    assert people.export_of(consumer=first.pk)["name"] == "Karoline"
    replies.forget(consumer=first.pk, handles=handles)
    decisions.forget(consumer=first.pk)
    conversations.forget(consumer=first.pk, handles=handles)
    people.forget(consumer=first.pk)
    log.forget(handles=handles)
    assert list(Consumer.objects.all()) == [second]
    assert Handle.objects.get().address == "kv@b.example"
    assert (Interaction.objects.count(), Conversation.objects.count()) == (1, 1)


def test_the_name_that_our_site_signed_replaces_what_stood_there_unless_a_colleague_gave_it(mailbox):
    from dataclasses import replace

    from samspil.identity.actions import rename

    say(mailbox, replace(chat("hej", "v1"), author=kit.Handle(network="webchat", address="v1", display="Besøgende 1")))
    assert consumer_of("v1").name == "Besøgende 1"
    proof = (kit.Claim(handle=kit.Handle(network="mail", address="k@a.example"), by="hmac"),)
    named = kit.Handle(network="webchat", address="v1", display="Karoline")
    say(mailbox, replace(chat("det er mig", "v1", proof), author=named))
    assert (consumer_of("v1").name, consumer_of("v1").folded) == ("Karoline", "karoline")
    rename(consumer=consumer_of("v1").pk, name="Fru Vestergaard")
    say(mailbox, replace(chat("igen", "v1", proof), author=named))
    assert consumer_of("v1").name == "Fru Vestergaard"
    say(mailbox, replace(chat("og igen", "v1"), author=kit.Handle(network="webchat", address="v1", display="En anden")))
    assert consumer_of("v1").name == "Fru Vestergaard"
