"""Joining lists, what a word tells, how likely a text helps; and meanings as bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.assist.rules.rank import SHOWN, SURE, Evidence, apart, fused, learned, probability, rare, weight
from samspil.assist.rules.used import distance, middle, outcome
from samspil.assist.rules.vector import WIDTH, cosines, nearest, packed, unpacked

PLACES = st.lists(st.integers(0, 50), unique=True, max_size=30)


def test_fusion_is_the_papers_sum():
    assert fused([7, 8], [8]) == {7: 1 / 61, 8: 1 / 62 + 1 / 61}


@given(PLACES, PLACES)
def test_who_is_ahead_in_both_lists_stays_ahead(one, other):
    scores = fused(one, other)
    assert set(scores) == {*one, *other}
    for left in scores:
        for right in scores:
            if all(left in some and (right not in some or some.index(left) < some.index(right)) for some in (one, other)):
                assert scores[left] > scores[right]


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 100_000), max_size=40), st.integers(1, 100_000))
def test_the_rarest_words_are_looked_for_and_no_more_rows_than_are_allowed(frequencies, total):
    found = rare(frequencies, total)
    assert len(found) <= 16
    assert bool(found) == bool(frequencies)
    if len(found) > 1:
        assert sum(frequencies[word] for word in found) <= 20_000
    left = [df for word, df in frequencies.items() if word not in found]
    assert all(frequencies[word] <= df for word in found for df in left)
    assert all(value >= 0 for value in found.values())


def test_a_rare_word_tells_more():
    assert weight(1, 1000) > weight(10, 1000) > weight(1000, 1000) > 0
    assert weight(1, 2) == weight(1, 500)


@given(
    st.sampled_from(["en", "da", ""]), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 50), st.integers(0, 50)
)
def test_nearer_and_more_shared_and_more_used_is_likelier(language, cosine, share, more, shown, used):
    used = min(used, shown)
    found = probability(Evidence(cosine=cosine, share=share, language=language, shown=shown, used=used))
    assert 0 < found < 1
    assert probability(Evidence(cosine=min(cosine + more, 1.0), share=share, language=language, shown=shown, used=used)) >= found
    assert probability(Evidence(cosine=cosine, share=min(share + more, 1.0), language=language, shown=shown, used=used)) >= found
    assert probability(Evidence(cosine=cosine, share=share, language=language, shown=shown + 1, used=used)) <= found
    assert probability(Evidence(cosine=cosine, share=share, language=language, shown=shown + 1, used=used + 1)) >= found


def test_uses_move_it_modestly():
    assert learned(0.5, 0, 0) == 0.5
    assert learned(0.5, 1, 0) == pytest.approx(4 / 9)
    assert learned(0.5, 8, 8) == pytest.approx(0.75)
    assert 0 < SHOWN < SURE < 1


def test_what_says_the_same_is_said_once():
    assert apart(["Prøv at lade det op", "prøv at lade det op", "Send det til os"]) == [0, 2]
    assert apart(["a b", "c d", "e f", "g h"]) == [0, 1, 2]


def test_what_became_of_it():
    assert distance("Hej  Bo", "Hej Bo") == 0
    assert outcome(distance("Send det til os i dag, så ser vi på det.", "Send det til os i dag, så ser vi på det!")) == "edited"
    assert outcome(0.02) == "sent"
    assert outcome(distance("Send det til os", "Velbekomme 123 xyz qqq")) == "thrown"
    assert (middle([]), middle([3.0, 1.0, 2.0]), middle([1.0, 2.0])) == (None, 2.0, 1.5)


@given(st.integers(0, 1000), st.integers(1, 60), st.integers(1, 60))
def test_the_nearest_are_those_of_exact_numbers(seed, rows, most):
    exact = np.random.default_rng(seed).normal(size=(rows, WIDTH)).astype(np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    kept = packed(exact)
    assert {len(one) for one in kept} == {WIDTH}
    assert np.abs(unpacked(kept) - exact).max() < 0.005
    matrix = np.frombuffer(b"".join(kept), dtype=np.int8).reshape(rows, WIDTH)
    norms = np.linalg.norm(matrix.astype(np.float32), axis=1)
    found = nearest(matrix, norms, kept[0], most)
    assert found[0][0] == 0
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert len(found) == min(rows, most)
    assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)
    assert cosines(matrix, norms, kept[0]) == pytest.approx(unpacked(kept) @ unpacked(kept)[0], abs=1e-5)
    assert nearest(matrix[:0], norms[:0], kept[0], most) == []
