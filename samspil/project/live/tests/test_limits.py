from samspil.project.live import limits
from samspil.project.live.limits import Buckets


def test_a_burst_passes_and_then_one_at_a_time():
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("a", 0.4) > 0
    assert buckets.take("a", 0.5) == 0
    assert buckets.take("a", 0.5) == 0.5
    assert buckets.take("b", 0.5) == 0


def test_waiting_fills_the_bucket_no_higher_than_its_rim():
    buckets = Buckets(rate=1, burst=2)
    assert buckets.take("a", 0.0) == 0
    assert [buckets.take("a", 1000.0) for _ in range(3)] == [0, 0, 1]


def test_many_strangers_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(limits, "MOST", 100)
    buckets = Buckets(rate=1, burst=2)
    for number in range(5000):
        buckets.take(str(number), number / 1000)
    assert len(buckets._left) <= 101


def test_one_who_was_refused_stays_refused_when_others_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "MOST", 10)
    buckets = Buckets(rate=0.001, burst=1)
    assert buckets.take("greedy", 100.0) == 0
    for number in range(8):
        buckets._left[f"old{number}"] = (1.0, 0.0)
    assert [buckets.take(f"new{number}", 100.0) for number in range(5)] == [0] * 5
    assert buckets.take("greedy", 101.0) > 0
