"""What we post to Slack is never markup, and what comes from it is plain text, whatever it holds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.slack import tokens
from samspil.channels.slack.notify import blocks_of, key_of
from samspil.channels.slack.words import escaped, plain, said_of
from samspil.kit import Handle, Notice

KEY = b"k" * 32
IDENT = "6b0ad4a1-0000-4000-8000-000000000001"
HOSTILE = "<!everyone> <!channel> <@U0BO> <https://evil.example|Nordlys> *fed* @channel & </b>"
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def notice(**more: object) -> Notice:
    given = {
        "id": IDENT, "to": Handle(network="slack", address="U0BO"), "subject": "Karla", "text": HOSTILE, "quoted": [(HOSTILE, HOSTILE)],
        "foot": HOSTILE, "link": "https://samspil.example/c/1/",
    } | more  # fmt: skip
    return Notice(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Kom forbi &lt;kl. 3&gt; &amp; ring", "Kom forbi <kl. 3> & ring"),
        ("se <https://nordlys.example/a|Nordlys>", "se Nordlys (https://nordlys.example/a)"),
        ("se <https://nordlys.example>", "se https://nordlys.example"),
        (
            "se <http://nordlys.example|nordlys.example>",
            "se nordlys.example".replace("nordlys.example", "http://nordlys.example"),
        ),
        ("skriv til <mailto:bo@brand.test|bo@brand.test>", "skriv til bo@brand.test"),
        ("<@U0BO> og <@U0EVA|eva>", "@U0BO og @eva"),
        ("<#C01|værksted> <!here> <!subteam^S1|@smede> <!date^1^{date}|i går>", "#værksted @here @smede i går"),
        ("*fed* og _skrå_ og ~væk~", "fed og skrå og væk"),
        ("fil_navn_her og 2*3*4", "fil_navn_her og 2*3*4"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<<script>alert(1)</script>", "<scriptalert(1)/script"),
    ],
)
def test_markup_becomes_words(said: str, read: str) -> None:
    assert plain(said) == read


def test_the_editor_s_blocks_are_read_before_the_text() -> None:
    blocks = [
        {"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "Kom forbi "}, {"type": "emoji", "name": "tada", "unicode": "1f389"},
                {"type": "text", "text": " *ikke fed* "}, {"type": "user", "user_id": "U0BO"},
                {"type": "link", "url": "https://x.example", "text": "her"}, {"type": "text", "text": "\n"},
            ]},
            {"type": "rich_text_list", "style": "ordered", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "skivebremser"}]},
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "kæde", "style": {"bold": True}}]},
            ]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "linje 1\nlinje 2"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a < b"}]},
        ]},
    ]  # fmt: skip
    assert said_of({"text": "andet", "blocks": blocks}) == (
        "Kom forbi 🎉 *ikke fed* @U0BOher (https://x.example)\n1. skivebremser\n2. kæde\n> linje 1\n> linje 2\na < b"
    )


def test_blocks_of_a_program_are_not_read() -> None:
    assert said_of({"text": "Hej", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Send pengene"}}]}) == "Hej"


@given(st.text(max_size=300))
def test_no_words_of_ours_are_a_mention_a_link_or_a_call(words: str) -> None:
    found = escaped(words)
    assert "<" not in found
    assert ">" not in found
    assert found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == words


@given(ANY)
def test_whatever_stands_in_blocks_words_come_out(value: object) -> None:
    assert isinstance(said_of({"text": "x", "blocks": value}), str)
    assert isinstance(said_of({"text": "x", "blocks": [{"type": "rich_text", "elements": value}]}), str)
    assert isinstance(said_of({"text": value}), str)


def test_what_others_wrote_stands_in_a_notice_as_words_alone() -> None:
    blocks = blocks_of(notice(), KEY, ["done", "not_me"])
    kinds = {block["type"] for block in blocks}
    assert kinds == {"rich_text", "actions"}
    pieces = [
        piece for block in blocks if block["type"] == "rich_text" for part in block["elements"] for piece in part["elements"]
    ]
    assert {piece["type"] for piece in pieces} == {"text", "link"}
    assert [piece["url"] for piece in pieces if piece["type"] == "link"] == ["https://samspil.example/c/1/"]
    assert "mrkdwn" not in json.dumps(blocks)


def test_a_notice_of_many_long_messages_is_no_longer_than_slack_takes() -> None:
    blocks = blocks_of(notice(quoted=[("N" * 900, "x" * 9000)] * 80), KEY, ["done"])
    assert len(blocks) <= 50
    assert (
        max(len(piece["text"]) for b in blocks if b["type"] == "rich_text" for p in b["elements"] for piece in p["elements"])
        <= 3000
    )
    assert len(blocks[-1]["elements"][0]["value"]) <= 2000


def test_a_button_says_what_it_is_and_nobody_else_can() -> None:
    value = tokens.signed(KEY, IDENT, "done")
    assert tokens.read(KEY, value) == (IDENT, "done")
    for wrong in (
        value.replace("done", "not_me"), value[:-1] + ("a" if value[-1] != "a" else "b"), value.upper(), value + "x", "", "done",
        value.replace("6b0a", "7b0a"),
    ):  # fmt: skip
        assert tokens.read(KEY, wrong) is None
    assert tokens.read(b"x" * 32, value) is None


@given(st.text(max_size=80))
def test_nothing_made_up_is_a_button(value: str) -> None:
    assert tokens.read(KEY, value) is None


def test_a_message_s_key_is_the_same_at_every_try() -> None:
    assert key_of(IDENT) == IDENT
    assert key_of("not a uuid") == key_of("not a uuid") != key_of("another")
