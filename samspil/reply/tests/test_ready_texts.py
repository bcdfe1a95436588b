"""What is filled into a ready text, and what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.reply.rules import VARIABLES, filled_in, unknown_variables

KAROLINE = {"first_name": "Karoline", "my_first_name": "Jonas", "organisation": "Nordlys", "subject": ""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hej {fornavn}, tak for din besked.", "Hej Karoline, tak for din besked."),
        ("Hi {first name}!", "Hi Karoline!"),
        ("Hi { First Name }!", "Hi Karoline!"),
        ("Om {emne|din besked}:", "Om din besked:"),
        ("Hej {navn|du}", "Hej du"),
        ("Hej {navn}, velkommen", "Hej, velkommen"),
        ("{emne}", ""),
        ("Hilsen {mit fornavn}\n{organisation}", "Hilsen Jonas\nNordlys"),
        ("{ukendt} og {a b|c}", "{ukendt} og {a b|c}"),
        ("ingen { krøller", "ingen { krøller"),
        ("{}", "{}"),
    ],
)
def test_what_is_known_is_filled_in(text, said):
    assert filled_in(text, KAROLINE) == said


def test_a_name_asks_for_nothing():
    assert filled_in("Hej {fornavn}", {"first_name": "{mit fornavn}", "my_first_name": "Jonas"}) == "Hej {mit fornavn}"


def test_names_that_mean_nothing_are_told():
    assert unknown_variables("Hej {fornavn}, {dit nr.} og {kode|ingen}") == ["dit nr.", "kode"]


@given(st.text(max_size=80))
def test_a_text_without_braces_stays_as_it_is(text):
    bare = text.replace("{", "").replace("}", "")
    assert filled_in(bare, KAROLINE) == bare
    assert unknown_variables(bare) == []


@given(st.sampled_from([name for names in VARIABLES.values() for name in names]), st.text(min_size=1, max_size=20))
def test_every_name_in_both_languages_is_filled_in(name, value):
    assert filled_in(f"{{{name}}}", dict.fromkeys(VARIABLES, value)) == value
