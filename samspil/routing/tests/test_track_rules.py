"""What earlier conversations say of a colleague: no database."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.routing.rules.choose import Track
from samspil.routing.rules.track import estimates


def test_little_changes_little_and_much_changes_much():
    outcomes = [("new", "battery", False)] + [("old", "battery", n % 10 > 0) for n in range(100)]
    found = estimates(outcomes)
    usual = (90 + 10 * 90 / 101) / 111
    new, old = found["new", "battery"], found["old", "battery"]
    assert (new.well, new.ended, old.well, old.ended) == (0, 1, 90, 100)
    assert new.rate == pytest.approx(10 * usual / 11)
    assert new.shift == pytest.approx(new.rate - usual)
    assert old.rate == pytest.approx((90 + 10 * usual) / 110)
    assert old.spread == pytest.approx(sqrt(old.rate * (1 - old.rate) / 111))
    assert -0.09 < new.shift < old.shift


def test_nothing_gives_nothing():
    assert estimates([]) == {}


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.booleans()), max_size=60))
def test_shares_stay_shares_and_what_they_count_is_bounded(outcomes):
    found = estimates(outcomes)
    assert set(found) == {(who, what) for who, what, _ in outcomes}
    assert sum(e.ended for e in found.values()) == len(outcomes)
    for e in found.values():
        assert -1e-9 <= e.rate <= 1 + 1e-9
        assert 0 <= e.spread <= 0.5
        assert abs(Track(well=e.well, ended=e.ended, shift=e.shift).weight) <= 1
    assert found == estimates(list(reversed(outcomes)))


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=40), st.integers(1, 4))
def test_one_more_that_ended_well_never_lowers_the_share(outcomes, who):
    before = estimates([(w, 1, good) for w, good in outcomes]).get((who, 1))
    after = estimates([(w, 1, good) for w, good in outcomes] + [(who, 1, True)])[who, 1]
    assert before is None or after.rate >= before.rate - 1e-12
