"""When an answer is sent by itself: every reason against it holds alone; the threshold; the curve; the test that switches off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.assist.rules.auto import (
    REASONS,
    THRESHOLDS,
    Seen,
    feels_bad,
    is_thanks,
    may_be_approved,
    questions,
    wants_a_person,
    whole,
    why_not,
)
from samspil.assist.rules.likely import (
    LEAST,
    Book,
    Step,
    best,
    cannot,
    earlier,
    error_of,
    evidence,
    learn,
    letters_of,
    resembles,
    step_at,
    steps,
)
from samspil.assist.rules.watch import ERROR, doubt, has_fallen
from samspil.base.shares import calibration_error, exact, wilson

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
FINE = Seen(
    text="Hello, the lamp on my battery is blinking. What can I do?",
    at=AT,
    now=AT,
    language="en",
    languages=("en",),
    likely=0.97,
    threshold=0.95,
)
AGAINST = {
    "off": {"enabled": False},
    "stale": {"current": False},
    "closed": {"closed": True},
    "automatic": {"automatic": "auto-reply"},
    "late": {"now": AT + timedelta(hours=2)},
    "done": {"open": False},
    "human": {"ours": 1},
    "ongoing": {"heard": 2},
    "again": {"before": 1},
    "refused": {"refused": True},
    "file": {"files": 1},
    "several": {"text": "Is it open? And is it free?"},
    "feeling": {"text": "This is unacceptable"},
    "person": {"text": "I want to speak to a human"},
    "unknown": {"unknown": True},
    "language": {"language": "da"},
    "unread": {"likely": None},
    "below": {"likely": 0.94},
    "storm": {"in_hour": 10},
}
MORE = [
    ("human", {"pending": 1}),
    ("human", {"assigned_by_hand": True}),
    ("automatic", {"history": True}),
    ("several", {"asks": 2}),
    ("language", {"language": ""}),
]


def test_what_nothing_speaks_against_is_answered():
    assert why_not(FINE) == ""
    assert why_not(replace(FINE, closed=True, closed_too=True)) == ""
    assert why_not(replace(FINE, likely=0.95)) == ""


@pytest.mark.parametrize(("code", "values"), [*AGAINST.items(), *MORE])
def test_each_reason_is_enough(code, values):
    assert why_not(replace(FINE, **values)) == code
    assert code in REASONS


@given(st.lists(st.sampled_from(sorted(AGAINST)), min_size=1, max_size=6), st.floats(0.951, 1))
def test_no_reason_is_outweighed_by_another_or_by_how_likely_it_is(codes, likely):
    values = {"likely": likely}
    for code in codes:
        values |= AGAINST[code]
    if "likely" in values and values["likely"] is None:
        assert why_not(replace(FINE, **values)) != ""
    assert why_not(replace(FINE, **values)) != ""


@given(st.floats(0, 1), st.sampled_from(THRESHOLDS))
def test_below_the_threshold_never_and_from_it_on_always(likely, threshold):
    told = why_not(replace(FINE, likely=likely, threshold=threshold))
    assert told == ("" if likely >= threshold else "below")


def test_no_number_is_no_probability():
    assert why_not(replace(FINE, likely=float("nan"))) == "below"


@pytest.mark.parametrize(
    "text",
    [
        "Jeg er meget skuffet over jer",
        "I want to complain",
        "HVORNÅR KOMMER DEN ORDRE",
        "Svar mig nu!!",
        "Min far er død",
        "I will call my lawyer",
        "😡",
    ],
)
def test_what_feels_bad(text):
    assert feels_bad(text)


@pytest.mark.parametrize("text", ["Hvornår åbner I?", "What is the deadline for the order", "Hej, min lampe blinker rødt", "OK"])
def test_what_does_not_feel_bad(text):
    assert not feels_bad(text)


def test_people_questions_and_thanks():
    assert wants_a_person("Kan jeg tale med et menneske")
    assert wants_a_person("Are you a bot")
    assert not wants_a_person("My bottle leaks")
    assert (questions("a?? b? c"), questions("")) == (2, 0)
    assert is_thanks("Mange tak!")
    assert not is_thanks("Tak, men det virker ikke")
    assert not is_thanks("Thanks. Is it open?")
    assert not is_thanks("Hello")
    assert not is_thanks("thanks " * 20)


@given(st.text(max_size=300), st.text(max_size=80), st.one_of(st.none(), st.integers(0, 400)))
def test_the_line_is_never_left_out_and_the_limit_never_passed(text, line, limit):
    said = whole(text, line, limit)
    if said is not None:
        assert said.endswith(line.strip())
        assert line.strip()
        assert text.strip()
        assert limit is None or len(said) <= limit
    elif text.strip() and line.strip():
        assert limit is not None


def test_what_may_be_approved():
    assert may_be_approved("Hej {fornavn}, hold knappen inde.")
    assert not may_be_approved("Ring på •••")
    assert not may_be_approved("  ")


def test_answers_that_say_the_same():
    said = "Hold the button for ten seconds and the battery is reset."
    assert resembles(said, f"Dear Ann,\n{said}\nBest, Jonas Lund of the workshop in Aarhus by the harbour")
    assert not resembles(said, "We are open from ten to four on Saturdays.")
    assert not resembles("", said)
    assert not resembles("{fornavn} •••", "")


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_exact_interval_holds_the_share_and_is_no_narrower_than_honest(hits, more):
    of = hits + more
    low, high = exact(hits, of)
    assert 0 <= low <= high <= 1
    if of:
        assert low <= hits / of <= high
        assert low <= wilson(hits, of)[0] + 0.02
    else:
        assert (low, high) == (0, 1)


def test_the_exact_interval_is_clopper_and_pearsons():
    assert exact(0, 10) == (0.0, pytest.approx(0.3085, abs=1e-4))
    assert exact(8, 10) == (pytest.approx(0.4439, abs=1e-4), pytest.approx(0.9748, abs=1e-4))
    assert calibration_error(np.full(10, 0.75), np.array([True] * 5 + [False] * 5)) == pytest.approx(0.25)


def test_the_book_knows_nothing_of_what_came_later():
    texts = ["the lamp blinks red", "when do you open", "the lamp blinks"]
    meant = np.eye(3, 384, dtype=np.float32)
    meant[2] = meant[0]
    answers = np.array([[True, False], [False, True], [True, False]])
    book = Book(meant=meant, letters=letters_of(texts), answers=answers, own=np.zeros((2, 384)))
    found = evidence(book, meant[0], letters_of(["the lamp blinks red"])[0], 0)
    assert not found.any()
    found = evidence(book, meant[0], letters_of(["the lamp blinks red"])[0])
    assert found[0] == pytest.approx([1, 1, 0, 0], abs=1e-5)
    assert (found[1, 0], found[1, 2]) == (0, 1)
    assert (best(found, [0, 1]), best(found, [1]), best(found, [])) == (0, 1, None)


def test_the_curve_learns_and_the_table_counts():
    draw = Random(4)
    features = [[draw.random()] * 4 for _ in range(400)]
    right = [draw.random() < f[0] for f in features]
    curve = learn(np.array(features[:300]), right[:300])
    assert curve is not None
    assert curve.likely(np.ones(4)) > 0.8
    assert curve.likely(np.zeros(4)) < 0.2
    likely = [curve.likely(np.array(f)) for f in features[300:]]
    table = steps(likely, right[300:], of=150)
    assert [one.threshold for one in table] == list(THRESHOLDS)
    assert all(one.of == 150 for one in table)
    assert [one.answered for one in table] == sorted((one.answered for one in table), reverse=True)
    assert error_of(likely, right[300:]) < 0.2
    assert step_at([one.as_json() for one in table], 0.9) == table[3]
    assert step_at([], 0.9) is None
    assert learn(np.array(features), [True] * 400) is None
    assert earlier(200) == 120


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80))
def test_the_table_says_what_was_counted(rows):
    for one in steps([p for p, _ in rows], [ok for _, ok in rows]):
        chosen = [ok for p, ok in rows if p >= one.threshold]
        assert (one.answered, one.right, one.of) == (len(chosen), sum(chosen), len(rows))
        assert one.holds == (bool(chosen) and exact(sum(chosen), len(chosen))[0] >= one.threshold)


def test_how_far_it_is():
    def told(right, answered):
        low, high = exact(right, answered)
        return Step(threshold=0.9, of=100, answered=answered, right=right, low=low, high=high)

    assert told(60, 60).holds
    assert (told(60, 60).missing, told(80, 100).missing) == (0, -1)
    assert 5 < told(30, 30).missing < 20
    fine = {"answers": 1, "finished": True, "old": False, "same": True, "pairs": LEAST, "step": told(60, 60)}
    assert cannot(**fine) == ""
    wrong = {
        "no_answers": {"answers": 0},
        "no_trial": {"finished": False},
        "old_trial": {"old": True},
        "other_answers": {"same": False},
    }
    for code, values in {**wrong, "few": {"pairs": LEAST - 1}, "below": {"step": told(30, 30)}}.items():
        assert cannot(**{**fine, **values}) == code
    assert cannot(**{**fine, "step": None}) == "below"


@given(st.lists(st.booleans(), max_size=60), st.sampled_from(THRESHOLDS))
def test_doubt_never_shrinks_and_a_right_one_never_raises_it(right, promised):
    assert doubt([*right, True], promised) == pytest.approx(doubt(right, promised))
    assert doubt([*right, False], promised) >= doubt(right, promised) >= 1


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.data())
def test_what_is_not_judged_yet_only_makes_it_slower(right, data):
    place = data.draw(st.integers(0, len(right) - 1))
    hopeful = [*right[:place], True, *right[place + 1 :]]
    assert doubt(hopeful, 0.9) <= doubt(right, 0.9) + 1e-9


def test_it_errs_no_more_often_than_it_says_and_finds_what_has_fallen():
    draw = Random(11)
    false = sum(has_fallen([draw.random() < 0.9 for _ in range(300)], 0.9) for _ in range(300))
    found = sum(has_fallen([draw.random() < 0.7 for _ in range(100)], 0.9) for _ in range(100))
    assert false / 300 <= ERROR
    assert found >= 95
    assert has_fallen([False, False], 0.95) is True
    assert has_fallen([False], 0.95) is False
