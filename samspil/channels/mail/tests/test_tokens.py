"""Our signed addresses and ids: they come back through any mailer, and nobody else can make one."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.mail import tokens

KEY, OTHER = bytes(range(32)), bytes(32)
CONVERSATION, REPLY = str(uuid4()), str(uuid4())


@given(st.uuids(), st.uuids())
def test_tokens_come_back_whatever_mailers_do_to_their_case(conversation: UUID, reply: UUID) -> None:
    address = tokens.reply_address(KEY, "support@brand.example", str(conversation))
    identifier = tokens.message_id(KEY, "brand.example", str(reply), str(conversation))
    path = tokens.return_path(KEY, "support@brand.example", reply.hex)
    assert tokens.read_address(KEY, address.upper()) == tokens.Token(conversation=str(conversation))
    assert tokens.read_address(KEY, path) == tokens.Token(reply=str(reply))
    assert tokens.read_message_id(KEY, identifier.upper()) == tokens.Token(conversation=str(conversation), reply=str(reply))
    assert len(address.partition("@")[0]) <= tokens.MAX_LOCAL


@pytest.mark.parametrize("place", range(10, 53))
def test_every_changed_letter_is_noticed(place: int) -> None:
    address = tokens.reply_address(KEY, "support@brand.example", CONVERSATION)
    if address[place] in ".+@" or place == 35:  # the last letter of the id has two bits that say nothing
        return
    changed = address[:place] + ("a" if address[place] != "a" else "b") + address[place + 1 :]
    with pytest.raises(ValueError, match=r"not signed by us|damaged"):
        tokens.read_address(KEY, changed)


def test_another_account_s_key_makes_no_token_of_ours() -> None:
    with pytest.raises(ValueError, match="not signed by us"):
        tokens.read_address(KEY, tokens.reply_address(OTHER, "support@brand.example", CONVERSATION))
    with pytest.raises(ValueError, match="not signed by us"):
        tokens.read_message_id(KEY, tokens.message_id(OTHER, "brand.example", REPLY, CONVERSATION))


def test_a_token_of_one_kind_is_none_of_another() -> None:
    path = tokens.return_path(KEY, "support@brand.example", REPLY)
    with pytest.raises(ValueError, match="not signed by us"):
        tokens.read_address(KEY, path.replace("+b.", "+s."))


@pytest.mark.parametrize("address", ["support@brand.example", "support+tilbud@brand.example", "", "+s.@", "a+s.b@c"])
def test_ordinary_addresses_hold_no_token(address: str) -> None:
    assert tokens.read_address(KEY, address) is None


def test_a_long_local_part_gets_no_signed_address() -> None:
    assert tokens.reply_address(KEY, "en-meget-lang-afdeling@brand.example", CONVERSATION) == ""


def test_ids_that_are_no_uuids_give_a_stable_id_that_says_nothing() -> None:
    first = tokens.message_id(KEY, "brand.example", "reply-1", "c")
    assert first == tokens.message_id(KEY, "brand.example", "reply-1", "c")
    assert first != tokens.message_id(KEY, "brand.example", "reply-2", "c")
    assert tokens.read_message_id(KEY, first) is None


def test_the_loop_mark_belongs_to_one_mail_of_one_account() -> None:
    mark = tokens.loop_mark(KEY, "a@b")
    assert tokens.is_ours(KEY, "a@b", mark.upper())
    assert not tokens.is_ours(KEY, "x@b", mark)
    assert not tokens.is_ours(OTHER, "a@b", mark)
    assert not tokens.is_ours(KEY, "a@b", "ø")
