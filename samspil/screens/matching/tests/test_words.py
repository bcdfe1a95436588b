import math

import polib
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from samspil.screens.matching import words
from samspil.screens.matching.apps import Matching

HERE = words.__file__.removesuffix("words.py")


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            {"kind": "name", "level": "close", "bits": 5.2, "left": "Karoline V.", "right": "Karoline Vestergaard"},
            "The names are almost the same: “Karoline V.” and “Karoline Vestergaard”",
        ),
        (
            {"kind": "phone", "level": "exact", "bits": 9, "left": "+45 1", "right": "+45 1"},
            "The telephone numbers are the same: +45 1",
        ),
        ({"kind": "avatar", "level": "exact", "bits": 9}, "They use the same picture"),
        (
            {"kind": "street", "level": "close", "bits": 9, "left": "A", "right": "B"},
            "Their addresses are almost the same: A and B",
        ),
        ({"kind": "shoe_size", "level": "odd", "bits": 2, "left": "41", "right": "42"}, "Shoe size: “41” and “42”"),
        ({"kind": "shoe_size", "level": "odd", "bits": 2, "left": "41"}, "Shoe size: “41”"),
        ({"kind": "shoe_size", "level": "odd", "bits": -2}, "Shoe size: different"),
        ({"kind": "name", "level": "close", "bits": 5, "left": "A"}, "Name: “A”"),
        ({"kind": "prior", "bits": -10}, "Of pairs picked anywhere, about one of 1\u202f000 is one person"),
        ({"kind": "100%", "bits": 1}, "100%: the same"),
        ({"kind": "shoe_size", "bits": float("nan")}, "Shoe size: says nothing"),
        ({"kind": "shoe_size", "bits": "-inf"}, "Shoe size: says nothing"),
        ({}, "Something else: says nothing"),
    ],
)
def test_evidence_is_a_sentence(part, said):
    assert words.sentence(part) == said


def test_the_same_in_danish():
    with translation.override("da"):
        part = {"kind": "name", "level": "close", "left": "Karoline V.", "right": "Karoline Vestergaard"}
        assert words.sentence(part) == "Navnene er næsten ens: “Karoline V.” og “Karoline Vestergaard”"
        assert words.odds(0.97) == "omkring 97 af 100 sådanne par er ét menneske"
        assert words.says(6) == "taler stærkt for"


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (0.4, "says almost nothing"),
        (-0.4, "says almost nothing"),
        (1, "speaks a little for"),
        (-1, "speaks a little against"),
        (3, "speaks for"),
        (-3, "speaks against"),
        (6, "speaks strongly for"),
        (-6, "speaks strongly against"),
        (12, "speaks very strongly for"),
        (-12, "speaks very strongly against"),
    ],
)
def test_bits_in_words(bits, said):
    assert words.says(bits) == said


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.97, "about 97 of 100 such pairs are one person"),
        (0.993, "about 993 of 1000 such pairs are one person"),
        (0.99999, "more than 999 of 1000 such pairs are one person"),
        (0.01, "about 1 of 100 such pairs is one person"),
        (0.001, "fewer than 1 of 100 such pairs is one person"),
        (7, "more than 999 of 1000 such pairs are one person"),
    ],
)
def test_probabilities_as_people_count(p, said):
    assert words.odds(p) == said


anything = st.one_of(st.none(), st.text(max_size=200), st.integers(), st.floats(), st.lists(st.integers(), max_size=2))
parts = st.lists(
    st.one_of(
        st.dictionaries(st.sampled_from(["kind", "level", "bits", "left", "right", "more"]), anything),
        st.builds(
            dict,
            kind=st.sampled_from(sorted(words.LABELS)),
            level=st.sampled_from([*words.ANY_LEVEL, "other"]),
            bits=st.floats(-40, 40),
            left=st.sampled_from(["", "%", "%(x)s", "<b>"]),
            right=st.sampled_from(["", "%d", "x" * 999]),
        ),
    ),
    max_size=6,
)


@given(parts)
def test_whatever_the_evidence_is_it_is_shown(evidence):
    lines, bars = words.lines(evidence), words.steps(evidence)
    assert len(bars) == len(evidence)
    assert all(line.sentence and len(line.left) <= words.LONGEST for line in lines)
    sizes = [abs(line.bits) for line in lines]
    assert sizes == sorted(sizes, reverse=True)
    assert all(math.isfinite(bar["value"]) for bar in bars)


def test_the_prior_comes_first_and_the_strongest_next():
    evidence = [{"kind": "hours", "bits": -1}, {"kind": "name", "bits": 9}, {"kind": "prior", "bits": -17}]
    assert [round(s["value"]) for s in words.steps(evidence)] == [-17, 9, -1]


def test_every_text_has_its_danish_and_is_compiled():
    catalogue = polib.pofile(f"{HERE}locale/da/LC_MESSAGES/django.po")
    assert [e.msgid for e in catalogue if not e.translated() or e.fuzzy] == []
    known = {e.msgid for e in catalogue}
    assert {*words.LABELS.values(), *words.SENTENCES.values(), *words.ANY_LEVEL.values()} <= known
    compiled = polib.mofile(f"{HERE}locale/da/LC_MESSAGES/django.mo")
    assert {e.msgid for e in compiled} == known
    assert Matching.label == "matching"
