"""Who is asked next, whom a question names, and what is veiled."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from samspil.aside.rules import VEIL, Candidate, Named, handle_of, is_anybody_left, named, next_asked, veiled
from samspil.base.text import fold

PEOPLE = [UUID(int=n) for n in range(1, 9)]
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        colleague=st.sampled_from(PEOPLE),
        away=st.booleans(),
        present=st.booleans(),
        free=st.integers(0, 3),
    ),
    unique_by=lambda c: c.colleague,
)
ALREADY = st.sets(st.sampled_from(PEOPLE))


@given(CANDIDATES, ALREADY, st.integers(-1, 9))
def test_those_asked_are_here_and_new_each_once_and_no_more_than_asked_for(candidates, already, number):
    chosen = next_asked(candidates, already, number)
    can = [c for c in candidates if not c.away and c.colleague not in already]
    assert len({c.colleague for c in chosen}) == len(chosen) == min(max(number, 0), len(can))
    assert all(c in can for c in chosen)


@given(CANDIDATES, ALREADY, st.integers(0, 9))
def test_nobody_who_is_passed_over_is_at_the_desk_while_one_who_is_not_was_asked(candidates, already, number):
    chosen = next_asked(candidates, already, number)
    passed = [c for c in candidates if not c.away and c.colleague not in already and c not in chosen]

    def rank(c: Candidate) -> tuple[bool, bool, int]:
        return (not c.present, c.free <= 0, candidates.index(c))

    assert all(rank(a) < rank(b) for a in chosen for b in passed)
    assert [rank(c) for c in chosen] == sorted(rank(c) for c in chosen)


@given(CANDIDATES, st.integers(1, 4))
def test_round_by_round_everybody_who_is_here_is_asked_once_and_then_it_ends(candidates, number):
    already: set[UUID] = set()
    order: list[UUID] = []
    while chosen := next_asked(candidates, already, number):
        order += [c.colleague for c in chosen]
        already |= {c.colleague for c in chosen}
    assert sorted(order) == sorted(c.colleague for c in candidates if not c.away)
    assert is_anybody_left(candidates, already) is any(c.away for c in candidates)


def test_a_question_names_people_and_competences_and_says_what_it_does_not_know():
    bo, gear, brakes = uuid4(), uuid4(), uuid4()
    people = {"bo": bo, "bo holm": bo}
    skills = {fold("Gear og kæde"): gear, "bremser": brakes, "brakes": brakes}
    found = named(
        "@bo.holm og @Gear.og.kæde, kan @brakes klare det? Skriv til mig@firma.example. @nisse @bo", people, skills, fold
    )
    assert found == Named(people=(bo,), competences=(gear, brakes), unknown=("nisse",))
    assert named("ingen", people, skills, fold) == Named()
    assert fold(handle_of("Gear og kæde").replace(".", " ")) in skills


WORDS = st.text("abcdefghijæøå", min_size=3, max_size=8)


@given(WORDS, WORDS, st.text("abc .,", max_size=20), st.text("abc .,", max_size=20))
def test_no_name_is_left_in_what_is_veiled(first, last, before, after):
    name = f"{first} {last}"
    shown = veiled(f"{before} {name.upper()} {after} - {first}, {last}.", [name])
    words = {w.lower() for w in shown.replace(",", " ").replace(".", " ").split()}
    assert not words & {first, last} - set(f"{before} {after}".replace(",", " ").replace(".", " ").split())


def test_addresses_and_long_numbers_are_veiled_and_prices_stay():
    said = "Skriv til karoline@vestergaard.example eller ring +45 22 33 44 55. Den kostede 12.500 kr. i 2024. Mvh Karoline"
    assert veiled(said, ["Karoline Vestergaard"]) == (
        f"Skriv til {VEIL} eller ring {VEIL}. Den kostede 12.500 kr. i 2024. Mvh {VEIL}"
    )
