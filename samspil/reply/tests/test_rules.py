"""The ledger's states only go forward, and tries end."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from samspil.base.again import TRIES, pause
from samspil.reply.rules import ORDER, answer_subject, follows

states = st.sampled_from([*ORDER, "failed", "cancelled", "awaits_yes"])
reports = st.sampled_from(["delivered", "read", "failed"])


@given(states, st.lists(reports, max_size=8))
def test_reports_never_take_a_reply_back(state, told):
    for report in told:
        if follows(state, report):
            assert state not in ("failed", "cancelled", "awaits_yes")
            assert report == "failed" or ORDER[report] > ORDER[state]
            assert not (report == "failed" and state in ("delivered", "read"))
            state = report


@given(st.integers(1, 40), st.none() | st.floats(0, 1e6))
def test_pauses_are_bounded_and_tries_end(attempt, asked):
    wait = pause(attempt, asked)
    assert (wait is None) == (attempt >= TRIES)
    if wait is not None:
        assert timedelta(seconds=1) <= wait <= timedelta(hours=24)


def test_an_answers_subject_is_marked_once():
    assert answer_subject("Batteriet") == "Sv: Batteriet"
    assert answer_subject("Battery", "en") == "Re: Battery"
    assert answer_subject("SV: Batteriet") == "SV: Batteriet"
    assert answer_subject("") == ""
