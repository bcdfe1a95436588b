import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.base.ids import new_id
from samspil.project.live.window import MOST_MISSING, PATIENCE, Entry, Log, Missing


def test_a_row_that_commits_late_is_taken_once():
    missing = Missing()
    missing.begin([5], 0.0)
    assert missing.take([6, 9], 1.0) == [6, 9]
    assert missing.wanted(1.0) == [7, 8]
    assert missing.take([8], 2.0) == [8]
    assert missing.take([8, 9, 6], 3.0) == []
    assert missing.take([7, 10], 3.0) == [7, 10]
    assert missing.wanted(3.0) == []


def test_what_stays_away_for_long_is_given_up():
    missing = Missing()
    missing.begin([], 0.0)
    assert missing.take([3], 0.0) == [3]
    assert missing.wanted(PATIENCE) == [1, 2]
    assert missing.wanted(PATIENCE + 0.1) == []
    assert missing.take([2], PATIENCE + 0.2) == []


def test_the_beginning_is_past_but_its_holes_may_be_filled():
    missing = Missing()
    missing.begin([10, 12, 13], 0.0)
    assert (missing.top, missing.wanted(0.0)) == (13, [11])
    assert missing.take([9, 10, 11, 13], 1.0) == [11]


def test_a_great_jump_does_not_fill_the_memory():
    missing = Missing()
    missing.begin([1], 0.0)
    assert missing.take([10_000_000], 0.0) == [10_000_000]
    assert len(missing.wanted(0.0)) == MOST_MISSING


@settings(deadline=None)  # a busy machine is no defect
@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_in_whatever_order_rows_commit_each_is_told_once(chance: random.Random, count: int):
    """Transactions take ids in order and commit in any order; a reader looks in between."""
    ids = list(range(1, count + 1))
    chance.shuffle(ids)
    seen: list[int] = []
    visible: list[int] = []
    missing = Missing()
    missing.begin([], 0.0)
    for place, ident in enumerate(ids):
        visible.append(ident)
        if chance.random() < 0.5 or place == count - 1:
            wanted = set(missing.wanted(1.0))
            seen += missing.take([i for i in visible if i > missing.top or i in wanted], 1.0)
    assert sorted(seen) == sorted(ids)


def log_of(*ids: int, early: bool = False) -> Log:
    log = Log()
    for ident in ids:
        log.append(Entry(ident, early=early))
    return log


def after(log: Log, ident: int) -> list[int] | None:
    found = log.after(ident)
    return None if found is None else [entry.id for entry in found]


def test_replay_goes_on_in_the_order_of_telling():
    log = log_of(5, 6, 9, 7, 10)
    assert after(log, 9) == [7, 10]
    assert after(log, 7) == [10]
    assert after(log, 10) == []
    assert after(log, 11) == []
    assert after(log, 4) is None


def test_an_id_that_never_came_goes_on_from_the_next_and_looks_back():
    log = log_of(*range(100, 200), *range(201, 300))
    found = after(log, 200)
    assert found is not None
    assert found == [*range(200 - Log.LOOK_BACK, 200), *range(201, 300)]


def test_after_a_start_some_rows_are_told_again_and_none_is_left_out():
    log = log_of(*range(1, 101), early=True)
    log.append(Entry(101))
    assert after(log, 100) == [*range(101 - Log.LOOK_BACK, 101), 101]
    assert after(log, 101) == []


def test_an_empty_log_has_nothing_to_tell():
    assert after(Log(), 7) == []


def test_what_is_too_old_asks_for_everything_anew():
    log = Log(most=3)
    for ident in (1, 2, 3, 4, 5):
        log.append(Entry(ident))
    assert (after(log, 2), after(log, 3), after(log, 4)) == (None, [4, 5], [5])


def test_the_id_stands_on_the_last_event_of_a_row():
    jonas, amira = new_id(), new_id()
    entry = Entry(7, ("event: a\ndata: 1\n\n", "event: b\ndata: 2\n\n"), {jonas: ("event: c\ndata: 3\n\n",)})
    assert entry.for_colleague(amira) == b"event: a\ndata: 1\n\nid: 7\nevent: b\ndata: 2\n\n"
    assert entry.for_colleague(jonas) == b"event: a\ndata: 1\n\nevent: b\ndata: 2\n\nid: 7\nevent: c\ndata: 3\n\n"
    assert Entry(8).for_colleague(jonas) == b""


@pytest.mark.parametrize("most", [1, 2, 5])
def test_places_hold_while_old_rows_are_forgotten(most: int):
    log = Log(most=most)
    for ident in range(1, 50):
        log.append(Entry(ident))
    assert after(log, 49) == []
    assert after(log, 50 - most) == list(range(51 - most, 50))


def test_great_rows_push_old_ones_out(monkeypatch):
    monkeypatch.setattr(Log, "MOST_CHARACTERS", 100)
    log = Log()
    for ident in range(1, 6):
        log.append(Entry(ident, ("x" * 40,)))
    assert (after(log, 3), after(log, 4), log._size) == (None, [5], 80)
    log.append(Entry(6, ("x" * 500,)))
    assert (after(log, 5), after(log, 6)) == (None, [])
