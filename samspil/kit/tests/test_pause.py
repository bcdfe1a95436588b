"""A pause ends after its time and not before, and the runner may stop within a minute."""

import pytest

from samspil.kit import pause


@pytest.mark.parametrize(
    ("seconds", "slices"), [(0.0, [0.0]), (-5.0, [0.0]), (59.5, [59.5]), (60.0, [60.0]), (150.0, [60.0, 60.0, 30.0])]
)
def test_slices(monkeypatch, seconds, slices):
    now, slept = [1000.0], []

    def sleep(length: float) -> None:
        slept.append(length)
        now[0] += length

    monkeypatch.setattr(pause.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pause.time, "sleep", sleep)
    assert len(list(pause.rest(seconds))) == len(slices)
    assert slept == slices
