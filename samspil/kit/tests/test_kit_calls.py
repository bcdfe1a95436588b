"""The challenge and the signature of calls, on both sides of what is taken."""

import pytest

from samspil.kit import Forged, NotUnderstood, Request
from samspil.kit.calls import challenge, check


def request(method: str, **query: str) -> Request:
    return Request(method=method, url="https://a.example/in/1", headers={}, body=b"", query=query)


def test_a_challenge_is_what_the_query_says_and_a_call_has_none():
    assert challenge(request("GET", crc_token="x" * 10), "crc_token", 10) == "x" * 10
    assert challenge(request("POST", crc_token="x"), "crc_token", 10) == ""
    for query in ({}, {"crc_token": ""}, {"other": "x"}, {"crc_token": "x" * 11}):
        with pytest.raises(NotUnderstood, match="no challenge"):
            challenge(request("GET", **query), "crc_token", 10)


@pytest.mark.parametrize("given", ["", "sha256=b", "sha256=A", "sha256=a ", "æ", "\ud800", "sha256=aa"])
def test_only_the_expected_signature_is_taken(given):
    check("sha256=a", "sha256=a", "X")
    with pytest.raises(Forged, match="not X's"):
        check(given, "sha256=a", "X")
