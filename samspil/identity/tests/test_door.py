import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.identity.rules.door import (
    COLLEAGUE,
    EMPTY,
    FOREIGN,
    HIDDEN,
    LONG,
    MIXED,
    TWIN,
    called,
    examine,
    impostor,
    said,
    skeleton,
    twins,
)

HONEST = [
    "Søren Åkjær", "Æbeltoft", "Łukasz Żółć", "Zeynep Yılmaz", "İbrahim Çelik", "Dvořák", "Вера Иванова", "Юлія Їжак", "Γιώργος Παπαδόπουλος",
    "王小明", "山田 タロウ", "ゆう Yu", "김철수", "محمد علی", "می‌خواهم", "שרה לוי", "नरेन्द्र मोदी", "สมชาย", "Վարդան", "Вера (Vera) Иванова",
    "O’Brien", "Anne-Marie", "Karoline 🚲", "👨‍👩‍👧 Familien", "Vera/Вера", "Søren\n", "µm", "Nº 5",
]  # fmt: skip
ADDRESSES = [
    "karoline@vestergaard.example", "søren@åkjær.example", "info@пример.рф", "user@παράδειγμα.ελ", "王@例子.中国", "+4512345678",
    "https://norrebro.social/users/karoline", "@karoline@norrebro.social", "xn--sren-gra@xn--kjr-rla2h.example",
]  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_names_are_let_alone(name):
    assert examine("karoline@vestergaard.example", name) is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_honest_addresses_are_let_alone(address):
    assert examine(address, "") is None


@pytest.mark.parametrize(
    ("address", "display", "kind", "why"),
    [
        ("billing@pаypal.example", "", "lookalike", MIXED),
        ("a@b.example", "Kаroline", "lookalike", MIXED),
        ("a@b.example", "Mαria", "lookalike", MIXED),
        ("billing@раураӏ.com", "", "lookalike", FOREIGN),
        ("billing@xn--80aa0cbo65f.com", "", "lookalike", FOREIGN),
        ("kar\u200boline@b.example", "", "lookalike", HIDDEN),
        ("a@b.example", "enilorak\u202e", None, None),
        ("a@b.example", "Mette \u202enoitazinagro", "lookalike", HIDDEN),
        ("a@b.example", "Me\x07tte", "lookalike", HIDDEN),
        ("\x01" * 300, "", "lookalike", HIDDEN),
        ("a" * 10_000, "", "lookalike", LONG),
        ("", "Somebody", "shared", EMPTY),
        ("  ", "", "shared", EMPTY),
    ],
)
def test_what_hides_or_imitates_is_told(address, display, kind, why):
    found = examine(address, display)
    assert (found and found.kind, found and found.why) == (kind, why)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_answered(address, display):
    found = examine(address, display)
    assert found is None or said(found.why) == (found.why, "")
    assert address.lower() not in twins(address)
    assert skeleton(skeleton(display)) == skeleton(display) or not unicodedata.is_normalized("NFKC", skeleton(display).lower())


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F), min_size=1, max_size=30))
def test_a_name_in_latin_letters_is_never_suspicious(name):
    assert examine("a@b.example", name) is None


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюяёїієґ ", min_size=1, max_size=30))
def test_a_name_in_cyrillic_letters_is_never_suspicious(name):
    assert examine("a@b.example", name) is None


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("karoline@vestergaard.example", []),
        ("karoline@vestergаard.example", ["karoline@vestergaard.example"]),
        ("karoline@vestergaarcl.example", ["karoline@vestergaard.example"]),
        ("karoline@n0rrebro.example", ["karoline@norrebro.example"]),
        ("info@barn.example", []),
        ("visitor-1", []),
    ],
)
def test_whom_an_address_could_be_taken_for(address, wanted):
    assert twins(address) == wanted


COLLEAGUES = {called("Mette Krogh"): ("Mette Krogh", frozenset({"mette@firma.example"}))}


@pytest.mark.parametrize(
    ("address", "display", "is_it"),
    [
        ("mette@firma.example", "Mette Krogh", False),
        ("METTE@firma.example", "Mette Krogh", False),
        ("mette@gmail.example", "Mette Krogh", True),
        ("mette@gmail.example", "METTE  KROGH", True),
        ("mette@gmail.example", "Меtte Krоgh", True),
        ("mette@gmail.example", "Mette", False),
        ("mette@gmail.example", "Mette Kroghs Mor", False),
        ("mette@gmail.example", "", False),
    ],
)
def test_who_is_called_what_a_colleague_is(address, display, is_it):
    found = impostor(address, display, COLLEAGUES)
    assert (found is not None) == is_it
    if found is not None:
        assert said(found.why) == (COLLEAGUE, "Mette Krogh")
    assert said(f"{TWIN}: a@b: c") == (TWIN, "a@b: c")
