"""What is an answer to «how does it feel», and what is not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.pulse.rules import (
    LONGEST,
    SIGNS,
    Answer,
    answer_of,
    interval,
    is_asked_again,
    may_ask_at,
    score_of_sign,
)

AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("4", Answer(4)),
        (" 5. ", Answer(5)),
        ("3/5", Answer(3)),
        ("2 af 5", Answer(2)),
        ("5!", Answer(5)),
        ("5, tusind tak for hjælpen", Answer(5, "tusind tak for hjælpen")),
        ("1: jeg venter stadig", Answer(1, "jeg venter stadig")),
        ("4\nDet gik fint.", Answer(4, "Det gik fint.")),
        ("4️⃣", Answer(4)),
        ("🙂", Answer(4)),
        ("😀😀", Answer(5)),
        ("👍🏽", Answer(4)),
        ("❤️ tak!", Answer(5, "tak!")),
        ("☹️", Answer(1)),
    ],
)
def test_numbers_and_signs_are_answers(text, answer):
    assert answer_of(text) == answer


@pytest.mark.parametrize(
    "text",
    ["", "  ", "6", "0", "45", "4.5", "5000", "5.000 kr.", "4:30", "2 cykler er kommet", "12 af 5", "nej", "Jeg giver 5", "🚲", "#4", "5"
     + "x" * LONGEST],
)  # fmt: skip
def test_other_messages_are_no_answers(text):
    assert answer_of(text) is None


@given(st.text(max_size=60))
def test_an_answer_is_always_one_of_five(text):
    answer = answer_of(text)
    assert answer is None or answer.score in SIGNS


@given(st.sampled_from(sorted(SIGNS)), st.sampled_from(["", "\ufe0f", "🏿"]))
def test_each_offered_sign_says_its_score_however_it_is_dressed(score, dress):
    assert score_of_sign(SIGNS[score] + dress) == score
    assert answer_of(SIGNS[score] + dress) == Answer(score)


@pytest.mark.parametrize("sign", ["", "🚲", "a", "\ufe0f"])
def test_a_sign_that_says_nothing_of_it(sign):
    assert score_of_sign(sign) is None


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_holds_the_share_and_narrows(good, more):
    of = good + more
    low, high = interval(good, of)
    assert 0 <= low <= high <= 1
    if of:
        assert low <= good / of <= high
        wide = high - low
        narrow = interval(good * 4, of * 4)
        assert narrow[1] - narrow[0] <= wide
    else:
        assert (low, high) == (0.0, 1.0)


def test_the_interval_is_wilsons():
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263 at 95 %.
    low, high = interval(81, 263, z=1.959964)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_nobody_is_asked_at_night_or_too_often():
    assert [hour for hour in range(24) if may_ask_at(hour)] == list(range(8, 20))
    assert is_asked_again(None, AT, 30)
    assert not is_asked_again(AT - timedelta(days=30) + timedelta(seconds=1), AT, 30)
    assert is_asked_again(AT - timedelta(days=30), AT, 30)
