"""Templates are filled in, and what stands in a value is text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.kit import Template
from samspil.kit.templates import split


def test_places_are_found_once_and_in_order():
    template = Template(name="t", language="da", text="Hej {{ navn }}, ordre {{2}} til {{navn}} {ikke} {{}} {{a b}}")
    assert template.places == ["navn", "2"]
    assert template.filled({"navn": "Bo", "2": "7"}) == "Hej Bo, ordre 7 til Bo {ikke} {{}} {{a b}}"
    with pytest.raises(KeyError):
        template.filled({"navn": "Bo"})


def test_the_pieces_of_a_text():
    assert split("Hej {{1}}! {{2}}") == [("Hej ", False), ("1", True), ("! ", False), ("2", True)]
    assert split("") == []


@given(st.lists(st.text(), min_size=3, max_size=3))
def test_a_value_is_never_taken_for_a_place(values):
    template = Template(name="t", language="da", text="<{{1}}|{{2}}|{{3}}|{{1}}>")
    one, two, three = values
    assert template.filled({"1": one, "2": two, "3": three}) == f"<{one}|{two}|{three}|{one}>"
    assert template.filled({"1": "{{2}}", "2": two, "3": three}).startswith("<{{2}}|")


@given(st.text(alphabet="ab{} 1", max_size=30))
def test_the_pieces_are_the_text(text):
    template = Template(name="t", language="da", text=text)
    marks = {place: f"\0{place}\0" for place in template.places}
    assert "".join(f"\0{piece}\0" if is_place else piece for piece, is_place in split(text)) == template.filled(marks)
