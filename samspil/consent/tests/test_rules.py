"""A join never allows more than before."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from samspil.consent.rules import allowed

handles = st.integers(1, 9).map(lambda n: UUID(int=n))
words = st.dictionaries(handles, st.sampled_from(["given", "refused"]))
people = st.lists(st.integers(0, 3), min_size=9, max_size=9)


def groups(places):
    found = {}
    for n, place in enumerate(places, start=1):
        found.setdefault(place, []).append(UUID(int=n))
    return found


@given(words, people, st.integers(0, 3), st.integers(0, 3))
def test_a_join_never_widens_and_its_undo_brings_back_what_was(said, places, kept, absorbed):
    before = allowed(said, groups(places).values())
    joined = [kept if place == absorbed else place for place in places]
    assert allowed(said, groups(joined).values()) <= before
    assert allowed(said, groups(places).values()) == before


@given(words, people)
def test_only_who_said_yes_and_nobody_of_whom_one_handle_says_no(said, places):
    found = allowed(said, groups(places).values())
    for handles_of in groups(places).values():
        refused = any(said.get(h) == "refused" for h in handles_of)
        for handle in handles_of:
            assert (handle in found) == (said.get(handle) == "given" and not refused)
