"""What a new holder means, and that the card holds nothing that its reader may not read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from samspil.handover.rules import LONGEST_WORD, MOST, ORDER, Held, Piece, Unread, card, follow, said

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
A, B, C = (UUID(int=n) for n in (1, 2, 3))
WHO = st.sampled_from([None, A, B, C])
PEOPLE = st.sampled_from([A, B, C])


def held(who: UUID | None) -> Held | None:
    return Held(colleague=who, since=AT) if who else None


def unread(had: UUID, to: UUID | None) -> Unread:
    return Unread(id=UUID(int=9), had=had, had_since=AT, to=to)


def test_each_change_of_hands_is_what_it_is():
    assert follow(None, None, None) == "same"
    assert follow(held(A), None, A) == "same"
    assert follow(None, None, A) == "first"
    assert follow(held(A), None, None) == "left"
    assert follow(held(A), None, B) == "over"
    assert follow(None, unread(A, None), B) == "taken"
    # Undone, or taken back at once: the hand-over never was.
    assert follow(None, unread(A, None), A) == "back"
    assert follow(held(B), unread(A, B), A) == "back"
    # Handed on before it was read: another hand-over.
    assert follow(held(B), unread(A, B), C) == "over"
    assert follow(held(B), unread(A, B), None) == "left"


@given(WHO, st.none() | st.builds(unread, PEOPLE, WHO), WHO)
def test_asked_again_nothing_has_changed_and_only_a_change_is_one(holder, waiting, has):
    deed = follow(held(holder), waiting, has)
    assert (deed == "same") is (holder == has)
    assert follow(held(has), waiting, has) == "same"
    if deed in ("left", "over"):
        assert holder is not None
    if deed in ("first", "taken", "over"):
        assert has is not None
    if deed in ("taken", "back"):
        assert waiting is not None


PIECES = st.lists(
    st.builds(
        Piece,
        kind=st.sampled_from([*ORDER, "unknown"]),
        at=st.integers(0, 500).map(lambda n: AT + timedelta(minutes=n)),
        text=st.text("abc", min_size=1, max_size=5),
        readers=st.none() | st.frozensets(PEOPLE),
        over=st.booleans(),
        first=st.booleans(),
    ),
    max_size=40,
)


@given(PIECES, PEOPLE)
def test_nothing_hidden_from_the_reader_and_nothing_settled_is_on_the_card(pieces, reader):
    shown = [piece for line in card(pieces, reader=reader) for piece in line.pieces]
    assert all(p.readers is None or reader in p.readers for p in shown)
    assert not any(p.over for p in shown)


@given(PIECES, PEOPLE)
def test_what_is_hidden_is_not_even_counted(pieces, reader):
    open_to = [p for p in pieces if p.readers is None or reader in p.readers]
    assert card(pieces, reader=reader) == card(open_to, reader=reader)


@given(PIECES, PEOPLE)
def test_the_card_is_short_in_order_and_says_how_much_more_there_is(pieces, reader):
    lines = card(pieces, reader=reader)
    assert [line.kind for line in lines] == [kind for kind in ORDER if kind in {line.kind for line in lines}]
    for line in lines:
        mine = [p for p in pieces if p.kind == line.kind and not p.over and (p.readers is None or reader in p.readers)]
        assert 0 < len(line.pieces) <= MOST[line.kind]
        assert len(line.pieces) + line.more == len(mine)


@given(PIECES, PEOPLE)
def test_of_the_steps_what_must_be_done_comes_first_and_of_all_else_the_newest_are_kept(pieces, reader):
    for line in card([p for p in pieces if p.kind == "step" or not p.first], reader=reader):
        mine = [p for p in pieces if p.kind == line.kind and not p.over and (p.readers is None or reader in p.readers)]
        if line.kind == "step":
            musts = [p.first for p in line.pieces]
            assert musts == sorted(musts, reverse=True)
            assert sum(musts) == min(sum(p.first for p in mine), MOST["step"])
        else:
            newest = sorted((p.at for p in mine if not p.first), reverse=True)[: MOST[line.kind]]
            assert [p.at for p in line.pieces] == sorted(newest)


@given(st.text(max_size=1500))
def test_a_word_is_kept_short_and_without_what_a_database_cannot_hold(text):
    kept = said(text)
    assert len(kept) <= LONGEST_WORD
    assert "\x00" not in kept
    assert "\r\n" not in kept


def test_a_word_keeps_its_lines():
    assert said("  Hun ringer\r\ni morgen \x00 ") == "Hun ringer\ni morgen"
