"""Waiting for the right one: no database."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.routing.rules.assign import share
from samspil.routing.rules.choose import Loads, suits
from samspil.routing.rules.soon import FEW, curve, promise
from samspil.routing.tests.test_assign_rules import AT, BRAKES, pairs, people_of_all_kinds, person, queue, waiting

LOG = tuple(float(minutes) for minutes in range(1, 41))  # as often ended after each minute up to forty
HALF_HOUR = timedelta(minutes=30)
BO, METTE = UUID(int=1), UUID(int=2)


def full(number, age, minutes=30, **more):
    return person(number, capacity=1, load=1, soon=curve([(LOG, age)], minutes), **more)


def held(shared):
    return {item.conversation.int: (hold.colleague.int, hold.otherwise.int) for item, hold in shared.held}


def test_the_curve_is_what_is_left_of_those_that_held_as_long():
    assert curve([(LOG, 20)], 20) == pytest.approx([1 - n / 20 for n in range(21)])
    assert curve([(LOG, 20), (LOG, 30)], 5) == pytest.approx([(1 - n / 20) * (1 - n / 10) for n in range(6)])
    assert curve([], 3) == (0, 0, 0, 0)
    assert curve([], 4, back=2.5) == (1, 1, 1, 0, 0)
    assert curve([(LOG, 20)], 4, leaves=2) == pytest.approx([1, 0.95, 0.95, 0.95, 0.95])


def test_of_too_few_or_older_than_all_nothing_is_foretold():
    assert curve([(LOG[: FEW - 1], 1)], 3) == curve([(LOG, 40)], 3) == (1, 1, 1, 1)
    assert promise(curve([(LOG, 40)], 30), 30) is None


def test_what_is_likely_has_its_minutes_and_its_chance():
    minutes, chance = promise(curve([(LOG, 20)], 30), 30)
    assert (minutes, chance) == (pytest.approx(10.5), 1.0)
    assert promise(curve([(LOG, 20)], 30), 9) is None
    assert promise(curve([(LOG, 20)], 30), 0.5) is None


def test_it_waits_for_whom_the_consumer_knows_and_says_who_else_could():
    people = [full(1, 20), person(2, level=4)]
    shared = share([waiting(11, 5, last=BO)], people, AT, patience=HALF_HOUR)
    assert (shared.given, held(shared)) == ([], {11: (1, 2)})
    hold = shared.held[0][1]
    assert (hold.minutes, hold.until) == (pytest.approx(10.5), AT + timedelta(minutes=25))


def test_without_patience_or_with_patience_over_it_is_given():
    people = [full(1, 20), person(2, level=4)]
    for minutes, patience in ((5, timedelta()), (25, HALF_HOUR), (300, HALF_HOUR)):
        shared = share([waiting(11, minutes, last=BO)], people, AT, patience=patience)
        assert (pairs(shared.given), shared.held) == ({11: 2}, [])


def test_never_past_what_is_promised_nor_what_is_urgent_nor_for_who_does_not_know_it():
    people = [full(1, 20), person(2, level=4, levels={BRAKES: 3, UUID(int=101): 4})]
    for item in (
        waiting(11, last=BO, due=AT + timedelta(minutes=8)),
        waiting(11, last=BO, urgent=1.0),
        waiting(11, last=BO, skill=BRAKES),
    ):
        shared = share([item], people, AT, patience=HALF_HOUR)
        assert (pairs(shared.given), shared.held) == ({11: 2}, [])
    assert held(share([waiting(11, last=BO, due=AT + timedelta(minutes=25))], people, AT, patience=HALF_HOUR)) == {11: (1, 2)}


def test_one_place_is_waited_for_by_one():
    people = [full(1, 20), person(2, level=4)]
    shared = share([waiting(11, 2, last=BO), waiting(12, 1, last=BO)], people, AT, patience=HALF_HOUR)
    assert (pairs(shared.given), held(shared)) == ({11: 2}, {12: (1, 2)})


def test_who_has_nobody_else_waits_in_the_queue_without_a_reason():
    people = [full(1, 20), person(2, skill=BRAKES)]
    shared = share([waiting(11, last=BO), waiting(12, skill=BRAKES)], people, AT, patience=HALF_HOUR)
    assert (pairs(shared.given), shared.held) == ({12: 2}, [])


@settings(max_examples=300, deadline=None)
@given(queue, people_of_all_kinds, st.sets(st.integers(1, 40)), st.sampled_from([5, 30, 120]))
def test_what_always_holds_of_waiting(waits, people, foretold, minutes):
    soon = curve([(LOG, 20)], minutes)
    people = [replace(p, soon=soon if p.id.int in foretold and p.load >= p.capacity > 0 else ()) for p in people]
    patience = timedelta(minutes=minutes)
    shared = share(waits, people, AT, patience=patience)
    by_id, loads = {p.id: p for p in people}, Loads(people)
    for item, choice in shared.given:
        assert suits(by_id[choice.colleague], item.asked, AT, loads.of(by_id[choice.colleague]))
        loads.add(choice.colleague)
    for item, hold in shared.held:
        assert AT < hold.until <= item.since + patience
        assert item.due is None or hold.until <= item.due
        assert hold.colleague == item.asked.last
        assert by_id[hold.colleague].soon
        assert suits(by_id[hold.otherwise], item.asked, AT, by_id[hold.otherwise].load)
    served = [item.conversation for item, _ in (*shared.given, *shared.held)]
    assert len(set(served)) == len(served)
    awaited = [hold.colleague for _, hold in shared.held]
    assert len(set(awaited)) == len(awaited)
    hopes = [w for w in waits if w.conversation not in served and w.since + patience <= AT]  # its patience is over
    assert not [1 for w in hopes for p in people if p.at_desk(AT) and suits(p, w.asked, AT, loads.of(p))]
    assert share(waits, people, AT).held == []
