"""The examples of RFC 9421, appendix B.2, and headers that nobody should write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.activitypub import signatures
from samspil.channels.activitypub.keys import from_pem, is_signed
from samspil.channels.activitypub.tests.peer import private
from samspil.kit import Forged, Request

RSA_PSS = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
"""
ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
HEADERS = {
    "host": "example.com",
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
    "content-length": "18",
}
B21 = (
    'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
    (
        "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG"
        "52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVro"
        "gUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q=="
    ),
)
B23 = (
    (
        'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length")'
        ';created=1618884473;keyid="test-key-rsa-pss"'
    ),
    (
        "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fU"
        "xN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA"
        "1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA=="
    ),
)
B26 = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
)
AT = datetime(2021, 4, 20, 2, 8, tzinfo=UTC)


def example(said: str, signature: str, **changed: str) -> Request:
    label = said.partition("=")[0]
    headers = {**HEADERS, "signature-input": said, "signature": f"{label}=:{signature}:", **changed}
    return Request(method="POST", url="https://example.com/foo?param=Value&Pet=dog", headers=headers, body=b'{"hello": "world"}')


@pytest.mark.parametrize(
    ("case", "pem", "algorithm"), [(B21, RSA_PSS, "rsa-pss-sha512"), (B23, RSA_PSS, "rsa-pss-sha512"), (B26, ED25519, "ed25519")]
)
def test_the_examples_of_the_standard(case: tuple[str, str], pem: str, algorithm: str) -> None:
    key = from_pem(pem)
    assert key is not None
    found = signatures.signed(example(*case))
    assert is_signed(key, algorithm, found.signature, found.base)
    assert not is_signed(key, algorithm, found.signature, found.base + b" ")
    assert not is_signed(key, "rsa-v1_5-sha256" if algorithm == "ed25519" else "ed25519", found.signature, found.base)


def test_what_the_examples_cover_is_weighed() -> None:
    request = example(*B23)
    signatures.check_shape(signatures.signed(request), request, AT)
    for weak in (B21, B26):
        request = example(*weak)
        with pytest.raises(Forged):
            signatures.check_shape(signatures.signed(request), request, AT)
    request = example(*B23, **{"content-digest": "sha-512=:AAAA:"})
    with pytest.raises(Forged):
        signatures.check_shape(signatures.signed(request), request, AT)


@pytest.mark.parametrize("rfc", [False, True])
@pytest.mark.parametrize(
    "url", ["https://a.example/in/1", "https://a.example/in/1?x=1&y=%C3%A6", "https://a.example", "http://a.example:8080/x"]
)
def test_what_we_sign_is_read_again(url: str, *, rfc: bool) -> None:
    for body, method in ((b"{}", "POST"), (None, "GET")):
        headers = signatures.sign(method, url, key=private(), key_id="https://b.example/a#k", body=body, at=AT, rfc=rfc)
        request = Request(method=method, url=url, headers=headers, body=body or b"")
        found = signatures.signed(request)
        signatures.check_shape(found, request, AT)
        assert found.key_id == "https://b.example/a#k"
        assert is_signed(private().public_key(), found.algorithm, found.signature, found.base)


ODD = st.text(alphabet='abk=",;:()@ \\-"signaturekeyIdheaders0123', max_size=120)


@given(ODD, ODD, ODD)
def test_odd_headers_are_refused(one: str, two: str, three: str) -> None:
    for headers in (
        {"signature": one},
        {"signature": one, "signature-input": two},
        {"signature-input": f'a=("@method"){three}', "signature": f"a=:{one}:"},
    ):
        request = Request(method="POST", url="https://a.example/x", headers=headers, body=b"")
        try:
            found = signatures.signed(request)
            signatures.check_shape(found, request, AT)
        except Forged:
            continue
        raise AssertionError(headers)


def test_a_component_with_parameters_is_not_known() -> None:
    with pytest.raises(Forged):
        signatures.signed(example('a=("@query-param";name="Pet");keyid="k"', "AAAA"))


def test_weak_and_broken_keys_are_none() -> None:
    assert [from_pem(odd) for odd in ("", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")] == [None] * 3
