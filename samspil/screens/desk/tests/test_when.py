"""Times as people type them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from samspil.screens.desk.when import when

ZONE = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 11, 23, 13, 20, tzinfo=ZONE)  # a Monday


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i morgen", at(2026, 11, 24, 8)),
        ("I morgen kl. 9", at(2026, 11, 24, 9)),
        ("i morgen 9", at(2026, 11, 24, 9)),
        ("i overmorgen", at(2026, 11, 25, 8)),
        ("fredag", at(2026, 11, 27, 8)),
        ("på fredag kl 14.30", at(2026, 11, 27, 14, 30)),
        ("mandag", at(2026, 11, 30, 8)),
        ("næste mandag 9:00", at(2026, 11, 30, 9)),
        ("om 2 timer", at(2026, 11, 23, 15, 20)),
        ("om en time", at(2026, 11, 23, 14, 20)),
        ("om 30 min", at(2026, 11, 23, 13, 50)),
        ("om tre dage", at(2026, 11, 26, 8)),
        ("om 1 uge", at(2026, 11, 30, 8)),
        ("næste uge", at(2026, 11, 30, 8)),
        ("i aften", at(2026, 11, 23, 19)),
        ("i eftermiddag", at(2026, 11, 23, 14)),
        ("i morgen eftermiddag", at(2026, 11, 24, 14)),
        ("kl. 16", at(2026, 11, 23, 16)),
        ("16:15", at(2026, 11, 23, 16, 15)),
        ("9:00", at(2026, 11, 24, 9)),
        ("24/12", at(2026, 12, 24, 8)),
        ("24. december", at(2026, 12, 24, 8)),
        ("d. 20. dec kl. 14", at(2026, 12, 20, 14)),
        ("1/2", at(2027, 2, 1, 8)),
        ("24/12 2027", at(2027, 12, 24, 8)),
        ("tomorrow", at(2026, 11, 24, 8)),
        ("tomorrow morning", at(2026, 11, 24, 8)),
        ("tomorrow at 9", at(2026, 11, 24, 9)),
        ("next monday 9:00", at(2026, 11, 30, 9)),
        ("friday 3pm", at(2026, 11, 27, 15)),
        ("in 2 hours", at(2026, 11, 23, 15, 20)),
        ("in an hour", at(2026, 11, 23, 14, 20)),
        ("tonight", at(2026, 11, 23, 19)),
        ("weekend", at(2026, 11, 28, 8)),
        ("2026-12-24T08:30", at(2026, 12, 24, 8, 30)),
        ("2026-12-24", at(2026, 12, 24, 8)),
    ],
)
def test_understood(text, expected):
    assert when(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    ["", "   ", "aldrig", "måske", "i går", "25:00", "31/2", "2020-01-01", "9999999", "om 0 timer", "<script>", "31/13", "om"],
)
def test_not_understood(text):
    assert when(text, NOW) is None


def test_a_time_is_always_to_come():
    assert when("kl. 13", NOW) == at(2026, 11, 24, 13)
    assert when("13:20", NOW) == at(2026, 11, 24, 13, 20)


def test_the_clock_stands_when_summer_time_begins():
    winter = datetime(2026, 3, 28, 12, tzinfo=ZONE)
    assert when("i morgen 9", winter) == at(2026, 3, 29, 9)
    assert at(2026, 3, 29, 9).utcoffset() != winter.utcoffset()
