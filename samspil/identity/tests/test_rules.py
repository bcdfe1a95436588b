"""Whose is a handle: every handle gets exactly one owner, and only proof joins."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from samspil.identity.rules.recognise import PROVED, Sighting, recognise

kinds = st.sampled_from(["hmac", "network", "token", "typed"])
handles = st.integers(1, 8).map(lambda n: UUID(int=n))
sightings = st.lists(
    st.builds(Sighting, handle=handles, display=st.just("x"), claims=st.lists(st.tuples(handles, kinds), max_size=2)),
    min_size=1,
    max_size=8,
)
owners = st.dictionaries(handles, st.integers(100, 104).map(lambda n: UUID(int=n)), max_size=6)


def fresh(seen):
    return [UUID(int=1000 + n) for n in range(len(seen))]


@given(sightings, owners)
def test_everybody_seen_has_one_owner_and_no_link_is_made_twice(seen, known):
    verdict = recognise(seen, known, fresh(seen))
    for sighting in seen:
        assert sighting.handle in verdict.owner
    linked = [handle for handle, _, _, _ in verdict.links]
    assert len(linked) == len(set(linked))
    assert not set(linked) & set(known)


@given(sightings, owners)
def test_what_is_only_typed_never_merges(seen, known):
    typed = [Sighting(s.handle, s.display, [(h, "typed") for h, _ in s.claims]) for s in seen]
    assert recognise(typed, known, fresh(seen)).merges == []


@given(sightings, owners)
def test_proof_joins_and_a_veto_stops_it(seen, known):
    verdict = recognise(seen, known, fresh(seen))
    for sighting in seen:
        for handle, how in sighting.claims:
            if how in PROVED:
                assert verdict.owner[sighting.handle] == verdict.owner[handle]
    everybody = {*known.values(), *fresh(seen)}
    vetoes = frozenset(frozenset((a, b)) for a in everybody for b in everybody if a != b)
    assert recognise(seen, known, fresh(seen), vetoes).merges == []


@given(sightings, owners)
def test_a_merge_ends_in_somebody_who_is_not_merged_away(seen, known):
    verdict = recognise(seen, known, fresh(seen))
    gone = {absorbed for _, absorbed, _ in verdict.merges}
    assert len(gone) == len(verdict.merges)
    assert not set(verdict.owner.values()) & gone
