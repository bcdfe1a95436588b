"""Erlang's and Palm's formulas: against published tables, their limits, the chain summed in full, and a simulation."""

import heapq
import random
from math import inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.load.rules.erlang import colleagues_needed, erlang_b, erlang_c, queue_a, queue_c

RATES = st.floats(0.05, 400)
PLACES = st.integers(1, 300)
PATIENCE = st.floats(0.05, 200)


@pytest.mark.parametrize(
    ("places", "offered", "blocked"),
    # Traffic that 1 % and 5 % find blocked, from the usual table of Erlang B: 4.461, 12.03, 84.06 and 95.24 erlang.
    [(10, 4.461, 0.01), (20, 12.03, 0.01), (100, 84.06, 0.01), (100, 95.24, 0.05), (1, 0.1111, 0.1), (2, 2.732, 0.5)],
)
def test_blocked_as_the_table_says(places, offered, blocked):
    assert erlang_b(places, offered) == pytest.approx(blocked, rel=1.5e-3)


@pytest.mark.parametrize(
    ("places", "offered", "waits"),
    # Worked by hand from Erlang's sum: 1/2; 8/15; 4/9; 0.554113 (5 places at 4 erlang); 0.409180 (10 at 8, Gross & Harris, queues M/M/c).
    [(1, 0.5, 0.5), (2, 4 / 3, 8 / 15), (3, 2.0, 4 / 9), (5, 4.0, 0.5541125541), (10, 8.0, 0.4091801508)],
)
def test_waits_as_worked_by_hand(places, offered, waits):
    assert erlang_c(places, offered) == pytest.approx(waits, rel=1e-9)


def test_a_queue_of_one_is_the_queue_of_every_textbook():
    queue = queue_c(places=1, arrivals=0.5, holding=1)
    assert (queue.waits, queue.wait, queue.busy) == (0.5, 1.0, 0.5)
    assert queue.later(2) == pytest.approx(0.5 * np.exp(-1))


@given(PLACES, RATES)
def test_more_places_never_make_one_wait_longer(places, offered):
    assert erlang_b(places + 1, offered) <= erlang_b(places, offered)
    assert erlang_c(places + 1, offered) <= erlang_c(places, offered)
    assert 0 <= erlang_b(places, offered) <= erlang_c(places, offered) <= 1


@given(PLACES, RATES, PATIENCE)
def test_with_patience_too(places, offered, patience):
    fewer, more = (queue_a(places=p, arrivals=offered, holding=1, patience=patience) for p in (places, places + 1))
    assert more.waits <= fewer.waits + 1e-9
    assert more.wait <= fewer.wait + 1e-9
    assert 0 <= fewer.gives_up <= fewer.waits + 1e-12 <= 1 + 1e-9
    assert fewer.later(0.5) <= fewer.later(0.1) + 1e-9 <= fewer.waits + 2e-9
    assert fewer.busy <= 1


def chain(places, arrivals, holding, patience):
    """Palm's chain summed state by state, in logarithms: (waits, gives up)."""
    states = np.arange(1, 60_000)
    out = np.minimum(states, places) / holding + np.maximum(states - places, 0) / patience
    logs = np.concatenate([[0.0], np.cumsum(log(arrivals) - np.log(out))])
    share = np.exp(logs - logs.max())
    share /= share.sum()
    queued = (share[places:] * np.arange(len(share) - places)).sum()
    return share[places:].sum(), queued / patience / arrivals


