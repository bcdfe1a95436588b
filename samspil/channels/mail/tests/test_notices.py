"""Who may have written what comes to where a notice is answered, as far as its header tells."""

from uuid import UUID

import pytest

from samspil.channels.mail import tokens
from samspil.channels.mail.understand import understand
from samspil.kit import Account, ColleagueWrote, Envelope

KEY = bytes(range(32))
OURS = "support@brand.test"
NOTICE, OTHER = str(UUID(int=11)), str(UUID(int=12))
ANSWER, ELSE = (tokens.notice_address(KEY, OURS, one) for one in (NOTICE, OTHER))
STRANGE = tokens.notice_address(b"k" * 32, OURS, OTHER)
BO = "Bo <bo@brand.test>"


@pytest.mark.parametrize(
    ("header", "unsure"),
    [
        (f"From: {BO}\r\nTo: {ANSWER}", ""),
        (f"From: {BO}\r\nSender: {BO}\r\nTo: {ANSWER}", ""),
        (f"From: {BO}\r\nTo: {ANSWER}, {ANSWER.upper()}", ""),
        (f"From: {BO}\r\nTo: {ANSWER}, {STRANGE}", ""),
        (f"From: {BO}\r\nTo: {ANSWER}, {ELSE}", "several notices"),
        (f"From: {BO}\r\nTo: {ANSWER}\r\nCc: {ELSE}", "several notices"),
        (f"Sender: {BO}\r\nTo: {ANSWER}", "another sender"),
        (f"Return-Path: <bo@brand.test>\r\nTo: {ANSWER}", "another sender"),
        (f"Resent-From: ond@fremmed.test\r\nFrom: {BO}\r\nTo: {ANSWER}", "another sender"),
        (f"Sender: ond@fremmed.test\r\nFrom: {BO}\r\nTo: {ANSWER}", "another sender"),
        (f"From: {BO}, ond@fremmed.test\r\nTo: {ANSWER}", "several authors"),
    ],
)
def test_a_doubt_is_told(header: str, unsure: str) -> None:
    account = Account(id="a", name="B", config={"address": OURS, "plus_addressing": True}, key=KEY, own=frozenset({OURS}))
    payload = f"{header}\r\nMessage-ID: <1@brand.test>\r\n\r\nSkift slangen.\r\n".encode()
    [event] = understand(Envelope(external_id="x", payload=payload), account)
    assert isinstance(event, ColleagueWrote)
    assert (event.notice, event.text, event.unsure) == (NOTICE, "Skift slangen.", unsure)
