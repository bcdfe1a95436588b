"""Many colleagues decide at once about the same people, while they write: every handle has one owner, and it is what replaying gives."""

import random
import threading
import time
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import connection

from samspil import kit
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.base.flow import retried, step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.identity.actions import merge, move, split, undo
from samspil.identity.models import Decision, Link
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Handle, Interaction
from samspil.organisation.models import Colleague
from tests.journeys.conftest import mail, receive
from tests.journeys.test_concurrency import at_once
from tests.journeys.test_decisions import NAMES, handle, owner, owners, replayed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", range(3))
def test_links_are_what_replaying_gives_whoever_was_first(mailbox, mette, seed):
    receive(mailbox, *[mail(sender=f"{n.upper()} <{n}@x.example>", ident=f"{n}@x") for n in NAMES])
    people = {n: handle(n).pk for n in NAMES}

    def decide(number: int):
        chance = random.Random(seed * 100 + number)

        def deeds() -> None:
            for _ in range(12):
                with suppress(SamspilError):
                    deed(chance, mette, people)

        return deeds

    def talk() -> None:
        chance = random.Random(seed)
        for number in range(30):
            one, other = chance.sample(NAMES, 2)
            claim = kit.Claim(handle=kit.Handle(network="mail", address=f"{other}@x.example"), by="hmac")
            author = kit.Handle(network="webchat", address=f"v{one}")
            message = kit.Message(external_id=str(new_id()), author=author, at=now(), text=f"{number}", claims=(claim,))
            retried(hear)(message)

    def hear(message: kit.Message) -> None:
        with step():
            write([Received(envelope=new_id(), account=mailbox, event=message)], now())

    at_once(*[decide(n) for n in range(4)], talk)
    agree(interactions=len(NAMES) + 30)


def deed(chance: random.Random, by: Colleague, people: dict[str, UUID]) -> None:
    one, other = chance.sample(NAMES, 2)
    made = list(Decision.objects.order_by("id").values_list("pk", flat=True))
    kind = chance.choice(["join", "join", "move", "split", "undo"])
    if kind == "join":
        merge(kept=owner(one), absorbed=owner(other), by=by, why="x", at=now())
    elif kind == "move":
        move(handles=[people[one]], consumer=owner(one), to=owner(other), by=by, why="x", at=now())
    elif kind == "split":
        split(handles=[people[one]], consumer=owner(one), by=by, why="x", at=now())
    elif made:
        undo(decision=chance.choice(made), by=by, at=now())


def agree(*, interactions: int) -> None:
    assert Link.objects.filter(ended_at=None).count() == Handle.objects.count() == len(owners())
    assert owners() == replayed()
    assert Interaction.objects.count() == interactions
    for row in Conversation.objects.filter(merged_into=None):
        first = Interaction.objects.filter(placement__conversation=row).order_by("at", "id").first()
        assert first is not None
        assert row.consumer_id == Link.objects.get(handle=first.handle_id, ended_at=None).consumer_id


def test_the_same_join_by_two_at_once_is_made_once(mailbox, mette):
    receive(mailbox, *[mail(sender=f"{n}@x.example", ident=f"{n}@x") for n in "ab"])
    one, other = owner("a"), owner("b")
    refused = []

    def deed() -> None:
        try:
            merge(kept=one, absorbed=other, by=mette, why="x", at=now())
        except SamspilError as error:
            refused.append(type(error).__name__)

    at_once(*[deed] * 4)
    assert owner("a") == owner("b") == one
    assert owners() == replayed()
    assert Link.objects.filter(ended_at=None).count() == 2


def test_a_handle_that_comes_while_a_join_waits_takes_its_conversations_along(mailbox, mette):
    receive(mailbox, *[mail(sender=f"{n}@x.example", ident=f"{n}@x") for n in "abc"])
    kept, absorbed = owner("a"), owner("b")
    merge(kept=absorbed, absorbed=owner("c"), by=mette, why="x", at=now())
    held, came, closed, joined, go_on = (threading.Event() for _ in range(5))

    def hold() -> None:
        with step():
            Handle.objects.select_for_update().get(address="b@x.example")
            held.set()
            go_on.wait(30)

    def join() -> None:
        held.wait(30)
        merge(kept=kept, absorbed=absorbed, by=mette, why="x", at=now())
        joined.set()

    def come() -> None:
        held.wait(30)
        _until_wait(1)  # the join has found the handles of both, and waits for b's
        claim = kit.Claim(handle=kit.Handle(network="mail", address="c@x.example"), by="hmac")
        with step():
            write([Received(envelope=new_id(), account=mailbox, event=_chat("first", claims=(claim,)))], now())
        came.set()
        closed.wait(30)
        with step():
            write([Received(envelope=new_id(), account=mailbox, event=_chat("second"))], now())

    def pause() -> None:
        came.wait(30)
        with step(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE conversation_placement IN SHARE MODE")
            closed.set()
            _until_wait(2)  # the second message has its conversation, and is about to be put into it
            go_on.set()
            joined.wait(1)  # a join that locked what it found at first would end here

    at_once(hold, join, come, pause)
    assert set(owners().values()) == {kept}
    agree(interactions=5)


def _chat(text: str, claims: tuple[kit.Claim, ...] = ()) -> kit.Message:
    return kit.Message(
        external_id=text, author=kit.Handle(network="webchat", address="v"), at=now(), text=text, claims=claims, subject=text
    )


def _until_wait(number: int) -> None:
    ends = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] == number:
                return
            time.sleep(0.01)
    raise AssertionError(f"{number} are not waiting for a lock")
