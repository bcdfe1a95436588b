"""The features of a handle: what meets, what is a role, what is never matched by its looks, and that no text breaks it."""

import json
from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samspil.identity.rules.names import LONG, born, company, mail_parts, name_words, organisation, phone
from samspil.identity.rules.profile import LISTS, MAX_KEYS, Profile, key_texts, keys, profile

TORVALDS = (6479082668248338893, 7818695490709689447)
"""What is stored in the index of keys: another value would find nobody any more."""


def mail(address, display=""):
    return profile({"network": "mail", "address": address, "display": display})


@pytest.mark.parametrize(
    ("display", "words"),
    [
        ("Søren Ærø", ["soren", "aro"]),
        ("Soeren Aeroe", ["soren", "aro"]),
        ("Smith, John", ["john", "smith"]),
        ("John Smith, Jr.", ["john", "smith"]),
        ("Dr. John Smith (Acme A/S)", ["john", "smith"]),
        ("John Smith via GitHub", ["john", "smith"]),
        ("👍 Anna-Marie Ågård", ["anna", "marie", "agard"]),
        ("JohnSmith", ["john", "smith"]),
        ("Иван Петров", ["ivan", "petrov"]),
        ("王伟", ["u738bu4f1f"]),
        ("john@smith.dk", []),
        ("", []),
    ],
)
def test_a_name_is_its_words(display, words):
    assert name_words(display) == words


def test_spellings_of_one_name_meet():
    for one, two in (("Søren Aagaard", "Soren Ågård"), ("Jürgen Müller", "Juergen Mueller"), ("Smith, John", "john SMITH")):
        assert mail("a@b.dk", one).name_key == mail("c@d.dk", two).name_key


def test_a_mail_address_is_read():
    assert mail_parts("John.Smith+news@GMail.com") == ("johnsmith", "gmail.com", "mail:johnsmith@gmail.com")
    assert mail_parts("12345+login@users.noreply.github.com") == ("login", "", "github:login")
    assert mail_parts("root@box.(none)") == ("root", "", "")
    assert mail("12345+login@users.noreply.github.com").selves == profile({"network": "github", "address": "login"}).selves


def test_an_address_may_be_a_url():
    assert profile({"network": "github", "address": "https://github.com/Torvalds/"}).selves == ("github:torvalds",)
    assert profile({"network": "github", "address": "https://github.com/Torvalds/"}).login == "torvalds"


def test_small_facts_are_read():
    assert [organisation(d) for d in ("uk.ibm.com", "cs.ox.ac.uk", "gmail.com", "x")] == ["ibm", "ox", "", ""]
    assert [company(c) for c in ("Red Hat, Inc.", "redhat.com", "@google", "freelance")] == ["redhat", "redhat", "google", ""]
    assert [phone(p) for p in ("+45 12 34 56 78", "12345678", "0045-12345678", "112")] == ["12345678"] * 3 + [""]
    assert [born(b) for b in ("1840-12-06", "6/12/1840", "18401206", "1840-12-06T00:00", "")] == ["18401206"] * 4 + [""]
    assert (born("٦/١٢/١٨٤٠"), phone("+٤٥ ١٢ ٣٤ ٥٦ ٧٨")) == ("18401206", "12345678")


def test_roles_and_machines_say_nothing():
    for address, display in (
        ("info@acme.dk", "Acme"),
        ("noreply@acme.dk", "Anna Smith"),
        ("deploy-bot@acme.dk", ""),
        ("me@x.dk", ""),
    ):
        found = mail(address, display)
        assert found.role, address
        assert (found.login, found.selves, found.address) == (None, None, None)
    own = mail("me@smith.dk", "Anna Smith")
    assert (own.role, own.login, own.selves) == (False, None, ("mail:me@smith.dk",))


def test_letters_that_look_alike_are_not_matched_by_looks():
    for display in ("Jоhn Smith", "Sаrа Skov", "раураl"):
        assert mail("a@b.dk", display).mixed
        assert mail("a@b.dk", display).name_key is None
    assert not mail("a@b.dk", "Иван Петров").mixed
    assert not mail("a@b.dk", "Søren Ærø").mixed


def test_what_the_name_explains_is_told_from_what_it_does_not():
    assert mail("jsmith@a.dk", "John Smith").login_free is None
    assert mail("john.smith@a.dk", "John Smith").login_free is None
    assert mail("airlied@a.dk", "John Smith").login_free == "airlied"
    assert "jsmith" in mail("a@a.dk", "John Smith").shorts
    assert "johnsmith" in mail("a@a.dk", "John Smith").forms


def test_an_initial_is_completed_by_the_own_user_name():
    assert mail("kathleen.singh@a.dk", "K. Singh").name_key == "kathleen singh"
    assert mail("ksingh@a.dk", "K. Singh").given == "k"


def test_keys_are_the_same_everywhere_and_few():
    found = keys(mail("john.smith@red-hat.com", "John Smith"))
    assert found == tuple(sorted(found))
    assert set(keys(mail("x@acme.dk", "John Smith"))) & set(found)
    assert keys(profile({"network": "github", "address": "torvalds"})) == TORVALDS
    assert len(found) <= MAX_KEYS
    assert all(-(2**63) <= key < 2**63 for key in found)


texts = st.text(max_size=60) | st.sampled_from(
    ["@", "a@", "@b", "+@x.y", ",", "((((", "\x00", "İı", "ﬀ", "𝐉𝐨𝐡𝐧", "x" * 10_000, "王" * 500]
)
raws = st.dictionaries(
    st.sampled_from(
        "network address display name username company phone street postcode place born given surname orders customers links avatar"
        " languages hours gender job mail".split()
    ),
    texts | st.none() | st.lists(texts, max_size=3) | st.integers() | st.floats(),
)


@given(raws)
@example({"born": "𝟎", "phone": "+४५ १२ ३४ ५६ ७८"})
def test_nothing_breaks_a_profile_and_it_stays_small_and_plain(raw):
    found = profile(raw)
    kept = json.dumps(found.to_json())
    assert len(kept) < 60 * LONG
    assert Profile.from_json(json.loads(kept)) == found
    assert len(key_texts(found)) <= MAX_KEYS
    assert keys(Profile.from_json(json.loads(kept))) == keys(found)
    for field in fields(Profile):
        value = getattr(found, field.name)
        values = value if field.name in LISTS else [value]
        assert all(v.isascii() and v for v in values or () if isinstance(v, str)) or field.name in {
            "network",
            "display",
            "at",
            "address",
            "selves",
            "links",
            "avatar",
            "domain",
        }


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_name_is_never_lost_when_it_has_letters(one, two):
    words = name_words(f"{one} {two}")
    assert all(w and w.isascii() and w.isalnum() for w in words)
