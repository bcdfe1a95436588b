from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from samspil.relationship.rules.health import Sign, findings

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def ago(days):
    return AT - timedelta(days=days)


def wrote(*days):
    return [Sign("theirs", ago(d)) for d in days]


def kinds(signs):
    return [f.kind for f in findings(signs, AT)]


def test_nothing_seen_is_nothing_wrong():
    assert findings([], AT) == []


def test_who_wrote_weekly_and_is_silent_is_missed_and_who_writes_monthly_is_not():
    weekly = findings(wrote(61, 54, 47, 40, 33), AT)
    assert [(f.kind, f.number, f.usual) for f in weekly] == [("quiet", 33, 7.0)]
    assert weekly[0].at == ago(33)
    assert kinds(wrote(153, 123, 93, 63, 33)) == []
    assert kinds(wrote(54, 47, 40, 33)) == []  # three gaps are no rhythm
    assert kinds(wrote(37, 30, 23, 16, 9)) == []  # nine days are less than twice seven
    assert kinds(wrote(10, 9, 8, 7, 6.5)) == []  # less than a week is nothing


def test_who_has_been_silent_so_long_before_is_not_missed():
    assert kinds(wrote(100, 93, 60, 53, 20)) == []


@given(st.lists(st.integers(1, 40), min_size=5, max_size=20), st.integers(1, 400))
def test_a_silence_that_is_told_is_longer_than_at_least_four_of_five_gaps(gaps, silence):
    days, at = [silence], silence
    for gap in gaps:
        at += gap
        days.append(at)
    for f in findings(wrote(*days), AT):
        assert sum(g >= silence for g in gaps) <= 0.2 * (len(gaps) + 1)
        assert f.number == silence
        assert silence >= 7


def test_questions_are_counted_and_each_conversation_shown_once():
    one, other = uuid4(), uuid4()
    signs = [Sign("question", ago(d), c, s) for d, c, s in ((9, one, "a"), (20, other, "b"), (8, one, "a"))]
    (found,) = findings(signs, AT)
    assert (found.number, found.at, found.evidence) == (3, ago(20), [(other, "b"), (one, "a")])


def test_one_promise_missed_is_none_and_two_are_two():
    one, other = uuid4(), uuid4()
    assert kinds([Sign("promise", ago(3), one), Sign("promise", ago(2), one)]) == []
    (found,) = findings([Sign("promise", ago(3), one, "x"), Sign("promise", ago(2), other, "y")], AT)
    assert (found.kind, found.number, found.evidence) == ("promise", 2, [(one, "x"), (other, "y")])


def test_a_pulse_that_fell_or_is_bad():
    def pulse(*scores):
        return [Sign("pulse", ago(10 - n), uuid4(), "", s) for n, s in enumerate(scores)]

    assert kinds(pulse(5)) == []
    assert kinds(pulse(2)) == ["pulse"]
    assert kinds(pulse(4, 4)) == []
    assert kinds(pulse(1, 3)) == []
    (found,) = findings(pulse(5, 4, 3), AT)
    assert (found.score, found.before) == (3, 4.5)


def test_what_presses_most_comes_first():
    signs = [*wrote(61, 54, 47, 40, 33), Sign("pulse", ago(2), uuid4(), "", 1), Sign("question", ago(9), uuid4())]
    assert kinds(signs) == ["question", "pulse", "quiet"]
