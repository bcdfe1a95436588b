"""Sharing out all that waits: no database."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.routing.rules import assign as rule
from samspil.routing.rules.assign import ANSWERED, assign
from samspil.routing.rules.choose import AT_DESK, Asked, Loads, Person, Reason, Track, Waiting, pressing, reasons, suits

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BATTERY, BRAKES, INVOICE = UUID(int=101), UUID(int=102), UUID(int=103)
SERVICE = UUID(int=201)


def person(number, *, level=3, skill=BATTERY, load=0, capacity=5, seen=timedelta(minutes=1), **more):
    levels = more.pop("levels", {skill: level} if level else {})
    return Person(id=UUID(int=number), unit=SERVICE, capacity=capacity, load=load, seen_at=AT - seen, levels=levels, **more)


def waiting(number, minutes=0, skill=BATTERY, last=None, wanted=(), **more):
    asked = Asked(competence=skill, last=last, wanted=wanted, language=more.pop("language", ""))
    return Waiting(conversation=UUID(int=number), asked=asked, since=AT - timedelta(minutes=minutes), **more)


def pairs(taken):
    return {item.conversation.int: choice.colleague.int for item, choice in taken}


def test_together_they_fit_better_than_one_after_the_other():
    """The best pair first (1 with 11) would leave 12 to who knows nothing of it."""
    people = [person(1, capacity=1, levels={BATTERY: 5, BRAKES: 5}), person(2, capacity=1, levels={BATTERY: 4})]
    taken = assign([waiting(11, 1), waiting(12, 0, BRAKES)], people, AT)
    assert pairs(taken) == {11: 2, 12: 1}


def test_a_free_place_takes_what_has_waited_longest_among_equals():
    taken = assign([waiting(11, 5), waiting(12, 60), waiting(13, 30)], [person(1, load=3)], AT)
    assert [item.conversation.int for item, _ in taken] == [12, 13]
    assert taken[0][1].reasons == (
        Reason(kind="level", words=("3",), weight=3.0),
        Reason(kind="place", words=("2", "5"), weight=0.8),
        Reason(kind="present", weight=3.0),
        Reason(kind="waited", words=("60",), weight=6.0),
    )


def test_age_overcomes_a_better_fit():
    one = person(1, capacity=1, levels={BATTERY: 5, BRAKES: 1})
    assert pairs(assign([waiting(11), waiting(12, 30, BRAKES)], [one], AT)) == {11: 1}
    assert pairs(assign([waiting(11), waiting(12, 50, BRAKES)], [one], AT)) == {12: 1}


def test_what_is_promised_soon_goes_first():
    one = person(1, capacity=1)
    soon = waiting(12, due=AT + timedelta(minutes=15))
    taken = assign([waiting(11, 40), soon], [one], AT)
    assert pairs(taken) == {12: 1}
    assert taken[0][1].reasons[-1] == Reason(kind="due", words=("15",), weight=4.5)
    assert pairs(assign([waiting(11, 50), soon], [one], AT)) == {11: 1}
    assert pairs(assign([waiting(11, 50), waiting(12, urgent=5.5)], [one], AT)) == {12: 1}


def test_who_knows_more_of_what_it_may_ask_for_gets_it():
    wanted = ((BATTERY, 0.7), (INVOICE, 0.25))
    people = [person(1, level=4), person(2, levels={BATTERY: 3, INVOICE: 5})]
    assert pairs(assign([waiting(11)], people, AT)) == {11: 1}
    taken = assign([waiting(11, wanted=wanted)], people, AT)
    assert pairs(taken) == {11: 2}
    assert Reason(kind="also", words=("1",), weight=1.25) in taken[0][1].reasons


def test_who_writes_the_language_gets_it():
    people = [person(1, level=4), person(2, languages=frozenset({"de"}))]
    assert pairs(assign([waiting(11)], people, AT)) == {11: 1}
    taken = assign([waiting(11, language="de")], people, AT)
    assert pairs(taken) == {11: 2}
    assert Reason(kind="language", words=("de",), weight=2.0) in taken[0][1].reasons


def test_what_became_of_earlier_ones_shifts_the_fit_within_bounds():
    good = Track(well=12, ended=13, shift=0.2)
    people = [person(1, tracks={BATTERY: Track(well=0, ended=50, shift=-0.9)}), person(2, tracks={BATTERY: good})]
    taken = assign([waiting(11)], people, AT)
    assert pairs(taken) == {11: 2}
    assert taken[0][1].reasons[1] == Reason(kind="record", words=("12", "13"), weight=0.8)
    assert Track(well=0, ended=50, shift=-0.9).weight == -1.0
    two_levels_more = person(1, level=5, tracks={BATTERY: Track(well=0, ended=50, shift=-0.9)})
    assert pairs(assign([waiting(11)], [two_levels_more, person(2)], AT)) == {11: 1}


def test_a_day_is_shared_by_capacity_and_between_equals_the_longest_idle_comes_first():
    people = [person(1, today=4), person(2, today=3)]
    taken = assign([waiting(11)], people, AT)
    assert pairs(taken) == {11: 2}
    assert Reason(kind="day", words=("3",), weight=-0.2) in taken[0][1].reasons
    people = [
        person(1, today=3, given_at=AT - timedelta(minutes=10)),
        person(2, today=3, given_at=AT - timedelta(minutes=30)),
    ]
    taken = assign([waiting(11)], people, AT)
    assert pairs(taken) == {11: 2}
    assert Reason(kind="idle", words=("30",), weight=0.01) in taken[0][1].reasons


def test_the_limit_of_the_day_holds():
    one = person(1, today=3, daily=5, capacity=9, load=1)
    assert len(assign([waiting(n) for n in range(11, 19)], [one], AT)) == 2
    assert assign([waiting(11)], [person(1, today=5, daily=5)], AT) == []


def test_without_a_competence_only_who_is_known_gets_it():
    people = [person(1, level=5), person(2, level=0)]
    assert pairs(assign([waiting(11, skill=None, last=UUID(int=2)), waiting(12, skill=None)], people, AT)) == {11: 2}


def test_nothing_is_given_to_an_empty_desk_but_what_arrives_may_wait_for_who_comes_back():
    gone = person(1, seen=AT_DESK + timedelta(seconds=1))
    assert assign([waiting(11, 500)], [gone], AT) == []
    taken = assign([waiting(11, 500)], [gone], AT, desk=False)
    assert [r.kind for r in taken[0][1].reasons] == ["level", "place", "absent"]
    assert assign([], [person(1)], AT) == assign([waiting(11)], [], AT) == []


skills = st.sampled_from([BATTERY, BRAKES, INVOICE])
people_of_all_kinds = st.lists(
    st.builds(
        Person,
        id=st.integers(1, 40).map(lambda n: UUID(int=n)),
        unit=st.sampled_from([None, SERVICE]),
        capacity=st.integers(0, 4),
        load=st.integers(0, 5),
        seen_at=st.one_of(st.none(), st.sampled_from([1, 10, 20, 9000]).map(lambda m: AT - timedelta(minutes=m))),
        away_until=st.sampled_from([None, None, AT + timedelta(minutes=1), AT]),
        active=st.sampled_from([True, True, True, False]),
        outside=st.sampled_from([False, False, False, True]),
        levels=st.dictionaries(skills, st.integers(0, 5)),
        today=st.integers(0, 6),
        daily=st.sampled_from([None, None, 4]),
        given_at=st.sampled_from([None, AT - timedelta(minutes=20), AT - timedelta(hours=3)]),
        tracks=st.dictionaries(skills, st.builds(Track, well=st.just(3), ended=st.just(4), shift=st.floats(-0.5, 0.5))),
        languages=st.sampled_from([frozenset(), frozenset({"de"})]),
    ),
    max_size=8,
    unique_by=lambda p: p.id,
)
queue = st.lists(
    st.builds(
        Waiting,
        conversation=st.integers(1, 60).map(lambda n: UUID(int=n)),
        asked=st.builds(
            Asked,
            competence=st.one_of(st.none(), skills, skills),
            last=st.one_of(st.none(), st.integers(1, 40).map(lambda n: UUID(int=n))),
            wanted=st.lists(st.tuples(skills, st.floats(0.05, 0.9)), max_size=3, unique_by=lambda w: w[0]).map(tuple),
            language=st.sampled_from(["", "de"]),
        ),
        since=st.integers(0, 600).map(lambda m: AT - timedelta(minutes=m)),
        due=st.sampled_from([None, None, AT - timedelta(hours=1), AT + timedelta(minutes=30)]),
    ),
    max_size=15,
    unique_by=lambda w: w.conversation,
)


def worth(one, item, load):
    return ANSWERED + sum(r.weight for r in (*reasons(one, item.asked, AT, load), *pressing(item, AT)))


def greedy(waits, people):
    """The best pair first, again and again."""
    loads, left, total = Loads(people), list(waits), 0.0
    while True:
        options = [
            (worth(p, w, loads.of(p)), w, p) for w in left for p in people if p.at_desk(AT) and suits(p, w.asked, AT, loads.of(p))
        ]
        if not options:
            return total
        value, item, one = max(options, key=lambda o: (o[0], str(o[1].conversation), str(o[2].id)))
        total += value
        loads.add(one.id)
        left.remove(item)


def value_of(taken):
    return sum(choice.score + ANSWERED for _, choice in taken)


def holds(taken, waits, people):
    """What always holds: each once, only to who suits, within places and the limit of the day, no suiting place left free."""
    by_id, loads = {p.id: p for p in people}, Loads(people)
    assert len({item.conversation for item, _ in taken}) == len(taken)
    for item, choice in taken:
        one = by_id[choice.colleague]
        assert one.at_desk(AT)
        assert suits(one, item.asked, AT, loads.of(one))
        assert choice.unit == one.unit
        assert choice.score == pytest.approx(worth(one, item, loads.of(one)) - ANSWERED)
        loads.add(one.id)
    got = Counter(choice.colleague for _, choice in taken)
    for one in people:
        assert got[one.id] <= max(one.capacity - one.load, 0)
        assert one.daily is None or got[one.id] <= max(one.daily - one.today, 0)
    left = {w.conversation for w in waits} - {item.conversation for item, _ in taken}
    assert not [
        1 for w in waits if w.conversation in left for p in people if p.at_desk(AT) and suits(p, w.asked, AT, loads.of(p))
    ]


@settings(max_examples=300, deadline=None)
@given(queue, people_of_all_kinds)
def test_what_always_holds(waits, people):
    taken = assign(waits, people, AT)
    assert taken == assign(list(reversed(waits)), list(reversed(people)), AT)
    holds(taken, waits, people)


@settings(max_examples=200, deadline=None)
@given(queue, people_of_all_kinds)
def test_the_sum_is_never_below_the_greedy_one(waits, people):
    assert value_of(assign(waits, people, AT)) >= greedy(waits, people) - 1e-3


@settings(max_examples=200, deadline=None)
@given(queue, people_of_all_kinds)
def test_nothing_waits_for_ever_behind_what_fits_better(waits, people):
    """Who is left behind could take no place from one that has waited so much shorter that the fit cannot make up for it."""
    taken = assign(waits, people, AT)
    most = 5 + 10 + 5 * 3 + 2 + 2 + 3 + 1 + 1 + 6 + 0.1  # what everything but the age can count, and the place's own difference
    given_to = {p.id: [item for item, choice in taken if choice.colleague == p.id] for p in people}
    served = {item.conversation for item, _ in taken}
    for item in waits:
        if item.conversation not in served:
            for one in people:
                if one.at_desk(AT) and suits(one, item.asked, AT, one.load):
                    assert all((other.since - item.since).total_seconds() / 600 <= most for other in given_to[one.id])


def crowd(conversations, colleagues):
    """Many of both, made by arithmetic: the same in every run."""
    skills_of = [UUID(int=1000 + n) for n in range(20)]
    people = [
        person(n, capacity=2 + n % 4, load=n % 3, levels={skills_of[(n * k) % 20]: 1 + (n + k) % 5 for k in (1, 7, 11)})
        for n in range(1, colleagues + 1)
    ]
    waits = [
        waiting(10_000 + n, (n * 37) % 240, skills_of[(n * n) % 20], last=UUID(int=1 + n % colleagues) if n % 5 == 0 else None)
        for n in range(conversations)
    ]
    return waits, people


@pytest.mark.parametrize("size", [(600, 80), (120, 80), (200, 60)])
def test_more_than_can_all_be_looked_at_comes_close_to_the_best(size, monkeypatch):
    waits, people = crowd(*size)
    best = assign(waits, people, AT)
    monkeypatch.setattr(rule, "EXACT", 0)
    monkeypatch.setattr(rule, "SPREAD", 12 * size[0])
    some = assign(waits, people, AT)
    holds(some, waits, people)
    assert len(some) == len(best)
    assert 0.96 * value_of(best) <= value_of(some) <= value_of(best) + 1e-3
    assert some == assign(list(reversed(waits)), list(reversed(people)), AT)
