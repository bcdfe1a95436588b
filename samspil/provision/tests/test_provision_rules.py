"""The diff, without a database."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.provision.rules.columns import guess, levels_of, wanted_of
from samspil.provision.rules.people import Here, Place, Tree, Wanted, address_key, address_of, path_of
from samspil.provision.rules.plan import Terms, counted, plan

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
SERVICE, SHOP, WHEELS = UUID(int=11), UUID(int=12), UUID(int=13)
TREE = Tree(
    [Place(ident=SERVICE, name="Service"), Place(ident=SHOP, name="Værksted"), Place(ident=WHEELS, name="Hjul", parent=SHOP)]
)
METTE = Here(ident=A, email="mette@firma.example", name="Mette Krogh", role="admin", unit=SERVICE)
JONAS = Here(ident=B, email="jonas@firma.example", name="Jonas Lund", unit=WHEELS, title="Smed")


def made(*wanted, here=(METTE, JONAS), terms=None):
    return plan(wanted=wanted, here=here, tree=TREE, terms=terms or Terms())


def one(wanted, **more):
    return made(wanted, **more).rows[0]


def test_nothing_where_all_is_said_already():
    row = one(Wanted(number=2, email="JONAS@Firma.example".lower(), name="Jonas Lund", title="Smed", unit=("værksted", "hjul")))
    assert (row.outcome, row.changes, row.colleague) == ("nothing", {}, B)


def test_what_is_not_said_is_left():
    assert one(Wanted(number=2, email="jonas@firma.example")).outcome == "nothing"


def test_a_change_names_old_and_new():
    row = one(Wanted(number=2, email="jonas@firma.example", name="Jonas Holm", title=""))
    assert (row.outcome, row.changes) == ("change", {"name": ["Jonas Lund", "Jonas Holm"], "title": ["Smed", ""]})


def test_a_move_is_only_that():
    row = one(Wanted(number=2, email="jonas@firma.example", unit=("Service",)))
    assert (row.outcome, row.changes) == ("move", {"unit": [["Værksted", "Hjul"], ["Service"]]})


def test_a_new_person_and_the_units_above_are_made_from_the_top():
    found = made(
        Wanted(number=2, email="aase@firma.example", name="Åse", unit=("Salg", "Nord")),
        Wanted(number=3, email="bo@firma.example", name="Bo", unit=("salg", "Syd")),
    )
    assert [r.outcome for r in found.rows] == ["create", "create"]
    assert found.units == [("Salg",), ("Salg", "Nord"), ("salg", "Syd")]
    assert found.rows[0].changes["role"] == [None, "employee"]


def test_a_name_that_only_one_unit_has_is_that_unit():
    assert one(Wanted(number=2, email="jonas@firma.example", unit=("hjul",))).outcome == "nothing"


def test_a_name_that_two_units_have_below_others_is_a_conflict():
    tree = Tree([*TREE.names.values(), Place(ident=C, name="Hjul", parent=SERVICE)])
    row = plan(wanted=[Wanted(number=2, email="x@y.dk", unit=("Hjul",))], here=[METTE], tree=tree, terms=Terms()).rows[0]
    assert (row.outcome, row.why) == ("conflict", [["unit_unclear", "Hjul"]])


def test_the_external_id_goes_before_the_address():
    known = Here(ident=B, email="jonas@firma.example", name="Jonas Lund", external="7", ours=True)
    row = one(Wanted(number=2, external="7", email="jh@firma.example"), here=[METTE, known])
    assert (row.colleague, row.changes) == (B, {"email": ["jonas@firma.example", "jh@firma.example"]})


def test_an_address_of_somebody_else_is_a_conflict():
    known = Here(ident=B, email="jonas@firma.example", name="Jonas Lund", external="7", ours=True)
    row = one(Wanted(number=2, external="7", email="mette@firma.example"), here=[METTE, known])
    assert (row.outcome, row.changes) == ("conflict", {})


def test_an_address_that_was_given_to_another_person_does_not_take_the_old_one_over():
    known = Here(ident=B, email="jonas@firma.example", name="Jonas Lund", external="7", ours=True)
    row = one(Wanted(number=2, external="8", email="jonas@firma.example"), here=[METTE, known])
    assert (row.outcome, row.why) == ("conflict", [["known_otherwise", "7"]])


def test_the_same_twice_in_a_file():
    found = made(Wanted(number=2, email="a@b.dk", name="A"), Wanted(number=5, email="A@b.dk".lower(), name="A"))
    assert [r.outcome for r in found.rows] == ["create", "conflict"]
    assert found.rows[1].why == [["twice", "2"]]


def test_an_outside_colleague_is_taken_in():
    past = Here(ident=C, email="karl@firma.example", name="karl", active=False, outside=True)
    row = one(Wanted(number=2, email="karl@firma.example", name="Karl Ø"), here=[METTE, past])
    assert (row.outcome, row.colleague) == ("adopt", C)


def test_the_last_administrator_is_not_closed():
    row = one(Wanted(number=2, email="mette@firma.example", active=False))
    assert (row.outcome, row.changes, row.why) == ("conflict", {}, [["last_administrator", ""]])


def test_two_administrators_cannot_both_be_closed():
    other = Here(ident=B, email="jonas@firma.example", name="Jonas", role="admin")
    found = made(
        Wanted(number=2, email="mette@firma.example", active=False),
        Wanted(number=3, email="jonas@firma.example", active=False),
        here=[METTE, other],
    )
    assert [r.outcome for r in found.rows] == ["close", "conflict"]


def test_who_starts_the_import_is_not_closed_by_it():
    other = Here(ident=B, email="jonas@firma.example", name="Jonas", role="admin")
    row = one(Wanted(number=2, email="mette@firma.example", active=False), here=[METTE, other], terms=Terms(spared=A))
    assert (row.outcome, row.why) == ("conflict", [["oneself", ""]])


def test_a_role_is_taken_only_where_that_was_said():
    wanted = Wanted(number=2, email="jonas@firma.example", role="admin")
    assert one(wanted).outcome == "nothing"
    assert one(wanted, terms=Terms(roles=True)).changes == {"role": ["employee", "admin"]}
    assert one(Wanted(number=2, email="ny@firma.example", role="admin")).changes["role"] == [None, "employee"]


@pytest.mark.parametrize(("missing", "outcome"), [("leave", "missing"), ("close", "close")])
def test_who_is_missing_was_brought_by_the_same_source(missing, outcome):
    known = Here(ident=B, email="jonas@firma.example", name="Jonas", external="7", ours=True)
    found = made(Wanted(number=2, email="ny@firma.example"), here=[METTE, known], terms=Terms(missing=missing))
    assert [(r.outcome, r.colleague) for r in found.rows] == [("create", None), (outcome, B)]
    assert found.closing == (1 if missing == "close" else 0)


def test_who_stands_in_a_broken_row_is_not_missing():
    known = Here(ident=B, email="jonas@firma.example", name="Jonas", external="7", ours=True)
    found = made(Wanted(number=2, external="7", wrong=[("bad_mail", "x")]), here=[METTE, known], terms=Terms(missing="close"))
    assert counted(found.rows) == {"broken": 1}


def test_the_brake():
    known = [Here(ident=UUID(int=i), email=f"p{i}@f.dk", name=f"P{i}", ours=True, external=str(i)) for i in range(20, 30)]
    found = made(*[Wanted(number=i, external=str(20 + i)) for i in range(7)], here=[METTE, *known], terms=Terms(missing="close"))
    assert (found.closing, found.active) == (3, 11)
    assert found.braked(20)
    assert not found.braked(28)


def test_levels_are_of_competences_that_are_there():
    row = one(
        Wanted(number=2, email="jonas@firma.example", levels={"Batteri": 4, "Ost": 2}),
        terms=Terms(competences={"batteri": C}),
    )
    assert (row.changes, row.why) == ({"level:Batteri": [0, 4]}, [["no_competence", "Ost"]])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Salg/Nord", ("Salg", "Nord")),
        (r"Salg\/Service/Nord", ("Salg/Service", "Nord")),
        (" Drift / / Lager ", ("Drift", "Lager")),
        ("", ()),
    ],
)
def test_paths(text, path):
    assert path_of(text, "/") == path


def test_a_name_with_a_slash_where_nothing_separates():
    assert path_of("Salg/Service", "") == ("Salg/Service",)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Søren <Soren@Firma.dk>", "soren@firma.dk"),
        ("mailto:a@b.dk", "a@b.dk"),
        ("a@b", ""),
        ("a b@c.dk", ""),
        ("a@b.dk; c@d.dk", ""),
    ],
)
def test_addresses(text, address):
    assert address_of(text) == address


def test_a_domain_with_danish_letters_is_its_network_form():
    assert address_key("Bo@Blåbær.dk") == address_key("bo@xn--blbr-roah.dk")


def test_columns_are_guessed_in_danish_and_english():
    assert guess(["Medarbejdernummer", "Navn", "E-mail", "Titel", "Afdeling", "Fag", "Bilnr"]) == [
        "external", "name", "mail", "title", "unit", "competences", "",
    ]  # fmt: skip
    assert guess(["First Name", "Last Name", "Email Address", "Job Title", "Department"]) == [
        "given", "surname", "mail", "title", "unit",
    ]  # fmt: skip


def test_levels():
    assert levels_of("Batteri:5, Gear (3); Levering, Bremser 2") == {"Batteri": 5, "Gear": 3, "Levering": 3, "Bremser": 2}


def test_a_row_says_what_is_wrong():
    row = wanted_of(number=4, cells=["ikke en adresse", "måske"], meanings=["mail", "active"], separator="/")
    assert row.wrong == [("bad_mail", "ikke en adresse"), ("bad_active", "måske")]


WORD = st.text(alphabet="abæøå/ ", min_size=1, max_size=6)
PERSON = st.builds(
    Wanted,
    number=st.integers(2, 9),
    external=st.sampled_from(["", "1", "2", "3"]),
    email=st.sampled_from(["", "a@f.dk", "b@f.dk", "c@f.dk"]),
    name=WORD,
    unit=st.sampled_from([None, (), ("Service",), ("Ny", "Under"), ("Værksted", "Hjul")]),
    active=st.sampled_from([None, True, False]),
    role=st.sampled_from([None, "employee", "lead", "admin"]),
)
PEOPLE = [
    Here(ident=A, email="a@f.dk", name="A", role="admin", external="1", ours=True),
    Here(ident=B, email="b@f.dk", name="B", role="admin"),
    Here(ident=C, email="c@f.dk", name="C", external="3", ours=True, active=False),
]


@given(st.lists(PERSON, max_size=6), st.booleans(), st.sampled_from(["leave", "close"]))
def test_always_an_administrator_and_nobody_twice(wanted, roles, missing):
    found = plan(wanted=wanted, here=PEOPLE, tree=TREE, terms=Terms(roles=roles, missing=missing))
    touched = [r.colleague for r in found.rows if r.colleague and r.outcome not in {"conflict", "broken"}]
    assert len(touched) == len(set(touched))
    state = {h.ident: (h.role, h.active) for h in PEOPLE}
    for row in found.rows:
        if row.colleague:
            role, active = state[row.colleague]
            changes = row.changes
            state[row.colleague] = (changes.get("role", [0, role])[1], changes.get("is_active", [0, active])[1])
    assert any(role == "admin" and active for role, active in state.values())
    if not roles:
        assert all("role" not in r.changes for r in found.rows if r.outcome != "create")
    assert all(old != new for r in found.rows for old, new in r.changes.values())
