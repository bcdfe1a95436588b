from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from samspil.relationship.rules.stages import (
    ACQUAINTED,
    ACTIVE,
    CLOSE,
    COOLING,
    FALLS,
    LOST,
    RETURNED,
    RISES,
    STAGES,
    STRANGER,
    Happened,
    due_at,
    walk,
)
from samspil.relationship.rules.strength import strength_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = AT + timedelta(days=3650)


def days(*them, what="medium"):
    return [Happened(AT + timedelta(days=d), what, "mail") for d in them]


def stages(changes):
    return [c.stage for c in changes]


@st.composite
def histories(draw):
    kinds = st.sampled_from(["short", "medium", "long", "ours", "acts", "purchases", "pulse"])
    score, network = st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), st.sampled_from(["mail", "chat"])
    rows = draw(st.lists(st.tuples(st.integers(0, 900), kinds, score, network), max_size=25))
    return [Happened(AT + timedelta(days=d), w, n, s) for d, w, s, n in sorted(rows, key=lambda r: r[0])]


def test_who_never_did_anything_has_no_stage():
    assert walk(None, [], until=YEARS, half_life=90) == (None, [])


def test_one_question_that_was_answered_makes_an_acquaintance_and_silence_loses_it():
    state, changes = walk(None, [*days(0), *days(0, what="ours")], until=YEARS, half_life=90)
    assert [(c.before, c.stage, c.why) for c in changes] == [(STRANGER, ACQUAINTED, "ours"), (ACQUAINTED, LOST, "silence")]
    assert (state.stage, state.since, state.why) == (LOST, changes[1].at, "silence")
    assert AT + timedelta(days=150) < changes[1].at < AT + timedelta(days=155)  # 2 falls to .6155 in 1.7 half-lives


def test_a_stranger_who_wrote_two_words_is_one():
    assert walk(None, days(0, what="acts"), until=YEARS, half_life=90)[1] == []


def test_up_to_close_and_all_the_way_down_and_back():
    often = [e for d in range(0, 100, 5) for e in (*days(d), *days(d, what="ours"))]
    changes = walk(None, [*often, *days(1500, 1501)], until=AT + timedelta(days=1502), half_life=90)[1]
    assert stages(changes) == [ACQUAINTED, ACTIVE, CLOSE, ACTIVE, COOLING, LOST, RETURNED]
    assert [c.why for c in changes][3:] == ["silence", "silence", "silence", "medium"]
    assert changes[-1].at == AT + timedelta(days=1501)


def test_a_bad_answer_takes_from_it_at_once():
    happened = [*days(0, what="ours"), *days(0, 0), Happened(AT + timedelta(days=1), "pulse", "", -1.0)]
    happened += [Happened(AT + timedelta(days=d), "pulse", "", -1.0) for d in (2, 3)]
    state, changes = walk(None, happened, until=AT + timedelta(days=4), half_life=90)
    assert (stages(changes), changes[-1].why, changes[-1].at) == ([ACQUAINTED, LOST], "pulse", AT + timedelta(days=3))
    assert state.mass < 0.1


def test_between_the_thresholds_it_stays_what_it_was():
    """Hysteresis: who has been close stays so at a strength at which nobody becomes so."""
    often = [e for d in range(0, 40, 4) for e in (*days(d), *days(d, what="ours"))]
    state, _ = walk(None, often, until=AT + timedelta(days=37), half_life=90)
    assert state.stage == CLOSE
    due = due_at(state, 90)
    before, none = walk(state, [], until=due - timedelta(seconds=1), half_life=90)
    assert (before.stage, none) == (CLOSE, [])
    middle = strength_of(state.mass * 2 ** (-((due - state.at) / timedelta(days=90)) * 0.9))
    assert 55 < middle < 65


@given(histories(), st.integers(0, 25))
def test_walked_at_once_or_in_two_it_is_the_same(happened, cut):
    whole, changes = walk(None, happened, until=YEARS, half_life=90)
    first, rest = happened[:cut], happened[cut:]
    # A part ends when the next begins: what a silence does after that is not known yet.
    state, some = walk(None, first, until=rest[0].at if rest else YEARS, half_life=90)
    ended, others = walk(state, rest, until=YEARS, half_life=90)
    assert some + others == changes
    assert ended == whole


@given(histories())
def test_changes_follow_each_other_and_the_clock(happened):
    changes = walk(None, happened, until=YEARS, half_life=90)[1]
    stage, at = STRANGER, AT
    for change in changes:
        assert change.before == stage
        assert change.at >= at
        stage, at = change.stage, change.at
        up, down = RISES.get(change.before), FALLS.get(change.before)
        assert change.stage in {up and up[1], down and down[1]}


@given(histories())
def test_in_the_end_everybody_is_a_stranger_or_lost(happened):
    state, _ = walk(None, happened, until=YEARS, half_life=90)
    assert state is None or (state.stage in {STRANGER, LOST} and due_at(state, 90) is None)


@given(histories())
def test_nothing_changes_before_it_is_due(happened):
    until = happened[-1].at if happened else AT
    state, _ = walk(None, happened, until=until, half_life=90)
    due = due_at(state, 90) if state else None
    if due and due > until + timedelta(seconds=2):
        assert walk(state, [], until=due - timedelta(seconds=1), half_life=90) == (state, [])
        later, changes = walk(state, [], until=due, half_life=90)
        assert changes[0].at == due
        assert later.stage != state.stage


def test_every_stage_but_the_lowest_falls_and_every_stage_but_the_highest_rises():
    assert set(FALLS) == set(STAGES) - {STRANGER, LOST}
    assert set(RISES) == set(STAGES) - {CLOSE}
    for stage, (under, lower) in FALLS.items():
        rise = RISES.get(lower)
        assert rise is None or rise[0] > under, stage
