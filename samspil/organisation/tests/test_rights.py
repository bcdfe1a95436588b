"""Rights, their reaches, and the three sets that every installation has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.organisation.rules.rights import BUILT_IN, REACHES, Reach, Right, built_in_with, changed, covers, read, written

SETS = st.fixed_dictionaries({}, optional={right: st.sampled_from(reaches) for right, reaches in REACHES.items()})
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda x: st.lists(x) | st.dictionaries(st.text(max_size=8), x),
)
EVERYWHERE, BELOW, UNIT = Reach.EVERYWHERE, Reach.BELOW, Reach.UNIT


def test_the_built_in_roles_may_what_they_always_might():
    assert BUILT_IN["employee"] == {Right.JOIN: EVERYWHERE, Right.EXPORT: EVERYWHERE}
    assert BUILT_IN["lead"] == {
        Right.JOIN: EVERYWHERE,
        Right.EXPORT: EVERYWHERE,
        Right.READY: EVERYWHERE,
        Right.LEVELS: EVERYWHERE,
        Right.LOAD: BELOW,
        Right.LATE: UNIT,
        Right.RULES: UNIT,
        Right.ASSIST_FIGURES: UNIT,
        Right.AUTO: UNIT,
        Right.APPROVALS: UNIT,
        Right.CHECKLISTS: EVERYWHERE,
        Right.HOURS: UNIT,
        Right.PULSE: UNIT,
    }
    assert BUILT_IN["admin"] == {**dict.fromkeys(Right, EVERYWHERE), Right.LATE: UNIT}


@given(SETS)
def test_what_is_written_is_read(rights):
    stored = written(rights)
    assert read(stored) == {right: reach for right, reach in rights.items() if reach}
    assert written(read(stored)) == stored


@given(JUNK)
def test_nothing_that_is_not_known_gives_a_right(stored):
    assert read(stored) == {}


def test_no_right_goes_further_than_it_can():
    assert read({"late": "everywhere", "rules": "below", "channels": "unit", "load": "below"}) == {Right.LOAD: BELOW}
    for right, reach in ((Right.LATE, EVERYWHERE), (Right.RULES, BELOW), (Right.CHANNELS, UNIT)):
        with pytest.raises(ValueError, match="does not go"):
            written({right: reach})


@given(SETS, SETS, SETS, st.booleans())
def test_covering_is_an_order(a, b, c, same):
    assert covers(a, a, same_unit=True)
    assert covers(BUILT_IN["admin"], a, same_unit=same)
    if covers(a, b, same_unit=same) and covers(b, c, same_unit=same):
        assert covers(a, c, same_unit=same)
    if covers(a, b, same_unit=False):
        assert covers(a, b, same_unit=True)
    if covers(a, b, same_unit=True):
        assert all(a.get(right, Reach.NOWHERE) >= reach for right, reach in b.items())


def test_a_right_in_the_own_unit_is_not_one_in_another():
    mine = {Right.HOURS: UNIT, Right.LATE: UNIT, Right.READY: EVERYWHERE}
    assert covers(mine, {Right.HOURS: UNIT}, same_unit=True)
    assert not covers(mine, {Right.HOURS: UNIT}, same_unit=False)
    assert not covers(mine, {Right.HOURS: BELOW}, same_unit=True)
    assert covers(mine, {Right.READY: EVERYWHERE, Right.LATE: UNIT}, same_unit=False)


@given(SETS, SETS)
def test_what_changed_leads_from_the_one_to_the_other(a, b):
    after = {right: reach for right, reach in a.items() if reach} | {right: new for right, (_, new) in changed(a, b).items()}
    assert written(after) == written(b)
    assert changed(a, a) == {}


def test_the_roles_with_a_right_are_named_by_its_reach():
    assert built_in_with(Right.JOIN, [EVERYWHERE]) == ["employee", "lead", "admin"]
    assert built_in_with(Right.RULES, [UNIT]) == ["lead"]
    assert built_in_with(Right.LATE, [UNIT]) == ["lead", "admin"]
    assert built_in_with(Right.CHANNELS, [UNIT]) == []
