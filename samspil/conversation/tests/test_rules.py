"""Which messages belong together: the partition is that of the references, whatever the order and however they come in batches."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.conversation.rules import Incoming, Known, bare_subject, change, is_reply, join, mentioned, parse, snippet

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ident(number: int) -> UUID:
    return UUID(int=number)


def message(place: int, own: int, *parents: int, **more) -> Incoming:
    values = {"consumer": ident(1), "account": ident(2), "at": NOON + timedelta(minutes=place), "threads": True} | more
    return Incoming(place=place, refs=[ident(own), *map(ident, parents)], **values)


def known(number: int, **more) -> Known:
    values = {
        "consumer": ident(1),
        "account": ident(2),
        "status": "open",
        "subject": "",
        "opened_at": NOON,
        "last_at": NOON,
    } | more
    return Known(id=ident(number), **values)


def components(edges: list[tuple[int, list[int]]]) -> set[frozenset[int]]:
    """The connected components by flooding, of the messages that are there."""
    groups: list[set[int]] = []
    for own, parents in edges:
        meet = {own, *parents}
        touched = [g for g in groups if g & meet]
        groups = [g for g in groups if not g & meet]
        groups.append(meet.union(*touched))
    mine = {own for own, _ in edges}
    return {frozenset(g & mine) for g in groups}


threads = st.lists(st.lists(st.integers(0, 30), max_size=3), min_size=1, max_size=25)


@given(threads, st.randoms())
def test_one_batch_gives_the_components_of_its_references_in_any_order(parents, dice):
    edges = [(100 + n, [100 + p for p in some if p < n]) for n, some in enumerate(parents)]
    dice.shuffle(edges)
    joined = join([message(n, own, *above) for n, (own, above) in enumerate(edges)], {}, {}, {})
    assert {frozenset(m.refs[0].int for m in j.members) for j in joined} == components(edges)
    assert sum(len(j.members) for j in joined) == len(edges)


@given(threads, st.randoms(), st.integers(1, 7))
def test_batches_give_the_same_as_one(parents, dice, size):
    edges = [(100 + n, [100 + p for p in some if p < n]) for n, some in enumerate(parents)]
    dice.shuffle(edges)
    by_ref: dict[UUID, UUID] = {}
    rows: dict[UUID, Known] = {}
    fresh = 1000
    for start in range(0, len(edges), size):
        batch = [message(n, own, *above) for n, (own, above) in enumerate(edges[start : start + size])]
        for joined in join(batch, by_ref, rows, {}):
            fresh += 1
            target = joined.known or known(fresh, opened_at=NOON + timedelta(seconds=fresh))
            rows[target.id] = target
            gone = {other.id for other in joined.merges}
            by_ref = {r: target.id if c in gone else c for r, c in by_ref.items()}
            by_ref |= {r: target.id for m in joined.members for r in m.refs}
            for other in gone:
                del rows[other]
    found: dict[UUID, set[int]] = {}
    for own, _ in edges:
        found.setdefault(by_ref[ident(own)], set()).add(own)
    assert {frozenset(g) for g in found.values()} == components(edges)


def test_a_token_comes_before_everything():
    [joined] = join([message(0, 5, token=ident(77))], {}, {ident(77): known(77)}, {ident(1): [known(9)]})
    assert (joined.known, joined.why) == (known(77), "token")


def test_a_token_of_nothing_we_know_is_no_token():
    [joined] = join([message(0, 5, token=ident(78))], {}, {}, {})
    assert (joined.known, joined.why) == (None, "new")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (known(9), "consumer"),
        (known(9, status="snoozed"), "consumer"),
        (known(9, status="done", last_at=NOON - timedelta(days=2)), "consumer"),
        (known(9, status="done", last_at=NOON - timedelta(days=4)), "new"),
        (known(9, status="done", account=ident(3)), "new"),
    ],
)
def test_without_threads_the_consumers_open_conversation_is_meant(row, expected):
    [joined] = join([message(0, 5, threads=False)], {}, {}, {ident(1): [row]})
    assert joined.why == expected


def test_with_threads_a_message_without_reference_begins_anew_unless_it_says_it_answers():
    rows = {ident(1): [known(9, subject="Batteriet")]}
    assert join([message(0, 5, subject="Batteriet")], {}, {}, rows)[0].why == "new"
    assert join([message(0, 5, subject="SV: batteriet")], {}, {}, rows)[0].why == "subject"
    late = {ident(1): [known(9, subject="Batteriet", last_at=NOON - timedelta(days=31))]}
    assert join([message(0, 5, subject="SV: batteriet")], {}, {}, late)[0].why == "new"


def test_what_somebody_split_is_not_merged_by_a_reference_to_both():
    by_ref = {ident(10): ident(1010), ident(20): ident(1020)}
    rows = {ident(1010): known(1010, apart=True), ident(1020): known(1020, apart=True)}
    [joined] = join([message(0, 5, 10, 20)], by_ref, rows, {})
    assert (joined.known.id, joined.merges) == (ident(1020), [])


def test_who_waits_since_when():
    asked, again = message(0, 1), message(1, 2)
    answered = message(2, 3, outgoing=True)
    robot = message(3, 4, automatic="auto-reply")
    assert (change([asked, again]).wait, change([asked, again]).since) == ("set", asked.at)
    assert change([asked, answered]).wait == "clear"
    later = message(4, 5)
    assert (change([asked, answered, later]).wait, change([asked, answered, later]).since) == ("reset", later.at)
    assert (change([robot]).wait, change([robot]).reopens) == ("", False)
    assert change([message(0, 1, history=True)]).wait == ""


@pytest.mark.parametrize(
    ("subject", "bare", "answers"),
    [
        ("Re: SV: Batteriet", "batteriet", True),
        ("[liste] Re: Batteriet", "batteriet", True),
        ("Vedr. batteriet", "vedr. batteriet", False),
        ("AW: Akku", "akku", True),
        ("Fwd: Akku", "akku", False),
        ("", "", False),
    ],
)
def test_subjects(subject, bare, answers):
    assert (bare_subject(subject), is_reply(subject)) == (bare, answers)


@given(st.text(max_size=600))
def test_the_search_field_never_fails_and_loses_nothing(text):
    wanted = parse(text)
    for word in wanted.words.split():
        assert word in text


def test_the_search_field():
    wanted = parse('batteri status:open mærke:"vent på svar" kanal:mail farve:rød https://x.example/a')
    assert wanted.words == "batteri https://x.example/a"
    assert wanted.terms == [("status", "open"), ("label", "vent på svar"), ("channel", "mail")]
    assert wanted.unknown == ["farve:rød"]


def test_mentions_are_by_first_or_full_name():
    from samspil.base.text import fold

    names = {"soeren": ident(1), "jonas lund": ident(2)}
    assert mentioned("@Søren og @jonas.lund, ikke mail@soeren.dk", names, fold) == [ident(1), ident(2)]


@given(st.text())
def test_a_snippet_is_one_short_line(text):
    assert len(snippet(text)) <= 200
    assert "\n" not in snippet(text)
