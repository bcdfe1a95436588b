"""Lines are read and cut as they must be; whatever comes is understood or refused in words."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.irc.channel import channel
from samspil.channels.irc.lines import LINE, SENDER, folded, pieces, plain, read
from samspil.channels.irc.register import plain_sign_in
from samspil.channels.irc.send import addressed
from samspil.channels.irc.settings import settings_of
from samspil.channels.irc.understand import mentions
from samspil.kit import Account, Envelope, NotUnderstood

CONFIG = {"server": "irc.brand.test", "nick": "butik", "channels": "#cykler"}
ACCOUNT = Account(id="1", name="I", config=CONFIG, key=b"0" * 32)
AT = datetime(2026, 11, 26, tzinfo=UTC)
SENDERS = st.sampled_from(["", ":karo!k@h.example ", ":butik!b@h.example ", ":irc.brand.test ", ":!@ ", ":a!b "])
TAGS = st.sampled_from(
    ["", "@msgid=1;account=karo ", "@account=a!b;time=9999 ", "@+draft/react=x;+draft/reply=y ", "@=;;=\\ "]
) | st.text(max_size=20).map(lambda text: f"@account={text};msgid={text} ")
COMMANDS = st.sampled_from(
    ["PRIVMSG #cykler :butik ", "PRIVMSG butik :", "TAGMSG butik", "REDACT #cykler ", "NOTICE butik :", "PRIVMSG", "X"]
)


def understood(payload: bytes):
    return channel().understand(Envelope(external_id="k", payload=payload, received_at=AT, headers={"nick": "butik"}), ACCOUNT)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(payload):
    with suppress(NotUnderstood):
        assert list(understood(payload)) == []


@given(TAGS, SENDERS, COMMANDS, st.text(max_size=60))
def test_any_line_is_understood_or_refused_in_words(tags, sender, command, text):
    with suppress(NotUnderstood):
        assert all(e.external_id for e in understood((tags + sender + command + text).encode("utf-8", "surrogatepass")))


def test_what_is_too_long_is_refused():
    with pytest.raises(NotUnderstood, match="read at most"):
        understood(b":a!b@c PRIVMSG butik :" + b"x" * 10_000_000)


def test_a_line_is_read():
    line = read(b"@time=x;+a=1\\:2\\s3\\\\;b :nick!user@host PRIVMSG #c  :hej :du\r\n")
    assert (line.tags, line.sender, line.nick) == ({"time": "x", "+a": "1;2 3\\", "b": ""}, "nick!user@host", "nick")
    assert (line.command, line.parameters, line.last, line.parameter(7)) == ("PRIVMSG", ("#c", "hej :du"), "hej :du", "")


@given(st.text(max_size=3000), st.sampled_from(["#cykler", "karoline", "#" + "x" * 50]))
def test_every_piece_fits_a_line_and_nothing_is_lost(text, to):
    command = f"PRIVMSG {to} :"
    found = list(pieces(text, command, "butik"))
    room = LINE - len(f":butik! {command}\r\n".encode()) - SENDER
    assert all(0 < len(piece.encode()) <= room and not set(piece) & set("\r\n\0\x01") for piece in found)
    kept = [sign for sign in plain(text.replace("\x03", "").replace("\x04", "")) if not sign.isspace()]
    assert [sign for sign in "".join(found) if not sign.isspace()] == kept


def test_pieces_end_at_words_and_lines():
    text = "ord " * 200 + "\nny linje\r\n\r\nog QUIT"
    found = list(pieces(text, "PRIVMSG #c :", "butik"))
    assert found[-2:] == ["ny linje", "og QUIT"]
    assert all(piece.endswith("ord") for piece in found[:-2])


def test_a_cut_leaves_signs_whole():
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    assert all(len(piece) % len(family) == 0 for piece in pieces(family * 60, "PRIVMSG #c :", "butik"))


def test_names_are_compared_as_the_network_does():
    assert folded("Karo[n]\\~") == "karo{n}|^"
    assert folded("Karo[n]\\~", "strict-rfc1459") != folded("Karo[n]\\~", "rfc1459")
    assert folded("Karo[n]", "ascii") == "karo[n]"
    assert folded("Æble", "rfc7613") == "æble"


@pytest.mark.parametrize("text", ["butik: hej", "hej Butik", "hej, butik!", "(butik)", "@butik", "butik"])
def test_our_name_is_heard(text):
    assert mentions(text, "butik")


@pytest.mark.parametrize("text", ["butikken", "min-butik", "butik_", "netbutik", "", "but ik", "[butik]"])
def test_a_longer_name_is_another(text):
    assert not mentions(text, "butik")


def test_an_answer_in_a_channel_says_whom_it_is_for():
    assert addressed("ja", "karoline") == "karoline: ja"
    assert addressed("ja Karoline", "karoline") == "ja Karoline"


def test_a_password_goes_in_pieces_of_four_hundred():
    assert list(plain_sign_in("a", "b")) == ["YQBhAGI="]
    assert [len(piece) for piece in plain_sign_in("a", "b" * 600)] == [400, 400, 8]
    assert list(plain_sign_in("a", "b" * 296))[-1] == "+"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"server": ""}, "server"),
        ({"nick": "9x"}, "no name"),
        ({"nick": "a b"}, "no name"),
        ({"nick": "a\r\nQUIT"}, "no name"),
        ({"channels": "#ok, cykler"}, "no channel"),
        ({"channels": "#a\r\nQUIT"}, "no channel"),
        ({"account": "x"}, "no password"),
        ({"port": 99999}, "port"),
    ],
)
def test_settings_that_cannot_be_are_told(wrong, says):
    assert says in settings_of(Account(id="1", name="I", config=CONFIG | wrong, key=b"")).fault


def test_plain_text_is_for_loopback_by_number_alone():
    def unencrypted(host: str) -> bool:
        return settings_of(Account(id="1", name="I", config=CONFIG | {"server": host, "no_tls": True}, key=b"")).plain

    assert [unencrypted(h) for h in ("127.0.0.1", "::1", "localhost", "irc.brand.test")] == [True, True, False, False]
