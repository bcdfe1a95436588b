"""What is foretold, how sure, and how many it takes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.load.rules.forecast import AHEAD, WEEK, Past, backtest, bounds, enough, forecast
from samspil.load.rules.need import Work, hands_wanted, needs, spread_work
from samspil.load.rules.quantiles import quantile, queue_wait, ranks

HOURS = np.arange(WEEK * 26 + AHEAD) % WEEK
USUAL = np.where((HOURS // 24 < 5) & (HOURS % 24 >= 8) & (HOURS % 24 < 18), 3.0, 0.2)


def past(weeks=26, factor=1.0, seed=3, shut=()):
    n = WEEK * weeks
    closed = np.isin(np.arange(n + AHEAD) // 24, shut)
    counts = np.random.default_rng(seed).poisson(USUAL[:n] * factor * np.where(closed[:n], 0.1, 1))
    return Past(tuple(map(int, counts)), tuple(map(int, HOURS[: n + AHEAD])), tuple(map(bool, closed)))


def test_the_week_is_learned_and_beats_last_week():
    told, tested = forecast(past()), backtest(past())
    assert told is not None
    assert tested is not None
    assert len(told.mean) == AHEAD
    assert np.abs(np.array(told.mean) - USUAL[-AHEAD:]).mean() < 0.2
    assert told.spread < 0.1
    assert tested.origins == 6
    assert tested.mase < 0.92 * tested.naive
    assert tested.mase_daily < 0.95 * tested.naive_daily
    assert tested.inside80 >= 0.8
    assert tested.inside95 >= 0.94
    assert tested.inside95_daily >= 0.85


def test_what_grows_lifts_what_is_foretold():
    rows = past()
    grown = tuple(int(c * (1 if n < WEEK * 22 else 2)) for n, c in enumerate(rows.counts))
    told = forecast(Past(grown, rows.hours, rows.closed))
    assert sum(told.mean) > 1.5 * sum(forecast(rows).mean)


def totals(values):
    """Sums of whole days."""
    return [sum(values[n : n + 24]) for n in range(0, len(values), 24)]


def test_a_holiday_to_come_is_as_those_that_were():
    to_come = 26 * 7 + 1
    open_, shut = forecast(past()), forecast(past(shut=(9, 40, 100, to_come)))
    assert totals(shut.mean)[1] < 0.35 * totals(open_.mean)[1]
    assert totals(shut.mean)[2] == pytest.approx(totals(open_.mean)[2], rel=0.15)


def test_too_little_foretells_nothing():
    thin = Past((0,) * WEEK * 10, tuple(map(int, HOURS[: WEEK * 10 + AHEAD])), (False,) * (WEEK * 10 + AHEAD))
    assert not enough(thin)
    assert forecast(thin) is None
    assert backtest(thin) is None
    assert forecast(past(weeks=2)) is None
    assert backtest(past(weeks=4)) is None
    with pytest.raises(ValueError, match="hour"):
        Past((1, 2), (0,), (False,))


def test_nothing_after_the_origin_is_looked_at():
    rows = past()
    other = Past((*rows.counts[:-1], 900), rows.hours, rows.closed)
    first, second = backtest(rows), backtest(other)
    assert first.mase != second.mase  # the error is of what came
    assert forecast(rows) != forecast(other)
    n = len(rows.counts) - AHEAD
    cut = Past(rows.counts[:n], rows.hours[: n + AHEAD], rows.closed[: n + AHEAD])
    same = Past((*rows.counts[:n], *([7] * AHEAD)), rows.hours, rows.closed)
    assert forecast(cut) == forecast(Past(same.counts[:n], same.hours[: n + AHEAD], same.closed[: n + AHEAD]))


@given(st.floats(0.01, 200), st.floats(0, 3), st.sampled_from([0.5, 0.8, 0.95]))
def test_a_wider_interval_holds_the_narrower(mean, spread, sure):
    low, high = bounds([mean], spread, sure)
    wider_low, wider_high = bounds([mean], spread, 0.99)
    assert wider_low[0] <= low[0] <= high[0] <= wider_high[0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_lies_in_its_interval(values, share):
    found = quantile(values, share)
    assert min(values) <= found.value <= max(values)
    assert found.low is None or found.low <= found.value + 1e-6
    assert found.high is None or found.high >= found.value - 1e-6
    assert found.few is (len(values) < 10)


def test_ranks_as_the_books_table_says():
    # Hahn and Meeker (1991), table of distribution-free intervals of the median: n = 10 gives (2, 9), n = 20 (6, 15), n = 100 (40, 61).
    assert [ranks(n, 0.5) for n in (10, 20, 100)] == [(2, 9), (6, 15), (40, 61)]
    assert ranks(3, 0.5) == (0, 4)
    assert quantile([], 0.5) is None
    assert quantile([1, 2, 3], 0.5).low is None


def test_the_interval_holds_the_truth_as_often_as_it_says():
    chance = np.random.default_rng(5)
    truth = np.log(2)
    found = [quantile(chance.exponential(size=25), 0.5) for _ in range(800)]
    assert np.mean([f.low <= truth <= f.high for f in found]) >= 0.94


def test_a_queue_takes_as_long_as_its_answers():
    assert queue_wait(0, 1 / 60, 0.5) == pytest.approx(60 * np.log(2))
    assert queue_wait(9, 1 / 60, 0.5) == pytest.approx(580, rel=0.01)
    assert queue_wait(9, 1 / 60, 0.8) > queue_wait(9, 1 / 60, 0.5)
    assert queue_wait(3, 0, 0.5) is None


COUNTS = st.lists(st.floats(0, 40), min_size=1, max_size=60)


@settings(max_examples=60)
@given(COUNTS, st.data())
def test_no_work_is_lost_where_there_is_time_for_it(arrivals, data):
    n = len(arrivals)
    opened = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n, max_size=n))
    within = data.draw(st.sampled_from([600.0, 3600.0, 4 * 3600.0]))
    work = spread_work(arrivals, [*opened, 1.0, 1.0, 1.0, 1.0, 1.0][:n], within)
    assert all(w == 0 for w, o in zip(work, opened, strict=True) if o == 0)
    assert sum(work) <= sum(arrivals) + 1e-6
    assert sum(spread_work(arrivals, [1.0] * n, 3600.0)) == pytest.approx(sum(arrivals))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 60), st.floats(60, 3000), st.integers(1, 4), st.booleans())
def test_more_work_never_needs_fewer(rate, holding, each, queued):
    def need(rate, holding, within=600.0, each=each):
        work = Work(queued=queued, holding=holding, each=each, within=within)
        return sum(h.need for h in needs([rate] * 5, [1.0] * 5, [1] * 5, work))

    assert need(rate * 1.5, holding) >= need(rate, holding)
    assert need(rate, holding * 1.5) >= need(rate, holding)
    assert need(rate, holding, within=3000.0) <= need(rate, holding) or not queued
    assert need(rate, holding, each=each + 1) <= need(rate, holding)


def test_hours_with_what_they_miss():
    mail = Work(queued=False, holding=1200, within=2 * 3600)
    hours = needs([0, 6, 0, 0], [0, 0, 1, 1], [0, 0, 2, 1], mail)
    assert [(h.need, h.there, h.missing, h.kept) for h in hours] == [
        (0, 0, 0, None),
        (0, 0, 0, None),
        (1, 2, 0, None),
        (1, 1, 0, None),
    ]
    chat = Work(queued=True, holding=600, each=3, within=60)
    hours = needs([30, 30], [1, 0], [1, 0], chat)
    assert hours[0].need == 3
    assert hours[0].missing == 2
    assert hours[0].kept == pytest.approx(0.0)
    assert hours[1].need == 0


def test_hands_wanted():
    assert hands_wanted(waiting=10, coming=2, hours=2, pace=3, there=1) == 1
    assert hands_wanted(waiting=10, coming=2, hours=2, pace=3, there=2) == 0
    assert hands_wanted(waiting=10, coming=2, hours=0, pace=3, there=0) == 0
