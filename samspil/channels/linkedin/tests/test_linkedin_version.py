"""The version that is spoken, on both sides of each of its days."""

from datetime import date, timedelta

import pytest

from samspil.channels.linkedin.version import version, words


def test_the_version_is_the_one_that_the_channel_was_written_for():
    assert version().value == "202603"
    assert version().since.strftime("%Y%m") == version().value


@pytest.mark.parametrize(
    ("before_the_end", "ok", "says"),
    [
        (31, True, "answered until 2027-03-16"),
        (30, False, "LinkedIn ends"),
        (1, False, "LinkedIn ends"),
        (0, False, "has ended"),
        (-1, False, "has ended"),
    ],
)
def test_the_end_of_a_version_is_told_a_month_before(before_the_end, ok, says):
    found, sentence = words(date(2027, 3, 16) - timedelta(days=before_the_end))
    assert (found, says in sentence) == (ok, True)
