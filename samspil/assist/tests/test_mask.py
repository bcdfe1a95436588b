"""What belongs to another person never comes out of a past answer: examples, and properties over what one can think of."""

import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from samspil.assist.queries.find import again
from samspil.assist.rules.mask import SIGNATURE, VEIL, is_worth_keeping, masked

ANSWER = (
    "Kære Karoline\n\nDin ordre AB-2291/7 ligger klar på Vestergade 12, 2200 København N. Ring på +45 26 12 34 56 eller skriv til "
    "karo.line@vestergaard.example. Se https://shop.example/o?token=8fK2x. Vi har åbent 10-16.\n\nVenlig hilsen\nJonas Lund\nNordlys"
)


def test_an_answer_keeps_its_help_and_nothing_of_the_person():
    assert masked(ANSWER, ["Karoline Vestergaard", "karo.line@vestergaard.example"], signed_by="Jonas Lund") == (
        f"Kære {{fornavn}}\n\nDin ordre {VEIL} ligger klar på {VEIL}. Ring på {VEIL} eller skriv til "
        f"{VEIL}. Se {VEIL} Vi har åbent 10-16.\n\nVenlig hilsen\n{SIGNATURE}"
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Batteriet på 36 V holder i 2 år, kl. 8.30.", "Batteriet på 36 V holder i 2 år, kl. 8.30."),
        ("Hej Karoline, tak!", "Hej {fornavn}, tak!"),
        ("Hej igen\nDet er klar.", "Hej igen\nDet er klar."),
        ("CPR 010190-1234 er slettet.", f"CPR {VEIL} er slettet."),
        ("Sæt {navn} ind", "Sæt (navn) ind"),
        ("Faktura #4471 er betalt", f"Faktura {VEIL} er betalt"),
        ("Skriv til @karo@social.example i dag", f"Skriv til {VEIL} i dag"),
        ("Du kan bo her, siger Bo", f"Du kan bo her, siger {VEIL}"),
        ("Goddag Vestergaard, den er klar", "Goddag {fornavn}, den er klar"),
        ("Kære Marie-Bo\nDen er klar", "Kære {fornavn}\nDen er klar"),
        ("Den er klar\nJonas Lund\nØkonomi", "Den er klar\n{mit fornavn}\nØkonomi"),
        ("Tak\nJonas", "Tak\n{mit fornavn}"),
        ("Det passer Jonas fint", "Det passer {mit fornavn} fint"),
    ],
)
def test_examples(text, kept):
    assert masked(text, ["Bo Vestergaard"], signed_by="Jonas Lund") == kept


WORD = st.text(string.ascii_lowercase + "æøå", min_size=3, max_size=10)
NAME = st.text(string.ascii_lowercase + "æøåéü", min_size=3, max_size=12).map(str.capitalize)
AROUND = st.lists(
    st.sampled_from("Din ordre er på vej til dig og vi ses i morgen når pakken kommer".split()), min_size=1, max_size=8
)
DIGITS = st.text(string.digits, min_size=4, max_size=16)
LONG = st.text(string.digits, min_size=5, max_size=16)
TOKEN = st.text(string.ascii_letters + string.digits, min_size=6, max_size=40)


def within(before: list[str], secret: str, after: list[str]) -> str:
    return f"{' '.join(before)} {secret} {' '.join(after)}"


@given(AROUND, WORD, WORD, AROUND)
def test_no_mail_address_comes_through(before, name, host, after):
    found = masked(within(before, f"{name}@{host}.example", after))
    assert "@" not in found
    assert f"{host}.example" not in found


@given(AROUND, LONG, st.sampled_from([" ", "-", ".", ""]), st.sampled_from(["", "+", "#", "nr. ", "+45 "]), AROUND)
@example(["er"], "26123456", " ", "+45 ", ["og"])
def test_no_number_comes_through(before, digits, parted, sign, after):
    shown = parted.join(digits[place : place + 2] for place in range(0, len(digits), 2))
    assert not any(c.isdigit() for c in masked(within(before, sign + shown, after)))


@given(
    AROUND,
    TOKEN,
    st.sampled_from(["https://shop.example/o?t=", "http://x.example/", "www.shop.example/", "shop.example/r/"]),
    AROUND,
)
def test_no_link_comes_through(before, token, address, after):
    found = masked(within(before, address + token, after))
    assert token not in found
    assert "example" not in found


@given(AROUND, st.text(string.ascii_uppercase, min_size=1, max_size=4), DIGITS, st.sampled_from(["", "-", "/", "_"]), AROUND)
def test_no_order_number_comes_through(before, letters, digits, parted, after):
    assert digits not in masked(within(before, f"{letters}{parted}{digits}", after))


@given(AROUND, NAME, NAME, AROUND, st.sampled_from(["{0} {1}", "{0}", "{1}", "{0}s", "{0}, {1}"]), st.booleans())
def test_no_name_comes_through(before, first, last, after, shape, upper):
    said = shape.format(first, last)
    text = within(before, said.upper() if upper else said, after)
    words = masked(text, [f"{first} {last}"]).casefold().replace(",", " ").split()
    common = {word.casefold() for word in [*before, *after]}
    for name in (first.casefold(), last.casefold(), f"{first.casefold()}s"):
        assert name in common or name not in words


@given(st.text(max_size=400), st.lists(st.text(max_size=12), max_size=4))
def test_whatever_it_is_given_it_answers_and_opens_no_place_of_the_text(text, names):
    found = masked(text, names, signed_by="Jonas Lund")
    assert found.replace("{fornavn}", "").replace(SIGNATURE, "").count("{") == 0


@given(NAME, NAME)
def test_a_name_that_is_learned_later_is_taken_out_when_it_is_shown(first, late):
    assume(first.casefold() not in {"there", "igen", "again", "og", "and", "all", "alle"})
    kept = masked(f"Hej {first}\n\nSig det til {late} i dag.", [])
    assert late.casefold() not in again(kept, [late]).casefold().replace("{fornavn}", "").split()
    assert again(kept, []).startswith("Hej {fornavn}")


def test_only_what_says_something_is_kept():
    assert is_worth_keeping("Batteriet er fladt igen", "Prøv at lade det op helt natten over")
    assert not is_worth_keeping("Tak", "Prøv at lade det op helt natten over")
    assert not is_worth_keeping("Batteriet er fladt igen", f"Hej {{fornavn}} {VEIL} tak")
