"""Whose is each handle: what the decisions in force give, whatever their order."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from samspil.identity.rules.replay import Attach, Done, Join, Move, replay, switch


def u(n: int) -> UUID:
    return UUID(int=n)


handles = st.integers(1, 6).map(u)
consumers = st.integers(101, 106).map(u)
kinds = st.one_of(
    st.tuples(st.just("join"), consumers, consumers),
    st.tuples(st.just("move"), consumers, st.frozensets(handles, min_size=1, max_size=3)),
)


def steps_of(drawn, start=1000):
    homes = [Attach(u(500 + n), u(n), u(100 + n)) for n in range(1, 7)]
    made = []
    for place, (kind, kept, what) in enumerate(drawn):
        if kind == "join" and kept != what:
            made.append(Join(u(start + place), kept, what))
        elif kind == "move":
            made.append(Move(u(start + place), kept, what))
    return homes, made


def owners(steps):
    return {handle: consumer for handle, (consumer, _) in replay(steps).items()}


@given(st.lists(kinds, max_size=8))
def test_every_handle_has_one_owner_and_none_is_lost(drawn):
    homes, made = steps_of(drawn)
    assert set(replay([*made, *homes])) == {s.handle for s in homes}


@given(st.lists(kinds, max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_the_steps_are_read_does_not_matter(drawn, random):
    homes, made = steps_of(drawn)
    shuffled = [*homes, *made]
    random.shuffle(shuffled)
    assert replay(shuffled) == replay([*homes, *made])


@given(st.lists(kinds, min_size=1, max_size=6), st.data())
def test_a_join_that_is_taken_back_moves_only_what_it_had_moved_or_what_followed(drawn, data):
    homes, made = steps_of(drawn)
    joins = [s for s in made if isinstance(s, Join)]
    if not joins:
        return
    gone = data.draw(st.sampled_from(joins))
    with_it = replay([*homes, *made])
    earlier = replay([s for s in [*homes, *made] if s.order < gone.order])
    moved = {h for h, (c, _) in earlier.items() if c == gone.absorbed}
    without = replay([s for s in [*homes, *made] if s is not gone])
    assert {h for h in with_it if with_it[h][0] != without[h][0]} <= moved


def test_a_handle_put_beside_another_goes_where_that_one_goes_back_to():
    homes = [Attach(u(1), u(11), u(101)), Attach(u(2), u(12), u(102))]
    join = Join(u(3), u(101), u(102))
    late = Attach(u(4), u(13), u(101), via=u(12))
    assert owners([*homes, join, late]) == {u(11): u(101), u(12): u(101), u(13): u(101)}
    assert owners([*homes, late]) == {u(11): u(101), u(12): u(102), u(13): u(102)}
    assert owners([late]) == {u(13): u(101)}


@given(st.integers(0, 5))
def test_undoing_an_undo_brings_back_what_it_undid(depth):
    chain = [Done(u(1)), *[Done(u(n), u(n - 1)) for n in range(2, depth + 2)]]
    changes = switch(chain, u(depth + 1), on=False)
    assert [changes[u(n)] for n in range(depth + 1, 0, -1)] == [place % 2 == 1 for place in range(depth + 1)]
