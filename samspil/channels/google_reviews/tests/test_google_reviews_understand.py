"""Whatever arrives means events or is not understood: nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.google_reviews.channel import channel
from samspil.channels.google_reviews.replies import reply_id
from samspil.kit import Account, Envelope, NotUnderstood

ACCOUNT = Account(id="a", name="Google", config={"place": "accounts/1/locations/22"}, key=bytes(32))
KEYS = st.sampled_from(
    "review answer rejected deleted at reviewId reviewer displayName isAnonymous starRating comment createTime updateTime reviewReply"
    " reviewMediaItems policyViolation".split()
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["AbFv", "FOUR", "2026-11-20T09:15:00.123456789Z", "(Translated by Google)", "(Original)"])
)  # fmt: skip
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=40)


def understood(payload: bytes, **headers):
    return channel().understand(Envelope(external_id="1", payload=payload, headers=headers), ACCOUNT)


@given(st.dictionaries(KEYS, JSON, max_size=4), st.sampled_from(["yes", ""]))
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
        understood(b'{"review": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001)
    with pytest.raises(NotUnderstood):
        understood(json.dumps({"review": {"reviewId": "x" * 10_000_000}}).encode())
    at = "2026-11-20T09:15:00Z"
    review = {"reviewId": "Ab", "createTime": at, "updateTime": at, "comment": "x" * 1_000_000}
    [message] = understood(json.dumps({"review": review}).encode())
    assert len(message.text) == 20_000


def test_an_answer_has_the_same_id_however_its_blanks_are_kept():
    assert reply_id("Ab", "Tak for  det\n") == reply_id("Ab", "Tak for det")
    assert reply_id("Ab", "Tak") != reply_id("Ac", "Tak")
    assert reply_id("Ab", None) == reply_id("Ab", "")
