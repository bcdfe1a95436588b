"""Whose answer it is, and what its words ask for."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.elsewhere.rules import LONGEST, OPEN, Seen, Verdict, content, is_needed, judge

AT = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
BO, JONAS = uuid4(), uuid4()
FINE = {"known": True, "owner": BO, "author": BO, "told_at": AT, "at": AT, "text": "Ja, kom forbi."}


def seen(**values) -> Seen:
    return Seen(**{**FINE, **values})


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, Verdict("answer", text="Ja, kom forbi.")),
        ({"known": False}, Verdict("refused", "signature")),
        ({"author": None}, Verdict("held", "stranger")),
        ({"author": JONAS}, Verdict("held", "other_colleague")),
        ({"active": False}, Verdict("held", "left")),
        ({"unsure": "several authors"}, Verdict("held", "several authors")),
        ({"automatic": "auto-reply"}, Verdict("automatic", "auto-reply")),
        ({"automatic": "bounce", "author": None}, Verdict("bounced", "bounce")),
        ({"at": AT + OPEN}, Verdict("answer", text="Ja, kom forbi.")),
        ({"at": AT + OPEN + timedelta(seconds=1)}, Verdict("told", "expired")),
        ({"text": "  \n "}, Verdict("told", "empty")),
        ({"text": "", "files": 1}, Verdict("answer")),
    ],
)
def test_only_the_signature_and_the_sender_together_make_an_answer(values, verdict):
    assert judge(seen(**values)) == verdict


@given(
    st.builds(
        Seen,
        known=st.booleans(),
        owner=st.sampled_from([BO, JONAS]),
        author=st.sampled_from([None, BO, JONAS]),
        active=st.booleans(),
        told_at=st.just(AT),
        at=st.sampled_from([AT, AT + OPEN * 2]),
        automatic=st.sampled_from(["", "auto-reply", "list", "bounce"]),
        unsure=st.sampled_from(["", "another sender"]),
        text=st.text(max_size=30),
    )
)
def test_nothing_uncertain_is_ever_said(found):
    verdict = judge(found)
    if verdict.what in {"answer", "note", "give_back", "done"}:
        assert found.known
        assert found.author == found.owner
        assert found.active
        assert (found.automatic, found.unsure, found.at) == ("", "", AT)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Ikke mig", Verdict("give_back")),
        ("  not me. ", Verdict("give_back")),
        ("Ikke mig, men Bo ved det", Verdict("answer", text="Ikke mig, men Bo ved det")),
        ("Notat: hun har ret", Verdict("note", text="hun har ret")),
        ("note:\nRing til lageret\n\nfærdig", Verdict("note", text="Ring til lageret", done=True)),
        ("note: ", Verdict("told", "empty")),
        ("Det er klar.\nfærdig", Verdict("answer", text="Det er klar.", done=True)),
        ("It is ready\n\nDone!", Verdict("answer", text="It is ready", done=True)),
        ("Vi er færdig", Verdict("answer", text="Vi er færdig")),
        ("færdig", Verdict("done", done=True)),
        ("Hej\u202e dig\u200b", Verdict("answer", text="Hej dig")),
        ("\u200b", Verdict("told", "empty")),
        ("a" * (LONGEST + 1), Verdict("held", "too_long")),
    ],
)
def test_a_few_words_ask_for_something_else(text, verdict):
    assert content(text) == verdict


@given(st.text(max_size=200))
def test_an_answers_words_are_the_colleagues_own(text):
    verdict = content(text)
    assert verdict.what in {"answer", "note", "give_back", "done", "told", "held"}
    assert all(letter in text for letter in verdict.text)


def test_who_is_at_the_desk_is_not_told_unless_always():
    assert not is_needed(when="away", seen_at=AT - timedelta(minutes=5), at=AT)
    assert is_needed(when="away", seen_at=AT - timedelta(minutes=5, seconds=1), at=AT)
    assert is_needed(when="away", seen_at=None, at=AT)
    assert is_needed(when="always", seen_at=AT, at=AT)
    assert not is_needed(when="never", seen_at=None, at=AT)
