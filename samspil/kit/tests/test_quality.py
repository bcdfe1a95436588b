"""The level of a channel follows from its own words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.kit.quality import LEVELS, RULES, level, missing, read

WORDS = st.sampled_from(["done", "todo", "exempt: the network has none"])


@pytest.mark.parametrize(
    ("broken", "reached"),
    [
        ("signature", "none"),
        ("answers", "bronze"),
        ("attachments", "silver"),
        ("tried_against_a_real_server", "gold"),
        ("", "platinum"),
    ],
)
def test_a_level_needs_its_rules_and_those_below(broken, reached):
    said = {rule: "todo" if rule == broken else "done" for rule in RULES}
    assert level(said) == reached
    assert missing(said) == ([broken] if broken else [])
    said.pop(broken, None)
    assert level(said) == reached


def test_the_highest_is_only_for_what_was_tried():
    said = dict.fromkeys(RULES, "done") | {"answers": "exempt: a file", "tried_against_a_real_server": "exempt: there is none"}
    assert level(said) == "gold"


@given(st.fixed_dictionaries(dict.fromkeys(RULES, WORDS)), st.sampled_from(sorted(RULES)))
def test_doing_more_never_lowers_the_level(said, rule):
    assert LEVELS.index(level(said | {rule: "done"})) >= LEVELS.index(level(said))


@pytest.mark.parametrize("word", ["yes", "exempt", "exempt: ", ""])
def test_other_words_are_refused(tmp_path, word):
    (tmp_path / "quality.toml").write_text(f'fixtures = "{word}"\n')
    with pytest.raises(ValueError, match="fixtures is"):
        read(tmp_path)
    assert read(tmp_path / "nowhere") == {}
