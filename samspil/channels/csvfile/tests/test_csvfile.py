"""Files of rows: letters, separators, columns, times, and who an answer was for."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.csvfile import times
from samspil.channels.csvfile.channel import CsvFile, channel
from samspil.channels.csvfile.meaning import guess
from samspil.kit import Account, ChoosesOptions, Envelope, NotUnderstood, ReadsFiles
from samspil.kit.testing import run_fixtures

HERE = Path(__file__).parents[1]
ACCOUNT = Account(id="a", name="a", config={}, key=bytes(32), own=frozenset({"shop"}))


def read(path: Path, **options: str):
    return list(CsvFile().read_file(path, {name.replace("__", "."): value for name, value in options.items()}))


def meant(envelopes) -> list[Any]:
    found: list[Any] = []
    for envelope in envelopes:
        try:
            found += channel().understand(envelope, ACCOUNT)
        except NotUnderstood as error:
            found.append(str(error))
    return found


def test_fixtures():
    assert run_fixtures(HERE / "fixtures", channel()) == 6


def test_it_is_what_it_says():
    assert isinstance(channel(), ReadsFiles)
    assert isinstance(channel(), ChoosesOptions)


@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_letters_and_separators(tmp_path, letters, separator):
    path = tmp_path / "a.csv"
    lines = ["id author text time", "1 søren blåbær 2025-11-24T10:00:00"]
    path.write_bytes("\r\n".join(line.replace(" ", separator) for line in lines).encode(letters))
    (message,) = meant(read(path))
    assert (message.author.address, message.text, message.at) == ("søren", "blåbær", datetime(2025, 11, 24, 10, tzinfo=UTC))


def test_packed_is_the_same(tmp_path):
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_text("id,author,text,time\n1,anna,hej,1764000000\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(plain) == read(packed)
    assert read(plain)[0].external_id == "1"


def test_the_same_id_twice_is_kept_when_the_rows_differ(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "id,author,text,time\n1,anna,hej,1764000000\n1,anna,hej,1764000000\n1,anna,hov,1764000000\n", encoding="utf-8"
    )
    first, second, third = [e.external_id for e in read(path)]
    assert (first, second) == ("1", "1")
    assert third.startswith("1#")
    assert [e.external_id for e in read(path)] == [first, second, third]


def test_an_answer_finds_its_consumer_up_the_thread(tmp_path):
    path = tmp_path / "a.csv"
    rows = [
        "id,author,text,time,reply_to,outgoing",
        "1,anna,hej,1764000000,,no",
        "2,shop,hej anna,1764000001,1.0,yes",
        "3,shop,og en ting til,1764000002,2,yes",
        "4,shop,@bo ring til os,1764000003,,yes",
        "5,shop,tilbud til alle,1764000004,,yes",
        "6,shop,svar på noget udenfor,1764000005,77,yes",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    found = meant(read(path))
    assert [m if isinstance(m, str) else (m.outgoing, [h.address for h in m.to], m.references) for m in found] == [
        (False, [], ()),
        (True, ["anna"], ("1",)),
        (True, ["anna"], ("2",)),
        (True, ["bo"], ()),
        "row 5: written by us to nobody in particular: it answers no row, and addresses nobody",
        "row 6: written by us to nobody in particular: it answers no row, and addresses nobody",
    ]


@pytest.mark.parametrize(
    ("told", "cell", "ours"),
    [
        ("outgoing", "true", True), ("outgoing", "", False), ("!outgoing", "False", True), ("!outgoing", "True", False),
        ("!outgoing", "", False), ("outgoing:sent", "Sent", True), ("outgoing:sent", "received", False),
    ],
)  # fmt: skip
def test_what_says_that_it_is_ours(tmp_path, told, cell, ours):
    path = tmp_path / "a.csv"
    path.write_text(f"author,text,time,to,outgoing\nbo,hej,1764000000,anna,{cell}\n", encoding="utf-8")
    (message,) = meant(read(path, map__author="author", map__text="text", map__time="time", map__to="to", map__outgoing=told))
    assert message.outgoing is ours


def test_our_own_handles_are_ours(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("author,text,time,to\nShop,hej,1764000000,anna\n", encoding="utf-8")
    assert meant(read(path))[0].outgoing


def test_columns_are_guessed_by_their_names():
    header = ["", "tweet_id", "author_id", "inbound", "created_at", "text", "response_tweet_id", "in_response_to_tweet_id"]
    assert guess(header) == {
        "id": "tweet_id",
        "author": "author_id",
        "text": "text",
        "time": "created_at",
        "reply_to": "in_response_to_tweet_id",
        "outgoing": "!inbound",
    }


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2025-11-24T10:00:00Z", "iso"), ("2025-11-24 11:00:00+01:00", "iso"), ("1763978400", "epoch"),
        ("1763978400000", "epoch-ms"),
        ("Mon Nov 24 10:00:00 +0000 2025", "%a %b %d %H:%M:%S %z %Y"), ("Mon, 24 Nov 2025 11:00:00 +0100", "mail"),
        ("24/11/2025 10:00", "%d/%m/%Y %H:%M"), ("11/24/2025 10:00", "%m/%d/%Y %H:%M"), ("24.11.2025 10:00", "%d.%m.%Y %H:%M"),
    ],
)  # fmt: skip
def test_times_are_guessed(text, form):
    assert times.guess([text]) == form
    assert times.parse(text, form) == datetime(2025, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59", "1969-01-01", "yesterday", ""])
def test_times_that_cannot_be(text):
    with pytest.raises(ValueError, match=r"."):
        times.parse(text, "iso")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "has no columns"),
        ("just a text\nand more\n", "has no columns"),
        ("id,author,text,time\n", "has no rows"),
        ("a,b\n1,2\n", "say which column is the author and the text and the time"),
        ("author,text,time\nanna,hej,in the morning\n", "have no form that is known"),
    ],
)
def test_what_is_no_table_of_messages(tmp_path, body, words):
    path = tmp_path / "a.csv"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(NotUnderstood, match=words):
        read(path)


def test_a_mapping_to_nothing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("author,text,time\nanna,hej,1764000000\n", encoding="utf-8")
    with pytest.raises(NotUnderstood, match="there is no column 'body'; there are 'author', 'text', 'time'"):
        read(path, map__author="author", map__text="body", map__time="time")
    with pytest.raises(NotUnderstood, match="nothing is called 'mood'"):
        read(path, map__mood="text")
    # The wrong name is told before what is missing, and what is missing with the names there are.
    with pytest.raises(NotUnderstood, match="there is no column 'body'"):
        read(path, map__text="body")
    with pytest.raises(NotUnderstood, match=r"say which column is the author.*there are 'author', 'text', 'time'"):
        read(path, map__text="text")


def test_a_packed_table_that_is_damaged(tmp_path):
    path = tmp_path / "a.csv.gz"
    packed = gzip.compress(b"id,author,text,time\n1,anna,hej,1764000000\n")
    for body, words in ((packed[:-12], "cut off"), (packed[:-8] + bytes(8), "damaged")):
        path.write_bytes(body)
        with pytest.raises(NotUnderstood, match=words):
            read(path)


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'{"a": 1}', b"\xff", b"null"])
@pytest.mark.parametrize("meaning", ["", "{}", "[]", '{"author": ["a", false, ""]}', '{"author": 3}'])
def test_broken_envelopes_are_refused_politely(payload, meaning):
    with pytest.raises(NotUnderstood):
        channel().understand(Envelope(external_id="x", payload=payload, headers={"meaning": meaning}), ACCOUNT)


def test_a_row_that_was_cut_is_taken_with_a_remark(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"author,text,time,x\nanna,hej \r\rmed mere\nbo,hej,1764000000,1\n")
    found = meant(read(path, map__author="author", map__text="text", map__time="time"))
    assert found[:2] == ["row 1: the time '' is not understood (it has 2 of 4 columns)", "row 2: no text (it has 1 of 4 columns)"]
    assert found[2].notes == ()
    assert json.loads(read(path)[0].payload) == {"author": "anna", "text": "hej "}
