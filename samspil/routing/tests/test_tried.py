"""What another policy would have changed: pure counts of what happened."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from samspil.routing.rules.tried import Held, Hoped, Limits, Past, counted

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
BO, LEA = UUID(int=1), UUID(int=2)
USUAL = Limits(grace=60, daily=None, patience=30)
ALWAYS = [(AT - timedelta(days=9), AT + timedelta(days=9))]


def hours(n: float) -> datetime:
    return AT + timedelta(hours=n)


def held(who: UUID = BO, since: float = 0, until: float = 10, *, ours: bool = True) -> Held:
    return Held(colleague=who, since=hours(since), until=hours(until), day=hours(since).date(), by_routing=ours)


def past(**values) -> Past:
    return Past(**{"held": [], "hoped": [], "waits": [], "off": {}, "somebody": ALWAYS, **values})


def handed(grace: int | None, **values) -> int:
    return counted(past(**values), Limits(grace=grace, daily=None, patience=0)).handed


def test_what_waits_with_who_is_away_longer_than_the_grace_is_handed_over():
    off = {BO: [(hours(1), hours(6))]}
    assert [handed(grace, held=[held()], off=off) for grace in (None, 60, 60 * 2, 60 * 3, 60 * 5)] == [0, 1, 1, 0, 0]


def test_what_was_answered_before_or_when_nobody_is_there_is_not():
    off = {BO: [(hours(1), hours(6))]}
    assert handed(60, held=[held(until=1)], off=off) == 0
    assert handed(60, held=[held()], off=off, somebody=[(hours(6), hours(9))]) == 0
    assert handed(60, held=[held(LEA)], off=off) == 0


def test_beyond_the_most_a_day_it_goes_to_another():
    rows = [held(), held(), held(), held(ours=False), held(LEA), held(since=24, until=30)]
    assert [counted(past(held=rows), Limits(grace=None, daily=n, patience=0)).full for n in (None, 1, 2, 3)] == [0, 2, 1, 0]


def test_who_waited_for_whom_they_know_gets_another_with_less_patience():
    rows = [
        Hoped(came=AT, given=AT + timedelta(minutes=20), got_who_was_hoped=True),
        Hoped(came=AT, given=AT + timedelta(minutes=5), got_who_was_hoped=True),
        Hoped(came=AT, given=AT + timedelta(minutes=30), got_who_was_hoped=False),
        Hoped(came=AT, given=None, got_who_was_hoped=False),
    ]
    found = {n: counted(past(hoped=rows, waits=[0.0]), Limits(grace=None, daily=None, patience=n)) for n in (0, 10, 30)}
    assert {n: c.met for n, c in found.items()} == {0: 0, 10: 1, 30: 2}
    assert {n: (c.half, c.most) for n, c in found.items()} == {0: (0.0, 0.0), 10: (600.0, 600.0), 30: (1200.0, 1800.0)}
    assert (found[0].others(found[30]), found[30].others(found[30])) == (2, 0)


def test_nothing_happened():
    assert counted(past(), USUAL) == counted(past(), Limits(grace=None, daily=1, patience=0))
    assert (counted(past(), USUAL).half, counted(past(), USUAL).handed) == (None, 0)


SPANS = st.tuples(st.integers(0, 90), st.integers(1, 30)).map(lambda p: (hours(p[0]), hours(p[0] + p[1])))


@given(
    off=st.lists(SPANS, max_size=4),
    rows=st.lists(st.builds(held, st.sampled_from([BO, LEA]), st.integers(0, 50), st.integers(51, 99)), max_size=6),
    grace=st.integers(1, 2000),
    more=st.integers(0, 2000),
    daily=st.integers(1, 4),
)
def test_more_grace_and_more_a_day_never_move_more(off, rows, grace, more, daily):
    happened = past(held=rows, off={BO: off})
    less = counted(happened, Limits(grace=grace, daily=daily, patience=0))
    greater = counted(happened, Limits(grace=grace + more, daily=daily + 1, patience=0))
    assert greater.handed <= less.handed <= len(rows)
    assert greater.full <= less.full
