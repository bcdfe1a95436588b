"""Whatever arrives means events or is not understood: nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.linkedin.channel import channel
from samspil.kit import Account, Envelope, Forged, NotUnderstood, Request

OWN, OTHER = "urn:li:organization:5", "urn:li:person:aB-1"
URN = "urn:li:comment:(urn:li:activity:1,2)"
ACCOUNT = Account(id="a", name="LinkedIn", config={"organization": "5", "client_secret": "s"}, key=bytes(32))
KEYS = st.sampled_from(
    "comment notification top began name actor commentUrn $URN message text created lastModified time content organizationalEntity action"
    " generatedActivity decoratedGeneratedActivity owner like object lastModifiedAt".split()
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([OWN, OTHER, URN, 1795166100000, "COMMENT", "LIKE", "COMMENT_EDIT", "COMMENT_DELETE"])
)  # fmt: skip
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=40)


def understood(payload: bytes, **headers):
    return channel().understand(Envelope(external_id="1", payload=payload, headers=headers), ACCOUNT)


@given(st.dictionaries(KEYS, JSON, max_size=6), st.sampled_from(["yes", ""]))
def test_anything_means_events_or_nothing(said, seen):
    try:
        events = understood(json.dumps(said).encode(), seen=seen)
    except NotUnderstood:
        return
    assert all(event.external_id and "\x00" not in getattr(event, "text", "") for event in events)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_word(payload):
    with pytest.raises(NotUnderstood):
        understood(payload)


def test_ten_megabytes_and_deep_nesting_are_no_accident():
    with pytest.raises(NotUnderstood):
        understood(b'{"comment": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001)
    with pytest.raises(NotUnderstood):
        understood(json.dumps({"comment": {"actor": "x" * 10_000_000}}).encode())
    comment = {"commentUrn": URN, "actor": OTHER, "created": {"time": 1795166100000}, "message": {"text": "x" * 1_000_000}}
    [message] = understood(json.dumps({"comment": comment}).encode())
    assert len(message.text) == 20_000


def request(method: str = "GET", body: bytes = b"", query=None, **headers) -> Request:
    return Request(method=method, url="https://samspil.example/in/a", headers=headers, body=body, query=query or {})


def test_the_challenge_is_answered_as_documented():
    # HMAC-SHA256 of the code under "s" in hexadecimal digits, counted with openssl dgst -sha256 -hmac.
    heard = channel().hear(request(query={"challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0"}), ACCOUNT)
    assert json.loads(heard.body) == {
        "challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0",
        "challengeResponse": "472b6467da4eabdee9425a8f4ebf2ce6daf84684b00fe805209b22d663de7bae",
    }
    with pytest.raises(NotUnderstood):
        channel().hear(request(), ACCOUNT)


@pytest.mark.parametrize("signature", ["", "hmacsha256=", "00", "é"])
def test_what_is_forged_is_refused(signature):
    with pytest.raises(Forged):
        channel().hear(request("POST", b"{}", **{"x-li-signature": signature}), ACCOUNT)
    with pytest.raises(Forged):
        channel().hear(request(query={"challengeCode": "a"}), Account(id="a", name="LinkedIn", config={}, key=bytes(32)))


@given(JSON)
def test_any_signed_body_is_split_and_nothing_breaks(said):
    from samspil.channels.linkedin.hear import signed

    body = json.dumps({"notifications": said}).encode()
    headers = {"x-li-signature": signed(b"hmacsha256=" + body, "s")}
    for envelope in channel().hear(request("POST", body, **headers), ACCOUNT).envelopes:
        assert 0 < len(envelope.external_id) <= 200
