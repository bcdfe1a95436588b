"""Times before now, mentions, and the demo's drawn files."""

from datetime import timedelta

import pytest

from samspil.exchange.rules import ago, document, mentions, picture


def test_times_before_now():
    assert ago("12d 3h 20m") == timedelta(days=12, hours=3, minutes=20)
    assert ago("5m") == timedelta(minutes=5)


@pytest.mark.parametrize("text", ["", "5", "5 m", "m5", "1d,2h", "-1d", "1d  2h"])
def test_what_is_no_time_before_now(text):
    with pytest.raises(ValueError, match="no time before now"):
        ago(text)


def test_each_who_is_named_once():
    assert mentions("@amira @jonas Tør vi? @amira") == ["amira", "jonas"]
    assert mentions("skriv til os") == []


@pytest.mark.parametrize(("name", "size"), [("liste.csv", 980), ("brev.txt", 230), ("x.txt", 3), ("stor.csv", 40_000)])
def test_documents_have_exactly_their_size(name, size):
    body = document(name, size)
    assert len(body) == size
    assert body.endswith(b"\r\n")
    assert body == document(name, size)


def test_a_picture_is_a_whole_jpeg():
    body = picture("a")
    assert (body[:4], body[-2:]) == (b"\xff\xd8\xff\xe0", b"\xff\xd9")
    frame = body.index(b"\xff\xc0")
    assert (int.from_bytes(body[frame + 5 : frame + 7], "big"), int.from_bytes(body[frame + 7 : frame + 9], "big")) == (320, 480)
    scan = body.index(b"\xff\xda") + 14
    assert b"\xff" not in body[scan:-2].replace(b"\xff\x00", b"")
