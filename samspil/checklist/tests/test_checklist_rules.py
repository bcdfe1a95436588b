"""What a template may say, how far a list is, the order of one's own steps, and what is suggested."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.checklist.rules import (
    LONGEST_STEP,
    MOST_STEPS,
    Candidate,
    Item,
    NotALink,
    Progress,
    is_link,
    items,
    moved,
    offers,
    progress,
)

IDS = [UUID(int=n) for n in range(1, 10)]
ORDER = st.lists(st.sampled_from(IDS), unique=True)


@given(ORDER, st.sampled_from(IDS), st.integers(-12, 12))
def test_moving_keeps_every_step_once_and_the_others_in_their_order(order, step, by):
    after = moved(order, step, by)
    assert sorted(after) == sorted(order)
    assert [one for one in after if one != step] == [one for one in order if one != step]
    if step in order:
        assert after.index(step) == min(max(order.index(step) + by, 0), len(order) - 1)


@given(st.lists(st.tuples(st.sampled_from(["open", "done", "skipped"]), st.booleans())))
def test_progress_counts_what_is_dealt_with_and_what_must_be_yet(steps):
    found = progress(steps)
    assert found.total == len(steps)
    assert found.done + sum(state == "open" for state, _ in steps) == found.total
    assert found.musts == len([1 for state, must in steps if must and state == "open"])
    assert found.is_all is (found.done == len(steps))


def test_nothing_is_all_of_nothing():
    assert (progress([]), Progress().is_all) == (Progress(done=0, total=0, musts=0), True)


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        template=st.sampled_from(IDS),
        name=st.sampled_from(["a", "B", "c"]),
        unit=st.sampled_from([None, *IDS[:3]]),
        competences=st.frozensets(st.sampled_from(IDS[:3]), max_size=2),
    ),
    unique_by=lambda c: c.template,
)


@given(CANDIDATES, st.sets(st.sampled_from(IDS[:3])), st.sampled_from([None, *IDS[:3]]), st.sets(st.sampled_from(IDS)))
def test_what_is_offered_is_of_the_units_each_once_and_the_suggested_come_first(candidates, units, competence, running):
    found = offers(candidates, units=units, competence=competence, running=running)
    assert {c.template for c, _ in found} == {c.template for c in candidates if c.unit is None or c.unit in units}
    assert len(found) == len({c.template for c, _ in found})
    suggested = [is_first for _, is_first in found]
    assert suggested == sorted(suggested, reverse=True)
    for c, is_first in found:
        fits = competence in c.competences or (not c.competences and c.unit is not None)
        assert is_first is (c.template not in running and fits)


@given(CANDIDATES, st.sampled_from(IDS[:3]))
def test_what_is_for_the_competence_stands_above_everything_else(candidates, competence):
    found = [competence in c.competences for c, _ in offers(candidates, units=IDS, competence=competence, running=())]
    assert found == sorted(found, reverse=True)


def test_steps_are_kept_in_order_without_the_empty_ones_and_as_one_line():
    rows = [
        {"text": "  Serial\nnumber  ", "hint": "under\tthe frame", "link": "https://x.example/a?b=1", "must": "on"},
        {"text": "   ", "must": "on"},
        {"text": "Photo\x00s", "link": "/consumers/"},
        {"text": "x" * 400},
    ]
    assert items(rows) == (
        Item(text="Serial number", hint="under the frame", link="https://x.example/a?b=1", must=True),
        Item(text="Photos", link="/consumers/"),
        Item(text="x" * LONGEST_STEP),
    )
    assert len(items([{"text": str(n)} for n in range(MOST_STEPS + 5)])) == MOST_STEPS


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//evil.example", "/\\evil.example", "ftp://x", "mailto:a@b.c",
     "https://x.example/\\y"],
)  # fmt: skip
def test_a_link_that_could_run_or_leave_unseen_is_refused(link):
    assert not is_link(link)
    with pytest.raises(NotALink, match=r".+"):
        items([{"text": "a", "link": link}])


@given(st.text(max_size=40))
def test_every_link_that_is_taken_begins_as_a_link_does(link):
    if is_link(link):
        assert link.startswith(("https://", "http://", "/"))
        assert not link.startswith("//")
