from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.organisation.rules import HALF_LIFE, Piece, above, below, fades_below, in_a_circle, proposed, walk, weigh

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
CLOSE = 1e-9


def ago(days: float) -> datetime:
    return AT - timedelta(days=days)


AGES = st.integers(0, 4000).map(ago)
LEVELS = st.floats(1, 5)
KINDS = st.sampled_from(sorted(HALF_LIFE))
PIECES = st.lists(st.builds(Piece, kind=KINDS, level=LEVELS, at=AGES, times=st.integers(1, 9)), max_size=12)
HELD = st.builds(Piece, kind=st.sampled_from(["said", "confirmed"]), level=LEVELS, at=AGES)


@given(PIECES)
def test_a_level_is_bounded_and_no_higher_than_its_evidence(pieces):
    found = weigh(pieces, AT)
    low, high = found.band
    assert 1 <= low <= found.level <= high <= 5
    assert 0 <= found.sure < 1
    assert 0 < found.spread <= 4 / 12**0.5 + CLOSE
    assert found.whole in range(1, 6)
    assert found.level <= max([4, *(p.level for p in pieces)]) + CLOSE
    assert pieces or found.level == 1


@given(PIECES, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(pieces, random):
    shuffled = [*pieces]
    random.shuffle(shuffled)
    one, other = weigh(pieces, AT), weigh(shuffled, AT)
    assert one.level == pytest.approx(other.level, abs=CLOSE)
    assert one.spread == pytest.approx(other.spread, abs=CLOSE)
    assert (one.stated, one.kind) == (other.stated, other.kind)


@given(PIECES, st.integers(0, 11), LEVELS)
def test_better_evidence_never_lowers(pieces, place, better):
    if not pieces:
        return
    place %= len(pieces)
    old = pieces[place]
    new = Piece(kind=old.kind, level=max(old.level, better), at=old.at, times=old.times)
    assert weigh([*pieces[:place], new, *pieces[place + 1 :]], AT).level >= weigh(pieces, AT).level - CLOSE


@given(PIECES, AGES)
def test_an_answer_that_went_well_never_lowers_and_makes_surer(pieces, at):
    before, after = weigh(pieces, AT), weigh([*pieces, Piece(kind="well", level=4, at=at)], AT)
    assert after.level >= before.level - CLOSE
    assert after.sure > before.sure
    assert after.spread < before.spread
    assert after.stated is before.stated


@given(PIECES, st.integers(0, 3000), st.integers(0, 3000))
def test_time_alone_only_lowers_and_makes_less_sure(pieces, one, more):
    sooner, later = AT + timedelta(days=one), AT + timedelta(days=one + more)
    mixed = [Piece(kind=p.kind, level=4.0, at=p.at) for p in pieces]
    first, then = weigh(mixed, sooner), weigh(mixed, later)
    assert then.level <= first.level + CLOSE
    assert then.sure <= first.sure + CLOSE


@given(HELD)
def test_what_is_said_now_is_the_level_exactly(piece):
    assert weigh([Piece(kind=piece.kind, level=piece.level, at=AT)], AT).level == pytest.approx(piece.level)


@given(LEVELS, st.integers(0, 4000))
def test_a_confirmed_level_fades_slower_and_no_further_than_half(level, days):
    said = weigh([Piece(kind="said", level=level, at=ago(days))], AT)
    confirmed = weigh([Piece(kind="confirmed", level=level, at=ago(days))], AT)
    assert confirmed.level >= said.level
    assert confirmed.sure > said.sure
    assert confirmed.level >= 1 + (level - 1) / 2 - CLOSE


@given(LEVELS, LEVELS, st.integers(0, 1000), st.integers(1, 1000))
def test_a_confirmation_beats_what_was_said_before_it(said, confirmed, days, earlier):
    alone = [Piece(kind="confirmed", level=confirmed, at=ago(days))]
    both = [*alone, Piece(kind="said", level=said, at=ago(days + earlier))]
    assert weigh(both, AT).level == weigh(alone, AT).level
    assert weigh(both, AT).kind == "confirmed"


def test_what_is_stated_twice_in_one_moment_counts_once():
    for kind in ("said", "confirmed"):
        once, twice = (weigh([Piece(kind=kind, level=4, at=ago(300), times=n)], AT) for n in (1, 2))
        assert once == twice


def test_a_confirmation_outweighs_what_is_said_after_it():
    both = [Piece(kind="confirmed", level=5, at=ago(1)), Piece(kind="said", level=3, at=AT)]
    assert weigh(both, AT).level == pytest.approx(4.6, abs=0.01)
    assert weigh(both, AT).whole == 5


def test_a_level_said_halves_above_one_with_its_half_life():
    assert weigh([Piece(kind="said", level=5, at=ago(365))], AT).level == pytest.approx(3)
    assert weigh([Piece(kind="said", level=5, at=ago(730))], AT).level == pytest.approx(2)
    # Four pieces' worth of confidence hold a confirmed level for two half-lives before it begins to slide.
    assert weigh([Piece(kind="confirmed", level=5, at=ago(1460))], AT).level == pytest.approx(5)
    assert weigh([Piece(kind="confirmed", level=5, at=ago(2190))], AT).level == pytest.approx(3)


def test_what_somebody_says_they_cannot_is_not_held_and_not_proposed_until_shown_again():
    shown = [Piece(kind="well", level=4, at=ago(10), times=4)]
    assert not weigh(shown, AT).stated
    assert proposed(shown, AT)
    declined = [*shown, Piece(kind="said", level=0, at=ago(5))]
    assert not weigh(declined, AT).stated
    assert not proposed(declined, AT)
    assert proposed([*declined, Piece(kind="well", level=4, at=ago(1), times=3)], AT)
    assert not proposed([*shown, Piece(kind="confirmed", level=3, at=ago(5))], AT)
    assert not proposed([Piece(kind="well", level=4, at=ago(10), times=2)], AT)


def test_when_a_level_will_be_less_is_foretold():
    piece = [Piece(kind="said", level=5, at=ago(40))]
    [fades] = [fades_below(piece, 4, AT, timedelta(days=60 * k)) for k in (4,)]
    assert fades is not None
    assert weigh(piece, fades).whole == 3
    assert weigh(piece, fades - timedelta(days=7)).whole == 4
    assert fades_below(piece, 4, AT, timedelta(days=14)) is None
    assert fades_below([Piece(kind="said", level=3, at=AT)], 4, AT, timedelta(days=900)) is None


TREES = st.lists(st.integers(0, 12), min_size=1, max_size=12).map(
    lambda ups: {n: (up % n if n and up % (n + 1) else None) for n, up in enumerate(ups)}
)


@given(TREES, st.integers(0, 11), st.integers(0, 11))
def test_a_move_is_refused_exactly_when_it_would_make_a_circle(parents, node, to):
    node, to = node % len(parents), to % len(parents)
    refused = in_a_circle(node, to, parents)
    assert refused is (to == node or to in below(node, parents))
    if not refused:
        moved = {**parents, node: to}
        assert all(one not in above(one, moved) for one in moved)
        assert node in below(to, moved)


@given(TREES)
def test_everything_stands_once_below_its_parent(parents):
    found = walk(parents, key=lambda n: n, parent=parents.get)
    assert sorted(n for n, _ in found) == sorted(parents)
    assert all(depth == len(above(n, parents)) for n, depth in found)
    seen: list[int] = []
    for n, _ in found:
        assert parents[n] is None or parents[n] in seen
        seen.append(n)


def test_a_circle_ends_a_walk():
    parents = {1: 2, 2: 1}
    assert above(1, parents) == [2]
    assert below(1, parents) == [2]
