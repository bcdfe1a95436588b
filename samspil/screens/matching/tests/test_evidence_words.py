"""Every kind and level of evidence that the matching knows has its words, in both languages."""

import pytest
from django.utils import translation

from samspil.identity.rules import evidence
from samspil.screens.matching.evidence_words import LEVELS
from samspil.screens.matching.words import LABELS, how_of, label, sentence

EVERY = (*evidence.STANDARD, evidence.SURNAME, evidence.GIVEN, evidence.OTHERS)
ALL = [(one.kind, level.label) for one in EVERY for level in one.levels]


@pytest.mark.parametrize(("kind", "level"), ALL)
def test_each_level_has_a_sentence_and_a_danish_one(kind, level):
    assert (kind, level) in LEVELS
    assert kind in LABELS
    part = {"kind": kind, "level": level, "bits": 1.0, "left": "Åse", "right": "Aase"}
    english, danish = (_said(part, language) for language in ("en", "da"))
    assert english != danish
    assert "%(" not in english + danish


def _said(part, language):
    with translation.override(language):
        return sentence(part)


def test_no_sentence_is_of_a_level_that_is_not_there():
    assert set(LEVELS) - set(ALL) == set()


def test_a_column_of_ones_own_is_named_plainly():
    with translation.override("en"):
        assert label("x_favourite_colour") == "Favourite colour"
    assert how_of({"kind": "x_favourite_colour", "level": "close", "bits": 2.0}) == "nearly"
