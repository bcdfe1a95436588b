"""The order of the worklist: bounded, and more where more is to be won."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.base.shares import wilson
from samspil.identity.rules.gain import FLOOR, LEAST, Hangs, entropy, gain, stake, worth

chances = st.floats(0, 1)
sides = st.builds(Hangs, interactions=st.integers(0, 10**6), open=st.integers(0, 500), days=st.floats(0, 20000))


@given(chances, sides)
def test_a_gain_lies_between_nothing_and_one(p, hangs):
    assert 0 <= gain(p, hangs) <= 1
    assert LEAST <= stake(hangs) <= 1


@given(chances, chances, sides)
def test_it_rises_with_the_chance_up_to_two_thirds_and_falls_after(a, b, hangs):
    low, high = sorted((a, b))
    if high <= 2 / 3:
        assert gain(low, hangs) <= gain(high, hangs) + 1e-12
    if low >= 2 / 3:
        assert gain(low, hangs) >= gain(high, hangs) - 1e-12


@given(st.floats(0.5, 1))
def test_a_likely_yes_is_worth_more_than_an_equally_uncertain_no(p):
    assert worth(p) >= worth(1 - p)
    assert entropy(p) == pytest.approx(entropy(1 - p))


@given(chances, sides, st.integers(0, 1000), st.integers(0, 20), st.floats(0, 1000))
def test_more_that_hangs_on_it_never_makes_it_less(p, hangs, more, talks, older):
    bigger = Hangs(hangs.interactions + more, hangs.open + talks, hangs.days)
    assert gain(p, bigger) >= gain(p, hangs) - 1e-12
    assert gain(p, Hangs(hangs.interactions, hangs.open, hangs.days + older)) <= gain(p, hangs) + 1e-12


def test_known_places():
    assert worth(2 / 3) == pytest.approx(1)
    assert worth(1) == pytest.approx(1 / math.log2(3))
    assert worth(0) == 0
    assert stake(Hangs()) == LEAST
    assert stake(Hangs(interactions=255)) == pytest.approx(LEAST + (1 - LEAST) / 2)
    assert stake(Hangs(interactions=255, days=1e9)) == pytest.approx(LEAST + (1 - LEAST) / 2 * FLOOR)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_no_chance_brings_nothing(broken):
    assert gain(broken, Hangs(10)) == 0


def test_negative_counts_are_none():
    assert stake(Hangs(-5, -2, -3.0)) == LEAST


@given(st.integers(1, 5000), st.data())
def test_an_interval_holds_its_share_and_narrows(of, data):
    hits = data.draw(st.integers(0, of))
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1
    wide_low, wide_high = wilson(hits, of)
    low10, high10 = wilson(hits * 10, of * 10)
    assert high10 - low10 <= wide_high - wide_low + 1e-12


def test_an_interval_as_the_books_have_it():
    assert wilson(0, 0) == (0, 1)
    assert wilson(8, 10) == (pytest.approx(0.4901, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(10, 10) == (pytest.approx(0.7225, abs=1e-4), 1)
