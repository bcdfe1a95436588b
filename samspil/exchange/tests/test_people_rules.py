"""Reading people: exact on what is known, and never an exception on what is not."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samspil.base.tables import CannotReadPeople, Row, encoding_of, harmless, storable, table
from samspil.exchange.rules.cards import COLUMNS as CARD
from samspil.exchange.rules.cards import cards
from samspil.exchange.rules.exports import export, preset_of, told_by
from samspil.exchange.rules.handles import NETWORKS, handle_of
from samspil.exchange.rules.meanings import guess, is_meaning, slug_of
from samspil.exchange.rules.persons import Reading, person_of
from samspil.exchange.rules.plan import OUTCOMES, Known, plan
from samspil.identity.rules.details import DETAILS, MANY, tidy

TEXT = st.text(max_size=40)


@pytest.mark.parametrize(
    ("network", "said", "address"),
    [
        ("mail", " Karoline <Karoline@Vestergaard.Example> ", "karoline@vestergaard.example"),
        ("mail", "mailto:a+b@c.example", "a+b@c.example"),
        ("mail", "søren@ærø.example", "søren@ærø.example"),
        ("phone", "20 12 34 56", "+4520123456"),
        ("phone", "0045 20123456", "+4520123456"),
        ("phone", "tel:+46-8-123-456-78", "+46812345678"),
        ("whatsapp", "+45 20 12 34 56", "+4520123456"),
        ("mastodon", "@Karoline@Norrebro.example", "karoline@norrebro.example"),
        ("mastodon", "https://norrebro.example/@karoline", "karoline@norrebro.example"),
        ("matrix", "@Karoline:klub.example", "@karoline:klub.example"),
        ("telegram", "https://t.me/Karoline_v", "karoline_v"),
        ("x", "@karoline_v", "karoline_v"),
        ("instagram", "instagram.com/tobias.paa.hjul/", "tobias.paa.hjul"),
        ("bluesky", "https://bsky.app/profile/noor.vejle.example", "noor.vejle.example"),
    ],
)
def test_an_address_has_one_form(network, said, address):
    assert handle_of(network, said, "DK")[0] == address


@pytest.mark.parametrize(
    ("network", "said"),
    [("mail", "ikke en mail"), ("mail", "a@b"), ("mail", "a@b@c.example"), ("phone", "12"), ("phone", "hej"), ("matrix", "karoline"),
     ("mastodon", "karoline"), ("x", "to ord"), ("mail", ""), ("mail", "a" * 600 + "@b.example")],
)  # fmt: skip
def test_what_is_no_address_is_refused(network, said):
    with pytest.raises(ValueError, match=r"empty|too_long|not_understood"):
        handle_of(network, said, "DK")


@settings(max_examples=300, deadline=None)
@given(network=st.sampled_from(NETWORKS), said=st.text(max_size=80), country=st.sampled_from(["DK", "US", "", "XX"]))
def test_any_text_is_an_address_or_refused_and_an_address_stays_itself(network, said, country):
    try:
        address, _ = handle_of(network, said, country)
    except ValueError:
        return
    assert 0 < len(address) <= 500
    assert handle_of(network, address, country)[0] == address


def test_columns_are_guessed_in_danish_and_english():
    header = [
        "Navn",
        "E-mail",
        "Tlf.",
        "Mobil 2",
        "Firma",
        "Postnr.",
        "By",
        "Fødselsdag",
        "Kundenr.",
        "Skostørrelse",
        "First Name",
        "X",
    ]
    assert guess(header) == [
        "name", "handle.mail", "handle.phone", "handle.phone", "detail.company", "detail.postcode", "detail.city", "detail.born",
        "detail.customer_number", "", "detail.given_name", "handle.x",
    ]  # fmt: skip
    assert all(is_meaning(m, details=DETAILS, fields=()) for m in guess(header))
    assert slug_of("Cykel & Størrelse!") == "cykel_stoerrelse"
    assert told_by(["login", "firstname", "lastname", "email"]) == "zammad"
    assert preset_of("chatwoot", ["attribute: plan"])["attribute: plan"] == "new.text"


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=400) | st.text(max_size=200).map(lambda t: t.encode("utf-16")) | TEXT.map(str.encode))
def test_no_bytes_break_the_reading_of_a_table(raw):
    _all_rows(lambda: table(io.BytesIO(raw))[3], table_header(raw))


def table_header(raw):
    try:
        return table(io.BytesIO(raw))[0]
    except CannotReadPeople:
        return []


@settings(max_examples=200, deadline=None)
@given(
    raw=st.binary(max_size=300),
    head=st.sampled_from([b"", b"BEGIN:VCARD\n", b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE:"]),
)
def test_no_bytes_break_the_reading_of_cards(raw, head):
    _all_rows(lambda: cards(io.BytesIO(head + raw + b"\r\nEND:VCARD\r\n")), CARD)


KEYS = st.text(max_size=5) | st.sampled_from(
    "payload contacts _embedded customers fields all name email phone_number firstName lastName emails login firstname lastname"
    " contact_inboxes inbox additional_attributes custom_attributes social_profiles points doNotContact tags companies organization".split()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(value=JSON, source=st.sampled_from(["", "chatwoot", "zammad", "freescout", "mautic"]))
def test_no_json_breaks_the_reading_of_an_export(value, source):
    raw = json.dumps(value).encode()
    try:
        header = export(io.BytesIO(raw), source=source)[1]
    except CannotReadPeople:
        return
    _all_rows(lambda: export(io.BytesIO(raw), source=source)[2], header)


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_json(raw):
    _all_rows(lambda: export(io.BytesIO(b"[" + raw))[2], [])


def _all_rows(rows, header):
    meanings = [("name", "handle.mail", "handle.phone", "detail.born", "since", "field.x")[n % 6] for n in range(len(header))]
    reading = Reading(header, meanings, "DK", {"born": "date", "x": "number"}, tidy)
    try:
        for row in rows():
            person = person_of(row, reading)
            json.dumps([person.shown, person.why, person.raw]).encode()
            person.shown.encode()
            assert "\x00" not in person.shown + "".join(person.raw) + str(person.why)
    except CannotReadPeople:
        pass


CELLS = st.lists(
    st.text(max_size=12) | st.sampled_from(["a@a.example", "b@b.example", "20123456", "1980-02-03", "3.2.1980"]),
    min_size=3,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(table=st.lists(CELLS, max_size=12))
def test_a_plan_accounts_for_every_row_and_gives_a_handle_to_one_person_only(table):
    reading = Reading(["n", "m", "p"], ["name", "handle.mail", "handle.phone"], "DK", dict(DETAILS), tidy)
    persons = [person_of(Row(n, cells), reading) for n, cells in enumerate(table, 2)]
    known = Known()
    planned = plan(persons, known, iter(range(1000)), MANY)
    assert [p.person.number for p in planned] == [p.number for p in persons]
    assert all(p.outcome in OUTCOMES for p in planned)
    linked = [key for p in planned for key, _ in p.links]
    assert len(linked) == len(set(linked))
    assert {key: known.owners[key] for key in linked} == known.owners
    again = plan(persons, known, iter(range(1000, 2000)), MANY)
    assert all(p.outcome in {"same", "conflict", "empty", "broken"} for p in again)


def test_dates_times_and_values_have_one_form():
    reading = Reading(
        ["mail", "born", "since", "points"],
        ["handle.mail", "detail.born", "since", "field.points"],
        "DK",
        {"born": "date", "points": "number"},
        tidy,
    )
    person = person_of(Row(2, ["a@a.example", "3.2.1980", "1711963200", "1.234,5"]), reading)
    assert (person.details, person.since.isoformat()) == (
        [("born", "1980-02-03"), ("points", "1234.5")],
        "2024-04-01T09:20:00+00:00",
    )
    wrong = person_of(Row(3, ["a@a.example", "31.2.1980", "engang", "mange"]), reading)
    assert (wrong.details, [w[0] for w in wrong.why], wrong.error) == ([], ["bad_value"] * 3, "")


@given(TEXT)
def test_no_cell_is_a_formula(text):
    assert harmless(text)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}
    assert harmless(text).endswith(text)


@given(st.text(min_size=2, max_size=300))
def test_utf8_is_known_as_utf8(text):
    assert encoding_of(("æ" + text).encode()) in {"utf-8", "utf-16-le", "utf-16-be"}
    assert "\x00" not in storable(text)
