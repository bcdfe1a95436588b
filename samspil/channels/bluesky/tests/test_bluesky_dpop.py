"""Proofs: their form, their signature, and the address that they name."""

import hashlib
from base64 import urlsafe_b64decode
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.bluesky import dpop
from samspil.channels.bluesky.tests.issuer import opened, plain
from samspil.kit.web import Answer, Web

KEY = dpop.new_key()


def test_a_proof_names_the_request_and_the_token() -> None:
    token = dpop.proof(KEY, "POST", "https://pds.example/xrpc/x?y=1#z", nonce="n", token="t")
    header, claims = opened(token)
    assert (header["typ"], header["alg"], sorted(header["jwk"])) == ("dpop+jwt", "ES256", ["crv", "kty", "x", "y"])
    assert (claims["htm"], claims["htu"], claims["nonce"]) == ("POST", "https://pds.example/xrpc/x", "n")
    assert claims["ath"] == plain(hashlib.sha256(b"t").digest())
    bare = opened(dpop.proof(KEY, "GET", "https://pds.example/"))[1]
    assert sorted(bare) == ["htm", "htu", "iat", "jti"]
    assert bare["jti"] != claims["jti"]


def test_a_proof_that_was_changed_is_none() -> None:
    head, body, signature = dpop.proof(KEY, "GET", "https://pds.example/").split(".")
    forged = plain(urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(b"GET", b"PUT"))
    with pytest.raises(InvalidSignature):
        opened(f"{head}.{forged}.{signature}")
    with pytest.raises(InvalidSignature):
        opened(f"{head}.{body}.{signature}", dpop.public_jwk(dpop.new_key()))


def test_the_thumbprint_is_that_of_the_standard() -> None:
    """RFC 7638 hashes the required members alone, in the order of the alphabet."""
    public = dpop.public_jwk(KEY)
    whole = f'{{"crv":"P-256","kty":"EC","x":"{public["x"]}","y":"{public["y"]}"}}'
    assert public["kid"] == plain(hashlib.sha256(whole.encode()).digest())
    assert [len(public[name]) for name in ("x", "y")] == [43, 43]


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_signs_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dpop.proof(text, "GET", "https://pds.example/")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://PDS.Example:443/xrpc/a?b=c#d", "https://pds.example/xrpc/a"),
        ("https://pds.example", "https://pds.example/"),
        ("http://localhost:2583/xrpc/a", "http://localhost:2583/xrpc/a"),
        ("http://pds.example:443/A%2Fb", "http://pds.example:443/A%2Fb"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
    ],
)
def test_how_an_address_is_named(url: str, named: str) -> None:
    assert dpop.place(url) == named


_HOSTS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}(\.[A-Za-z]{2,5}){0,2}", fullmatch=True)
_PATHS = st.from_regex(r"(/[A-Za-z0-9._~%-]{0,10}){0,4}", fullmatch=True)
_RESTS = st.from_regex(r"(\?[a-z=&]{0,9})?(#[a-z]{0,5})?", fullmatch=True)


@given(st.sampled_from(["http", "https"]), _HOSTS, st.none() | st.integers(1, 65535), _PATHS, _RESTS)
def test_an_address_is_named_the_same_however_it_is_written(scheme, host, port, path, rest) -> None:
    address = f"{scheme}://{host}{f':{port}' if port else ''}{path}"
    named = dpop.place(address + rest)
    assert (
        named
        == dpop.place(address)
        == dpop.place(named)
        == dpop.place(f"{scheme}://{host.swapcase()}{address.partition(host)[2]}")
    )
    parts, was = urlsplit(named), urlsplit(address)
    assert (parts.query, parts.fragment, parts.hostname, parts.path) == ("", "", host.lower(), was.path or "/")
    standard = {"http": 80, "https": 443}[scheme]
    assert parts.port == (port if port != standard else None)


def test_each_server_has_its_own_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def played(web, _method, url, headers, **_given):
        seen.append((url, opened(headers["dpop"])[1].get("nonce", "")))
        return Answer(status=200, headers={"dpop-nonce": f"of {urlsplit(url).netloc}"})

    monkeypatch.setattr(Web, "call", played)
    dpop.forget_nonces()
    for base in ("https://a.example", "https://a.example:8443", "https://a.example", "https://a.example:8443"):
        dpop.call(Web(base=base), KEY, "GET", "/x/y")
    assert [nonce for _, nonce in seen] == ["", "", "of a.example", "of a.example:8443"]


@pytest.mark.parametrize("status", [200, 403, 500])
def test_only_a_refusal_for_its_nonce_is_repeated(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    calls: list[str] = []

    def played(_web, _method, url, **_given):
        calls.append(url)
        return Answer(status=status, headers={"dpop-nonce": f"n{len(calls)}"}, body=b'{"error": "use_dpop_nonce"}')

    monkeypatch.setattr(Web, "call", played)
    dpop.forget_nonces()
    dpop.call(Web(base="https://a.example"), KEY, "POST", "/x")
    assert len(calls) == 1