@pytest.mark.parametrize(
    ("places", "arrivals", "patience"),
    [
        (10, 8, 2),
        (10, 12, 2),
        (10, 12, 0.1),
        (1, 0.3, 5),
        (1, 3, 5),
        (50, 49.5, 30),
        (2000, 1990, 10),
        (2000, 2600, 10),
        (5, 4.999, 400),
    ],
)
def test_patience_as_the_chain_says(places, arrivals, patience):
    queue = queue_a(places=places, arrivals=arrivals, holding=1, patience=patience)
    waits, gives_up = chain(places, arrivals, 1, patience)
    assert queue.waits == pytest.approx(waits, rel=1e-8)
    assert queue.gives_up == pytest.approx(gives_up, rel=1e-6, abs=1e-12)
    assert queue.wait == pytest.approx(gives_up * patience, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize(("places", "arrivals"), [(1, 0.5), (10, 8.0), (100, 95.0), (3000, 2950.0)])
def test_endless_patience_is_erlang_c(places, arrivals):
    without = queue_c(places=places, arrivals=arrivals, holding=1)
    gaps = []
    for patience in (1e2, 1e4, 1e6):
        queue = queue_a(places=places, arrivals=arrivals, holding=1, patience=patience)
        gaps.append(abs(queue.later(0.2) - without.later(0.2)))
    assert gaps[2] < gaps[0] + 1e-9
    assert queue.waits == pytest.approx(without.waits, rel=1e-3)
    assert queue.wait == pytest.approx(without.wait, rel=2e-3)
    assert queue.later(0.2) == pytest.approx(without.later(0.2), rel=2e-3)
    assert queue_a(places=places, arrivals=arrivals, holding=1, patience=inf).waits == without.waits


@pytest.mark.parametrize("places", [1_000, 20_000, 100_000])
def test_thousands_of_places_overflow_nothing(places):
    busy = places - sqrt(places)
    queue = queue_a(places=places, arrivals=busy, holding=1, patience=3)
    # Halfin and Whitt (1981): with a root of the places to spare about .22 wait, whatever their number.
    assert erlang_c(places, busy) == pytest.approx(0.2234, abs=0.01)
    assert 0 < queue.waits < erlang_c(places, busy)
    crowded = queue_a(places=places, arrivals=2.0 * places, holding=1, patience=50)
    assert crowded.waits == pytest.approx(1, abs=1e-9)
    assert crowded.gives_up == pytest.approx(0.5, rel=1e-9)


def simulated(places, arrivals, patience, seed, people=60_000):
    """One run of first come first served with patience: the shares that wait longer than .1 (of the patient) and that give up."""
    chance = random.Random(seed)
    now, free, lost, late = 0.0, [0.0] * places, 0, 0
    heapq.heapify(free)
    for _ in range(people):
        now += chance.expovariate(arrivals)
        wait = max(0.0, free[0] - now)  # what one would wait who never gave up
        late += wait > 0.1
        if chance.expovariate(1 / patience) < wait:
            lost += 1
        else:
            heapq.heapreplace(free, now + wait + chance.expovariate(1.0))
    return late / people, lost / people


@pytest.mark.parametrize(("places", "arrivals", "patience"), [(5, 4.5, 2.0), (8, 9.0, 1.5), (20, 19.0, 4.0)])
def test_patience_as_a_simulation_says(places, arrivals, patience):
    runs = np.array([simulated(places, arrivals, patience, seed) for seed in range(8)])
    queue = queue_a(places=places, arrivals=arrivals, holding=1, patience=patience)
    half = 3.5 * runs.std(axis=0, ddof=1) / sqrt(len(runs))  # Student's t for 7 degrees, 99 %
    assert abs(runs[:, 0].mean() - queue.later(0.1)) <= half[0]
    assert abs(runs[:, 1].mean() - queue.gives_up) <= half[1]


@given(st.floats(0.1, 200), st.integers(1, 6), st.sampled_from([inf, 5.0, 0.5]), st.floats(0.5, 0.99))
def test_the_fewest_are_enough_and_one_less_is_not(arrivals, each, patience, share):
    asked = {"arrivals": arrivals, "holding": 1.0, "within": 0.2, "patience": patience}
    found = colleagues_needed(**asked, each=each, share=share)

    def kept(n):
        return 1 - queue_a(places=n * each, arrivals=arrivals, holding=1.0, patience=patience).later(0.2)

    assert kept(found) >= share
    assert found == 1 or kept(found - 1) < share
    assert colleagues_needed(**asked, each=each, share=min(0.995, share + 0.004)) >= found


def test_nobody_is_needed_where_nobody_comes():
    assert colleagues_needed(arrivals=0, holding=1, each=1, within=1, share=0.9) == 0
    assert colleagues_needed(arrivals=1e9, holding=1, each=1, within=0, share=0.9, most=50) == 50
    assert queue_a(places=0, arrivals=1, holding=1, patience=2).gives_up == 1
