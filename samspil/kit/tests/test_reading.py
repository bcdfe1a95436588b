"""Values that nobody has looked at: whatever stands there, something harmless comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.kit import NotUnderstood, reading

anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters())
    | st.lists(st.none())
    | st.dictionaries(st.text(), st.none())
)


@pytest.mark.parametrize(
    ("without", "left"),
    [
        (reading.CONTROLS, "a\tb\r\nc\x85"),
        (reading.CONTROLS_AND_RETURNS, "a\tb\nc\x85"),
        (reading.ALL_CONTROLS, "a\tb\r\nc"),
    ],
)
def test_control_characters_go_and_the_ends_of_lines_stay(without, left):
    assert reading.text("a\tb\r\n\x00\x08\x0b\x0c\x0e\x1f\x7fc\x85\ud800", 100, without) == left


def test_a_text_is_cut_before_it_is_cleaned():
    assert reading.text("\x00abc", 2) == "a"


@given(anything, st.integers(0, 50))
def test_anything_gives_a_text_within_bounds_that_a_database_holds(value, longest):
    found = reading.text(value, longest)
    assert len(found) <= longest
    assert "\x00" not in found
    found.encode()


@given(anything)
def test_anything_gives_an_object(value):
    assert reading.part(value, "a") == reading.part({"a": value if not isinstance(value, dict) else None}, "a") == {}
    assert reading.part({"a": {"b": 1}}, "a") == {"b": 1}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Koral.Example/a", "koral.example"),
        ("http://koral.example:8080", "koral.example:8080"),
        ("ftp://koral.example", ""),
        ("https://[x", ""),
        ("https://koral.example:many", ""),
        ("koral.example", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url, host):
    assert reading.host_of(url) == host


@pytest.mark.parametrize(
    ("words", "said", "found"),
    [
        (["nordlys"], "Hos NORDLYS i dag", True),
        (["nordlys"], "Nordlyset", False),
        (["nordlys cykler"], "nordlys\n Cykler!", True),
        ([], "a", False),
    ],
)
def test_who_is_named_as_a_whole_word(words, said, found):
    assert reading.names(words, said) is found


def test_a_body_is_an_object_within_its_bound_or_the_error_says_what_it_is():
    assert reading.body(b'{"a": [1]}', what="it", largest=10) == {"a": [1]}
    for payload, words in (
        (b'{"a": [12]}', "it has 11 bytes, and 10 are read at most"),
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[1]", "it is not a JSON object"),
    ):
        with pytest.raises(NotUnderstood, match=words):
            reading.body(payload, what="it", largest=10)
    with pytest.raises(NotUnderstood, match="it is not JSON"):
        reading.body(b"[" * 100_000, what="it", largest=100_000)
