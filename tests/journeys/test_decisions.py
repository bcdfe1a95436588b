"""Joins, moves, splits and undos on the real database: the links are what replaying the decisions gives; no interaction moves."""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.identity.actions import AlreadyUndone, LastHandle, NotTheirs, lift, merge, move, split, undo
from samspil.identity.actions.settle import steps_of
from samspil.identity.models import Consumer, Decision, Link, Veto
from samspil.identity.queries import decisions, timeline
from samspil.intake.models import Handle, Interaction
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
NAMES = "abcde"


@pytest.fixture
def people(mailbox):
    receive(mailbox, *[mail(sender=f"{n.upper()} <{n}@x.example>", ident=f"{n}@x") for n in NAMES])
    return {n: handle(n) for n in NAMES}


def handle(name):
    return Handle.objects.get(address=f"{name}@x.example")


def owners():
    return dict(Link.objects.filter(ended_at=None).values_list("handle__address", "consumer"))


def owner(name):
    return Link.objects.get(handle__address=f"{name}@x.example", ended_at=None).consumer_id


def replayed():
    handles = list(Handle.objects.values_list("pk", flat=True))
    everybody = list(Consumer.objects.values_list("pk", flat=True))
    _, where = steps_of(consumers=everybody, handles=handles)
    names = dict(Handle.objects.values_list("pk", "address"))
    return {names[h]: consumer for h, (consumer, _) in where.items()}


def log():
    return list(Interaction.objects.order_by("id").values_list("id", "handle_id", "at", "text"))


deeds = st.lists(
    st.tuples(
        st.sampled_from(["join", "move", "split", "undo"]), st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 9)
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=deeds)
def test_any_sequence_gives_what_replaying_gives(people, mette, drawn):
    from django.db import transaction

    before = log()
    point = transaction.savepoint()
    try:
        for deed, one, other, which in drawn:
            try:
                if deed == "join":
                    merge(kept=owner(one), absorbed=owner(other), by=mette, why="x", at=now())
                elif deed == "move":
                    move(handles=[people[one].pk], consumer=owner(one), to=owner(other), by=mette, why="x", at=now())
                elif deed == "split":
                    split(handles=[people[one].pk], consumer=owner(one), by=mette, why="x", at=now())
                else:
                    made = list(Decision.objects.order_by("id").values_list("pk", flat=True))
                    if made:
                        undo(decision=made[which % len(made)], by=mette, at=now())
            except SamspilError:
                continue
            assert owners() == replayed()
        assert set(owners()) == {f"{n}@x.example" for n in NAMES}
        assert log() == before
    finally:
        transaction.savepoint_rollback(point)


def test_everything_undone_in_any_order_gives_the_beginning(people, mette):
    first = owners()
    one = merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="1", at=now())
    two = merge(kept=owner("c"), absorbed=owner("a"), by=mette, why="2", at=now())
    three = split(handles=[people["b"].pk], consumer=owner("c"), by=mette, why="3", at=now())
    four = merge(kept=owner("b"), absorbed=owner("d"), by=mette, why="4", at=now())
    for decision in (two, four, one, three):
        undo(decision=decision.pk, by=mette, at=now())
    assert owners() == first


def test_an_undo_can_be_undone_and_a_second_time_is_refused(people, mette):
    joined = merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="same order", at=now())
    together = owners()
    back = undo(decision=joined.pk, by=mette, at=now())
    assert owner("a") != owner("b")
    assert Veto.objects.filter(lifted_at=None).count() == 1
    undo(decision=back.pk, by=mette, at=now())
    assert owners() == together
    assert Veto.objects.filter(lifted_at=None).count() == 0
    with pytest.raises(AlreadyUndone):
        undo(decision=back.pk, by=mette, at=now())
    assert owners() == together
    assert [(d.kind, d.by_id) for d in decisions(owner("a"))] == [("undo", mette.pk), ("undo", mette.pk), ("join", mette.pk)]


def test_a_split_takes_its_handles_and_their_messages_and_leaves_the_rest(people, mette):
    for name in "bc":
        merge(kept=owner("a"), absorbed=owner(name), by=mette, why="x", at=now())
    made = split(
        handles=[people["b"].pk, people["c"].pk], consumer=owner("a"), by=mette, why="her brother", at=now(), name="Broder"
    )
    assert (owner("b"), owner("c")) == (made.kept_id, made.kept_id)
    assert Consumer.objects.get(pk=made.kept_id).name == "Broder"
    assert {i.handle.address for i in timeline(made.kept_id)} == {"b@x.example", "c@x.example"}
    assert {i.handle.address for i in timeline(owner("a"))} == {"a@x.example"}
    pairs = {frozenset(p) for p in Veto.objects.filter(lifted_at=None).values_list("one__address", "other__address")}
    assert pairs == {frozenset(("a@x.example", "b@x.example")), frozenset(("a@x.example", "c@x.example"))}


def test_all_handles_or_somebody_elses_are_refused_and_nothing_changes(people, mette):
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    before, made = owners(), Decision.objects.count()
    with pytest.raises(LastHandle):
        split(handles=[people["a"].pk, people["b"].pk], consumer=owner("a"), by=mette, why="x", at=now())
    with pytest.raises(NotTheirs):
        move(handles=[people["c"].pk], consumer=owner("a"), to=owner("d"), by=mette, why="x", at=now())
    with pytest.raises(NotTheirs):
        split(handles=[people["d"].pk], consumer=owner("a"), by=mette, why="x", at=now())
    assert (owners(), Decision.objects.count()) == (before, made)
    assert Consumer.objects.count() == len(NAMES)


def test_a_join_by_hand_lifts_what_was_said_against_it(people, mette):
    joined = merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    undo(decision=joined.pk, by=mette, at=now())
    assert Veto.objects.filter(lifted_at=None).count() == 1
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="she said so", at=now())
    assert [(v.lifted_by, v.lifted_at is not None) for v in Veto.objects.all()] == [(mette, True)]
    again = merge(kept=owner("c"), absorbed=owner("d"), by=mette, why="x", at=now())
    undo(decision=again.pk, by=mette, at=now())
    lift(one=owner("c"), other=owner("d"), by=mette, at=now())
    assert Veto.objects.filter(lifted_at=None).count() == 0


def test_the_timeline_is_the_same_row_by_row_after_a_join_and_its_undo(people, mette, mailbox):
    receive(mailbox, *[mail(sender=f"{n}@x.example", ident=f"{n}{i}@x") for i in range(5) for n in "ab"])

    def lines():
        found = defaultdict(list)
        for n in "ab":
            found[n] = [(i.pk, i.handle_id, i.at) for i in timeline(owner(n))]
        return found

    before = lines()
    joined = merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    both = [i.pk for i in timeline(owner("a"))]
    assert sorted(both) == sorted(pk for rows in before.values() for pk, _, _ in rows)
    undo(decision=joined.pk, by=mette, at=now())
    assert lines() == before
