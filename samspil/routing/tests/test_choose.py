"""Who gets what: no database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.routing.rules.choose import (
    AT_WORK,
    Asked,
    Loads,
    Person,
    Reason,
    choose,
    home,
)

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BATTERY, BRAKES = UUID(int=101), UUID(int=102)
SERVICE, WORKSHOP = UUID(int=201), UUID(int=202)


def person(number, *, level=3, skill=BATTERY, load=0, capacity=5, seen=timedelta(minutes=1), **more):
    seen_at = None if seen is None else AT - seen
    levels = {skill: level} if level else {}
    return Person(
        id=UUID(int=number), unit=more.pop("unit", SERVICE), capacity=capacity, load=load, seen_at=seen_at, levels=levels, **more
    )


def who(asked, people, loads=None):
    choice = choose(asked, people, AT, loads)
    return choice and choice.colleague.int


def test_the_highest_level_gets_it():
    assert who(Asked(competence=BATTERY), [person(1, level=2), person(2, level=5), person(3, level=4)]) == 2


def test_reasons_sum_up_and_say_what_counted():
    choice = choose(Asked(competence=BATTERY, last=UUID(int=1)), [person(1, level=4, load=2, capacity=8)], AT)
    assert choice.reasons == (
        Reason(kind="level", words=("4",), weight=4.0),
        Reason(kind="continuity", weight=10.0),
        Reason(kind="place", words=("6", "8"), weight=1.5),
        Reason(kind="present", weight=3.0),
    )
    assert choice.score == 18.5
    assert choice.unit == SERVICE


def test_the_same_colleague_comes_before_the_best():
    people = [person(1, level=5), person(2, level=1, load=4)]
    assert who(Asked(competence=BATTERY, last=UUID(int=2)), people) == 2
    assert who(Asked(competence=BATTERY), people) == 1


def test_the_same_colleague_is_not_asked_for_what_she_does_not_know():
    people = [person(1, level=2), person(2, skill=BRAKES, level=5)]
    assert who(Asked(competence=BATTERY, last=UUID(int=2)), people) == 1


def test_without_a_competence_only_the_same_colleague_gets_it():
    people = [person(1, level=5), person(2, level=0)]
    assert who(Asked(last=UUID(int=2)), people) == 2
    assert who(Asked(), people) is None
    assert who(Asked(last=UUID(int=9)), people) is None


def test_the_smaller_share_of_load_wins_between_equals():
    assert who(Asked(competence=BATTERY), [person(1, load=3), person(2, load=1)]) == 2
    assert who(Asked(competence=BATTERY), [person(1, load=3, capacity=30), person(2, load=1, capacity=4)]) == 1


def test_at_the_desk_beats_two_levels_but_not_four():
    away = timedelta(hours=3)
    assert who(Asked(competence=BATTERY), [person(1, level=5, seen=away), person(2, level=3)]) == 2
    assert who(Asked(competence=BATTERY), [person(1, level=5, seen=away), person(2, level=1)]) == 1


@pytest.mark.parametrize(
    "one",
    [
        person(1, load=5),
        person(1, capacity=0),
        person(1, away_until=AT + timedelta(minutes=1)),
        person(1, active=False),
        person(1, outside=True),
        person(1, seen=None),
        person(1, seen=AT_WORK + timedelta(seconds=1)),
        person(1, level=0),
        person(1, skill=BRAKES),
    ],
    ids=["full", "no places", "away", "left", "outside", "never seen", "long not seen", "not able", "able to other things"],
)
def test_never_to_who_cannot(one):
    assert who(Asked(competence=BATTERY), [one]) is None


def test_who_is_back_gets_it_again():
    assert who(Asked(competence=BATTERY), [person(1, away_until=AT)]) == 1
    assert who(Asked(competence=BATTERY), [person(1, seen=AT_WORK)]) == 1


def test_a_batch_fills_places_and_then_stops():
    people = [person(1, level=5, capacity=2), person(2, level=1, capacity=1)]
    loads = Loads(people)
    got = []
    for _ in range(4):
        chosen = who(Asked(competence=BATTERY), people, loads)
        got.append(chosen)
        if chosen:
            loads.add(UUID(int=chosen))
    assert got == [1, 1, 2, None]


def test_home_is_where_most_is_known():
    people = [person(1, level=5), person(2, level=3, unit=WORKSHOP), person(3, level=3, unit=WORKSHOP)]
    assert home(BATTERY, people) == WORKSHOP
    assert home(BRAKES, people) is None
    assert home(BATTERY, [person(1, active=False), person(2, unit=None)]) is None


people_of_all_kinds = st.lists(
    st.builds(
        Person,
        id=st.integers(1, 40).map(lambda n: UUID(int=n)),
        unit=st.sampled_from([None, SERVICE, WORKSHOP]),
        capacity=st.integers(0, 4),
        load=st.integers(0, 5),
        seen_at=st.one_of(st.none(), st.integers(0, 9000).map(lambda m: AT - timedelta(minutes=m))),
        away_until=st.one_of(st.none(), st.integers(-60, 60).map(lambda m: AT + timedelta(minutes=m))),
        active=st.sampled_from([True, True, False]),
        outside=st.sampled_from([False, False, True]),
        levels=st.dictionaries(st.sampled_from([BATTERY, BRAKES]), st.integers(0, 5)),
    ),
    max_size=8,
    unique_by=lambda p: p.id,
)
what_is_asked = st.builds(
    Asked,
    competence=st.sampled_from([None, BATTERY, BRAKES]),
    last=st.one_of(st.none(), st.integers(1, 40).map(lambda n: UUID(int=n))),
)


def fits(one, asked):
    able = one.id == asked.last if asked.competence is None else one.levels.get(asked.competence, 0) > 0
    here = one.active and not one.outside and (one.away_until is None or one.away_until <= AT)
    return able and here and one.seen_at is not None and AT - one.seen_at <= AT_WORK and one.load < one.capacity


@given(people_of_all_kinds, what_is_asked)
def test_choose_takes_who_fits_and_nobody_else(people, asked):
    choice = choose(asked, people, AT)
    able = [p for p in people if fits(p, asked)]
    assert (choice is None) == (not able)
    assert choice == choose(asked, list(reversed(people)), AT)
    if choice:
        found = next(p for p in people if p.id == choice.colleague)
        assert fits(found, asked)
        assert choice.unit == found.unit
        assert all(choice.score >= choose(asked, [p], AT).score for p in able)
