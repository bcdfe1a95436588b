"""Whatever arrives means events or is not understood: nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.x_com.channel import channel
from samspil.kit import Account, Envelope, Forged, Message, NotUnderstood, Request

ACCOUNT = Account(id="a", name="X", config={"access_token": "22-abcdef", "consumer_secret": "s"}, key=bytes(32))
KEYS = st.sampled_from(
    "post message users media id author_id sender_id text created_at edit_history_post_ids referenced_posts type entities mentions"
    " note_post attachments media_keys dm_conversation_id event_type for_user_id tweet_create_events direct_message_events user id_str"
    " favorite_events follow_events source target message_create message_data recipient_id tweet_delete_events status lang".split()
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["22", "5", "2026-11-20T09:15:00Z", "1795166100000", "MessageCreate", "message_create", "retweeted", "5-22"])
)  # fmt: skip
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=40)


def understood(payload: bytes):
    return channel().understand(Envelope(external_id="1", payload=payload), ACCOUNT)


@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_anything_means_events_or_nothing(said):
    try:
        events = understood(json.dumps(said).encode())
    except NotUnderstood:
        return
    assert all(event.external_id and "\x00" not in getattr(event, "text", "") for event in events)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_word(payload):
    with pytest.raises(NotUnderstood):
        understood(payload)


def test_ten_megabytes_and_deep_nesting_are_no_accident():
    with pytest.raises(NotUnderstood):
        understood(b'{"post": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001)
    with pytest.raises(NotUnderstood):
        understood(json.dumps({"post": {"text": "x" * 10_000_000}}).encode())
    post = {"id": "1", "author_id": "5", "created_at": "2026-11-20T09:15:00Z", "text": "x" * 1_000_000}
    [message] = understood(json.dumps({"post": post}).encode())
    assert isinstance(message, Message)
    assert len(message.text) == 30_000


def request(method: str = "GET", body: bytes = b"", query=None, **headers) -> Request:
    return Request(method=method, url="https://samspil.example/in/a", headers=headers, body=body, query=query or {})


def test_the_challenge_is_answered_as_documented():
    # HMAC-SHA256 of "abc" under "s", counted with openssl dgst -sha256 -hmac.
    heard = channel().hear(request(query={"crc_token": "abc"}), ACCOUNT)
    assert json.loads(heard.body) == {"response_token": "sha256=R9kg7ZB4TcXq5jW/0IJPYS0F8J+aR/YDkN6HOtN+VGs="}
    assert heard.envelopes == ()
    with pytest.raises(NotUnderstood):
        channel().hear(request(), ACCOUNT)


@given(st.dictionaries(KEYS, JSON, max_size=6) | JSON)
def test_any_signed_body_is_split_and_nothing_breaks(said):
    from samspil.channels.x_com.hear import signed

    body = json.dumps(said).encode()
    for envelope in (
        channel().hear(request("POST", body, **{"x-twitter-webhooks-signature": signed(body, "s")}), ACCOUNT).envelopes
    ):
        assert 0 < len(envelope.external_id) <= 200


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=AAAA", "é"])
def test_what_is_forged_is_refused(signature):
    with pytest.raises(Forged):
        channel().hear(request("POST", b"{}", **{"x-twitter-webhooks-signature": signature}), ACCOUNT)
    empty = Account(id="a", name="X", config={}, key=bytes(32))
    with pytest.raises(Forged):
        channel().hear(request(query={"crc_token": "abc"}), empty)
