"""Our texts as the network wants them."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.bluesky import rich
from samspil.channels.bluesky.keys import SIGNS, keys
from samspil.channels.bluesky.rich import TooLong, facets, graphemes, pieces

DID = "did:plc:karolineaaaaaaaaaaaaaaaa"


def marked(text: str) -> list[tuple[str, str]]:
    """What is marked, cut out by its bytes, with what it is marked as."""
    whole = text.encode()
    found = []
    for row in facets(text, lambda name: DID if name == "karoline.example.com" else ""):
        [feature] = row["features"]
        cut = whole[row["index"]["byteStart"] : row["index"]["byteEnd"]].decode()
        found.append((cut, feature.get("uri") or feature.get("did") or feature["tag"]))
    return found


def test_links_names_and_tags_are_marked_by_bytes() -> None:
    assert marked("Hæ 🔋 @karoline.example.com: se https://nordlys.example/å?a=1#b, (https://x.example/(y)) og #hjælp!") == [
        ("@karoline.example.com", DID),
        ("https://nordlys.example/å?a=1#b", "https://nordlys.example/å?a=1#b"),
        ("https://x.example/(y)", "https://x.example/(y)"),
        ("#hjælp", "hjælp"),
    ]


@pytest.mark.parametrize(
    "text", ["@ukendt.example.com", "mail@karoline.example.com", "@karoline", "#1", "a#b", "https://", "#", "# x"]
)
def test_what_is_no_link_name_or_tag_stays_plain(text: str) -> None:
    assert marked(text) == []


@given(st.text())
def test_marks_never_cut_a_sign_nor_each_other(text: str) -> None:
    end = 0
    for row in facets(text + " https://a.example #b", lambda _: DID):
        whole = (text + " https://a.example #b").encode("utf-8", "replace")
        assert end <= row["index"]["byteStart"] < row["index"]["byteEnd"] <= len(whole)
        end = row["index"]["byteEnd"]
        whole[row["index"]["byteStart"] : end].decode()


def test_signs_are_counted_as_the_network_does_or_higher() -> None:
    assert [graphemes(text) for text in ("", "å", "a\u030a", "👍🏽", "❤️", "\u0301", "a\n\u0301")] == [0, 1, 1, 1, 1, 1, 3]
    assert graphemes("👨‍👩‍👧") >= 1


@given(st.text(min_size=1, max_size=1500))
def test_pieces_hold_the_whole_text_and_fit(text: str) -> None:
    try:
        found = pieces(text, 8)
    except TooLong:
        return
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(rich.fits(piece) for piece in found)


def test_a_long_answer_is_broken_where_a_reader_pauses() -> None:
    text = "Det er en sætning. " * 30
    found = pieces(text, 5)
    assert [piece[-1] for piece in found] == [".", "."]
    assert len(pieces("x" * 600, 5)) == 2
    assert pieces("kort", 5) == ["kort"]


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(TooLong):
        pieces("ord " * 1000, 5)
    with pytest.raises(TooLong):
        pieces("https://a.example/" + "x" * 400, 5)


def test_an_accent_is_not_cut_from_its_letter() -> None:
    first, second = pieces("a\u030a" * 301, 5)
    assert (first, second) == ("a\u030a" * 300, "a\u030a")


def test_keys_are_the_same_for_every_try_and_in_order() -> None:
    reply = "019354e0-7b00-7abc-8def-0123456789ab"
    assert keys(reply, 3) == keys(reply, 3) == sorted(set(keys(reply, 3)))
    assert keys(reply, 1) == keys(reply, 3)[:1]
    for one in (reply, str(uuid4()), "r1", ""):
        [key] = keys(one, 1)
        assert len(key) == 13
        assert set(key) <= set(SIGNS)
        assert key[0] in "234567abcdefghij"


def test_a_key_is_of_the_time_of_its_reply() -> None:
    def micros(key: str) -> int:
        whole = 0
        for sign in key:
            whole = whole * 32 + SIGNS.index(sign)
        return whole >> 10

    reply = "019354e0-7b00-7abc-8def-0123456789ab"
    assert micros(keys(reply, 1)[0]) // 1000 == UUID(reply).int >> 80
