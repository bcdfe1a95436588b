"""What a model is asked, what of its answer is shown, and events as they come."""

import json

from hypothesis import given
from hypothesis import strategies as st

from samspil.assist.rules.prompt import LINK_GONE, LONGEST_ALL, PURPOSES, Said, cleaned, newest, question
from samspil.kit.streams import data_of


@given(st.sampled_from(PURPOSES), st.text(max_size=300), st.sampled_from(["da", "en", "xx"]))
def test_whatever_a_consumer_writes_stays_data(purpose, text, language):
    asked = question(purpose, language=language, messages=[Said(number=1, who="consumer", text=text)], sources=[text], text=text)
    assert [one["role"] for one in asked] == ["system", "user"]
    assert asked[0] == question(purpose, language=language)[0]
    data = json.loads(asked[1]["content"])
    found = data["text"] if purpose == "translation" else data["conversation"][0]["text"]
    assert found == text


@given(st.text(max_size=400), st.text(alphabet="abcdefghij", min_size=1, max_size=20))
def test_no_link_comes_through_that_was_not_there(around, path):
    for link in (f"https://evil.example/{path}", f"javascript:{path}", f"www.evil.example/{path}", f"data:text/html,{path}"):
        assert link not in cleaned(f"a {link} b", given=around.replace(link, "")).text
    kept = f"https://shop.example/{path}"
    assert cleaned(f"Se {kept}.", given=f"vi skrev {kept} i går").text == f"Se {kept}."


@given(st.text(max_size=500))
def test_an_answer_is_text_without_control_signs(answer):
    text = cleaned(answer, given="").text
    assert not any(ord(c) < 32 and c not in "\n\t" for c in text)
    assert "\u202e" not in text


def test_words_with_a_colon_are_no_links():
    assert cleaned("Svar: ja, kl. 8:30 og note:det", given="").text == "Svar: ja, kl. 8:30 og note:det"
    assert cleaned("skriv til evil.com/x", given="").text == f"skriv til {LINK_GONE}"


@given(st.lists(st.integers(1, 6_000), max_size=60))
def test_the_newest_messages_are_kept_in_their_order(sizes):
    messages = [Said(number=n, who="us", text="x" * size) for n, size in enumerate(sizes)]
    kept = newest(messages)
    assert kept == messages[len(messages) - len(kept) :]
    assert sum(min(len(one.text), 4_000) for one in kept) <= LONGEST_ALL
    assert bool(kept) == bool(messages)


def test_events_are_read_as_the_standard_says():
    lines = [": a comment", "event: x", "data: one", "data:two", "", "", "id: 3", "data", "data:  three"]
    assert list(data_of(lines)) == ["one\ntwo", "\n three"]
