"""What we post to Mattermost mentions nobody and links nowhere, and what comes from it is plain text, whatever it holds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.mattermost import tokens
from samspil.channels.mattermost.notify import buttons_of, words_of
from samspil.channels.mattermost.words import escaped, plain
from samspil.kit import Handle, Notice

KEY, BO = b"k" * 32, "boxxxxxxxxxxxxxxxxxxxxxxxx"
IDENT = "6b0ad4a1-0000-4000-8000-000000000001"
HOSTILE = (
    "@all @channel @here [Nordlys](https://evil.example) ![x](http://evil.example/x.png)"
    " www.evil.example **fed** :smile: `kode`\n# Overskrift\n> citat\n- punkt"
)


def notice(**more: object) -> Notice:
    given = {
        "id": IDENT, "to": Handle(network="mattermost", address=BO), "subject": "Karla", "text": HOSTILE, "quoted": [(HOSTILE, HOSTILE)],
        "foot": "Svar", "link": "https://samspil.example/c/1/",
    } | more  # fmt: skip
    return Notice(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("**fed** og *skrå* og ~~væk~~ og __fed__", "fed og skrå og væk og fed"),
        ("***begge***", "begge"),
        ("se [Nordlys](https://nordlys.example/a)", "se Nordlys (https://nordlys.example/a)"),
        ("se <https://nordlys.example>", "se <https://nordlys.example>"),
        ("fil_navn_her og 2*3*4", "fil_navn_her og 2*3*4"),
        ("`kode` og ``mere``", "kode og mere"),
        ("```python\na = 1\n```", "a = 1"),
        ("# Overskrift\ntekst", "Overskrift\ntekst"),
        (r"2 \* 3 \_ 4", "2 * 3 _ 4"),
        ("- skivebremser\n- kæde", "- skivebremser\n- kæde"),
        ("![billede](https://x.example/a.png)", "billede (https://x.example/a.png)"),
    ],
)
def test_markdown_becomes_words(said: str, read: str) -> None:
    assert plain(said) == read


@given(st.text(alphabet=st.sampled_from("@abWw.:/*_[]()`#>-~|$! \nhtpsmailo"), max_size=200) | st.text(max_size=200))
def test_no_words_of_ours_are_a_mention_a_link_or_markup(words: str) -> None:
    found = escaped(words)
    assert re.search(r"(?<!\w)@\w", found) is None
    assert re.search(r"(?i)[a-z]://", found.replace("\\", "")) is None or "://" not in found
    assert re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]#>]", found) is None
    assert re.search(r"(?i)\bwww\.", found) is None
    seen = re.sub(r"\\([\\`*_\[\]#>])", r"\1", found).replace("\u200b", "")
    assert seen == words.replace("\r", "").replace("\x00", "").replace("\u200b", "")


def test_what_others_wrote_stands_in_a_notice_as_words_alone() -> None:
    words = words_of(notice())
    assert re.search(r"(?<!\w)@\w", words) is None
    assert re.findall(r"(?<!\\)\]\(([^)]*)\)", words) == ["https://samspil.example/c/1/"]
    assert re.findall(r"https?://\S+", words) == ["https://samspil.example/c/1/)"]


def test_a_link_that_is_odd_is_left_out() -> None:
    assert "Open in Samspil" not in words_of(notice(link="https://x.example/) [y](https://evil.example", language="en"))


def test_a_notice_of_many_long_messages_is_no_longer_than_mattermost_takes() -> None:
    assert len(words_of(notice(quoted=[("N" * 900, "x@y " * 3000)] * 80))) <= 16383


def test_buttons_are_there_where_mattermost_knows_whom_to_call() -> None:
    assert buttons_of(notice(), KEY, BO, ["done"], "") == {}
    assert buttons_of(notice(), KEY, BO, [], "https://live.example/in/1") == {}
    found = buttons_of(notice(language="en"), KEY, BO, ["done", "not_me"], "https://live.example/in/1")
    actions = found["attachments"][0]["actions"]
    assert [(a["id"], a["name"], a["integration"]["url"]) for a in actions] == [
        ("done", "Done", "https://live.example/in/1"), ("notme", "Not me", "https://live.example/in/1"),
    ]  # fmt: skip
    assert all(tokens.is_ours(KEY, a["integration"]["context"]) for a in actions)


@given(
    st.dictionaries(st.sampled_from(["notice", "word", "user", "signature"]), st.text(max_size=40) | st.integers() | st.none())
)
def test_nothing_made_up_is_a_button(held: dict[str, object]) -> None:
    assert not tokens.is_ours(KEY, held)
