"""Which answers need a yes, and that none becomes due without one of somebody else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.reply.rules.approval import (
    STEPS,
    Answer,
    Conditions,
    Reason,
    amounts,
    follows,
    is_empty,
    leaves_at,
    reasons,
    words_from,
    words_in,
)

PEOPLE = [uuid4() for _ in range(4)]
HERE, THERE = uuid4(), uuid4()
people = st.sampled_from(PEOPLE)
words = st.lists(st.sampled_from(["refusion", "gratis", "ret*", "tag kontakt"]), unique=True, max_size=3)
conditions = st.builds(
    Conditions,
    everybody=st.booleans(),
    below_level=st.none() | st.integers(1, 5),
    first_answers=st.none() | st.integers(1, 5),
    accounts=st.frozensets(st.sampled_from([HERE, THERE])),
    words=words,
    amount=st.none() | st.decimals(0, 10_000, places=2),
)
answers = st.builds(
    Answer,
    account=st.sampled_from([HERE, THERE]),
    text=st.sampled_from(["Hej", "Du får REFUSION.", "Det er gratis, 1.200 kr.", "Returret", "Vi retter den", "tag  kontakt"]),
    level=st.none() | st.integers(0, 5),
    sent=st.integers(0, 6),
)


# -- nothing becomes due without a yes ---------------------------------------------------------------------------------------------


@given(
    author=people,
    may=st.frozensets(people),
    deeds=st.lists(st.tuples(st.sampled_from(["approve", "send_back", "withdraw", "undo", "send"]), people), max_size=30),
)
def test_what_needs_a_yes_never_leaves_without_one_of_somebody_else(author: UUID, may, deeds):
    state, by, left = "waiting", None, None
    for verb, who in deeds:
        if verb == "send":  # the outbox takes what was said yes to, and nothing else
            left = (state, by) if state == "approved" and left is None else left
        elif left is None and (after := follows(state, verb, by=who, author=author, may=may)) is not None:
            assert after == STEPS[state, verb]
            assert verb == "withdraw" or (who != author and who in may)
            state, by = after, who if after == "approved" else None
        if state == "approved":
            assert by is not None
            assert by != author
            assert by in may
    assert left is None or (left[0] == "approved" and left[1] in may - {author})


@given(people, st.frozensets(people), st.sampled_from(["waiting", "approved", "returned", "withdrawn"]))
def test_an_author_never_approves_their_own(author, may, state):
    assert follows(state, "approve", by=author, author=author, may=may | {author}) is None
    assert follows(state, "send_back", by=author, author=author, may=may | {author}) is None


@given(st.sampled_from(["returned", "withdrawn"]), st.sampled_from(["approve", "send_back", "withdraw", "undo"]), people, people)
def test_what_was_sent_back_or_withdrawn_is_over(state, verb, by, author):
    assert follows(state, verb, by=by, author=author, may=frozenset(PEOPLE)) is None


@given(st.integers(-10_000, 10_000), st.integers(0, 60))
def test_it_leaves_at_the_later_of_both(minutes, undo):
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    wished = at + timedelta(minutes=minutes)
    leaves = leaves_at(wished=wished, at=at, undo=undo)
    assert leaves in (wished, at + timedelta(seconds=undo))
    assert leaves >= wished
    assert leaves >= at + timedelta(seconds=undo)


# -- which answers -----------------------------------------------------------------------------------------------------------------


@given(conditions, answers)
def test_an_answer_needs_a_yes_exactly_when_a_condition_holds_where_it_goes(wanted, answer):
    found = {reason.kind for reason in reasons(wanted, answer)}
    here = not wanted.accounts or answer.account in wanted.accounts
    expected = {
        "everybody": wanted.everybody,
        "level": bool(wanted.below_level) and answer.level is not None and answer.level < (wanted.below_level or 0),
        "first": bool(wanted.first_answers) and answer.sent < (wanted.first_answers or 0),
        "word": bool(words_in(answer.text, wanted.words)),
        "amount": wanted.amount is not None and any(a >= wanted.amount for a in amounts(answer.text)),
    }
    assert found == ({kind for kind, holds in expected.items() if holds} if here else set())
    if is_empty(wanted):
        assert found == set()


@given(conditions, answers)
def test_more_conditions_never_let_more_through(wanted, answer):
    everybody = Conditions(everybody=True, accounts=wanted.accounts)
    assert not reasons(wanted, answer) or reasons(everybody, answer)


def test_who_knows_nothing_of_a_competence_is_below_every_level_and_an_unknown_one_asks_nothing():
    wanted = Conditions(below_level=1)
    assert reasons(wanted, Answer(account=HERE, text="", level=0)) == [Reason("level", "1")]
    assert reasons(wanted, Answer(account=HERE, text="", level=None)) == []


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("Du får refusion.", "refusion", True),
        ("REFUSION!", "refusion", True),
        ("Ingen refusionsret", "refusion", False),
        ("Ingen refusionsret", "refusion*", True),
        ("tag\n kontakt", "Tag kontakt", True),
        ("re\u00adfusion", "refusion", True),
        ("re\u200bfusion", "refusion", True),
        ("ｒｅｆｕｓｉｏｎ", "refusion", True),
        ("Ære være", "ære", True),
        ("a.b", "a+b", False),
        ("c++ er svært", "c++", True),
        ("", "refusion", False),
    ],
)
def test_words_are_found_whole_and_however_they_are_written(text, word, stands):
    assert bool(words_in(text, [word])) is stands


def test_a_star_alone_is_no_word():
    assert words_from("*, , refusion,REFUSION;ret*\n\nTag  kontakt") == ["refusion", "ret*", "Tag kontakt"]
    assert words_in("alt", ["*"]) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Du får 500 kr.", ["500"]),
        ("Du får 1.234,50 kr. og 20 kroner", ["1234.50", "20"]),
        ("1,234.50 USD", ["1234.50"]),
        ("$1,200 or €99.95", ["1200", "99.95"]),
        ("DKK 1 200", ["1200"]),
        ("DKK 1\u00a0200,00", ["1200.00"]),
        ("399,-", ["399"]),
        ("kr 12.000.000", ["12000000"]),
        ("Ring på 12 34 56 78 kl. 10.30", []),
        ("den 24.12. til 3 krydsninger", []),
        ("500krydser", []),
    ],
)
def test_amounts_are_read_as_danes_and_others_write_them(text, found):
    assert sorted(amounts(text)) == sorted(Decimal(f) for f in found)


@given(
    st.decimals(0, 9_999_999, places=2),
    st.sampled_from(["da", "en", "plain"]),
    st.sampled_from(["{} kr.", "DKK {}", "€{}", "{} EUR"]),
)
def test_every_amount_is_found_whatever_its_marks(value, how, where):
    english = f"{value:,.2f}"
    danish = english.translate(str.maketrans(",.", ".,"))
    written = {"en": english, "da": danish, "plain": f"{value:.2f}"}[how]
    assert amounts(where.format(written)) == [value]


@given(st.text(max_size=200), words)
def test_no_text_is_too_odd_to_be_looked_at(text, some):
    assert set(words_in(text, some)) <= set(some)
    assert all(amount >= 0 for amount in amounts(text))
