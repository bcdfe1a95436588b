import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.relationship.rules.strength import (
    NAMES,
    SHORT,
    WEIGHTS,
    Sums,
    bounds,
    depth_of,
    half_lives,
    mass,
    mass_of,
    strength,
    strength_of,
    together,
    until_under,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)
counts = st.floats(0, 200, allow_nan=False)


@st.composite
def sums(draw):
    """Decayed counts as they can come about: of interactions with weights under 1, so the squares are no more than the sums."""
    found = {}
    for kind in WEIGHTS:
        ages = draw(st.lists(st.floats(0, 6), max_size=8))
        found[kind] = sum(2.0**-a for a in ages)
        found[f"{kind}2"] = sum(4.0**-a for a in ages)
    scores = draw(st.lists(st.tuples(st.floats(0, 6), st.sampled_from([-1, -0.5, 0, 0.5, 1])), max_size=4))
    return Sums(**found, pulse=sum(2.0**-a * s for a, s in scores))


@given(sums(), st.sampled_from([*WEIGHTS, "pulse"]), st.floats(0.01, 5), st.integers(1, 5))
def test_more_of_anything_never_makes_it_weaker(one, kind, more, networks):
    assert mass(replace(one, **{kind: getattr(one, kind) + more}), networks) >= mass(one, networks)
    assert mass(one, networks + 1) >= mass(one, networks)


@given(counts.filter(lambda c: c < 60), st.sampled_from(list(WEIGHTS)))
def test_one_more_makes_it_stronger(count, kind):
    one = Sums(**{kind: count})
    assert strength_of(mass(replace(one, **{kind: count + 1}))) > strength_of(mass(one))


@given(sums(), st.integers(1, 5))
def test_the_interval_contains_the_strength_and_lies_between_0_and_100(one, networks):
    found = strength(one, networks)
    assert 0 <= found.low <= found.value <= found.high <= 100


def test_the_interval_shrinks_with_more_data():
    wide = [bounds(float(n)) for n in (1, 2, 5, 10, 50, 200, 1000)]
    assert all(b[0] > a[0] and b[1] < a[1] for a, b in pairwise(wide))
    assert wide[0] == pytest.approx((0.0512933, 4.7438645), abs=1e-6)  # Garwood's of one event, 90 %
    assert wide[3][0] == pytest.approx(5.42540 / 10, abs=1e-5)
    assert wide[3][1] == pytest.approx(16.96222 / 10, abs=1e-5)


def test_the_interval_holds_the_true_mean_nine_times_of_ten():
    """Somebody writes at a steady rate; the decayed sum is one draw around what it is in the long run."""
    chance = random.Random(7)
    for rate in (0.05, 0.2, 1.0):  # messages a day; half-life 90 days
        expected, inside, n = rate * 90 / math.log(2), 0, 600
        for _ in range(n):
            age, w, w2 = chance.expovariate(rate), 0.0, 0.0
            while age < 1500:
                w, w2 = w + 2 ** (-age / 90), w2 + 4 ** (-age / 90)
                age += chance.expovariate(rate)
            low, high = bounds(w * w / w2) if w2 else (0.0, 0.0)
            inside += w * low <= expected <= w * high
        assert inside / n >= 0.88


@given(sums(), st.integers(1, 4), st.floats(0.1, 20))
def test_without_contact_it_decays_and_in_the_end_to_nothing(one, networks, ages):
    assert mass(one.aged(ages), networks) == pytest.approx(mass(one, networks) * 2**-ages, rel=1e-9, abs=1e-12)
    gone = strength(one.aged(60), networks)
    assert gone.value < 1e-9
    assert gone.high < 1e-9


@given(st.lists(sums(), max_size=5), st.floats(-5, 5))
def test_a_join_is_the_sum_and_ageing_comes_before_or_after_it(parts, ages):
    whole = together(parts)
    aged = together(p.aged(ages) for p in parts)
    for name in NAMES:
        assert getattr(whole, name) == pytest.approx(sum(getattr(p, name) for p in parts), rel=1e-12)
        assert getattr(aged, name) == pytest.approx(getattr(whole.aged(ages), name), rel=1e-9, abs=1e-12)


def test_nothing_is_nothing():
    found = strength(Sums())
    assert (found.value, found.low, found.high, found.number, found.few) == (0.0, 0.0, 0.0, 0.0, True)


def test_bad_answers_take_from_it_and_never_below_nothing():
    one = Sums(medium=2.0, medium2=2.0)
    assert mass(replace(one, pulse=-1.0)) == 1.0
    assert mass(replace(one, pulse=-9.0)) == 0.0


def test_the_numbers_of_the_documentation():
    """One message with its answer; monthly and weekly letters that are answered, in the long run, at half-lives of 90 days."""
    assert round(strength_of(mass(Sums(medium=1, ours=1)))) == 15
    for per_day, wanted in ((1 / 91, 21), (1 / 30, 51), (1 / 7, 95)):
        steady = per_day * 90 / math.log(2)
        assert round(strength_of(mass(Sums(medium=steady, ours=steady)))) == wanted
    assert round(strength_of(mass(Sums(medium=1, ours=1), networks=2)), 1) == 16.8
    assert round(strength_of(mass(Sums(medium=1, ours=1), networks=9)), 1) == round(strength_of(2 * 1.3), 1)


@given(st.floats(0.001, 99.9))
def test_a_mass_has_its_strength(value):
    assert strength_of(mass_of(value)) == pytest.approx(value, rel=1e-9)
    assert math.isinf(mass_of(100))


@given(st.floats(0.01, 500), st.floats(1, 95))
def test_when_it_falls_under(weight, under):
    wait = until_under(weight, under)
    if strength_of(weight) <= under:
        assert wait == 0
    else:
        assert strength_of(weight * 2**-wait) == pytest.approx(under, rel=1e-6)


def test_depth_and_half_lives():
    assert [depth_of(n) for n in (0, SHORT - 1, SHORT, 399, 400)] == ["short", "short", "medium", "medium", "long"]
    assert half_lives(AT, AT + timedelta(days=90)) == 1.0
    assert half_lives(AT, AT - timedelta(days=45), 30) == -1.5
    assert math.isinf(until_under(1.0, 0.0))
