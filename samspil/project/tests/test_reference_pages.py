"""The reference is made from the code, and every fact, channel and command has its place in it."""

from pathlib import Path

import pytest

from samspil.base import registry
from samspil.project.reference_pages import PAGES, facts

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_up_to_date(name):
    assert (DOCS / "reference" / name).read_text() == PAGES[name](), "run: samspil docs reference"


def test_every_fact_says_what_it_means():
    assert len(facts()) >= 15
    for fact in facts():
        assert fact.__doc__, fact.kind
        assert not fact.__doc__.startswith(fact.__name__ + "("), f"{fact.kind} has only the docstring that dataclass makes"


def test_every_channel_has_its_page():
    assert "mail" in registry.names()
    for name in registry.names():
        assert len((registry.FOLDER / name / "doc.md").read_text()) > 200, name


def test_a_description_in_two_languages_is_told_in_english():
    page = PAGES["channels.md"]()
    assert "\n\nA mailbox of yours: " in page
    assert "{'" not in page


def test_the_glossary_has_the_words_of_the_facts():
    glossary = (DOCS.parent / "GLOSSARY.md").read_text().lower()
    for word in ("envelope", "handle", "consumer", "conversation", "reply", "colleague", "note", "merge", "competence"):
        assert f"| {word} |" in glossary, word
