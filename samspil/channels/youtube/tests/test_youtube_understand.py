"""Whatever arrives means events or is not understood: nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.youtube.channel import channel
from samspil.kit import Account, Envelope, Message, NotUnderstood

OWN, OTHER = "UC" + "n" * 22, "UC" + "k" * 22
ACCOUNT = Account(id="a", name="YouTube", config={"channel": OWN}, key=bytes(32))
KEYS = st.sampled_from(
    "comment thread video began id snippet authorChannelId value authorDisplayName textOriginal textDisplay publishedAt updatedAt".split()
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([OWN, OTHER, "2026-11-20T09:15:00Z", "Ugz.a", "Ugz"])
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
    assert all(event.external_id and "\x00" not in event.text for event in events)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_word(payload):
    with pytest.raises(NotUnderstood):
        understood(payload)


def test_ten_megabytes_and_deep_nesting_are_no_accident():
    with pytest.raises(NotUnderstood):
        understood(b'{"comment": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001)
    with pytest.raises(NotUnderstood):
        understood(json.dumps({"comment": {"id": "x" * 10_000_000}}).encode())
    snippet = {"authorChannelId": {"value": OTHER}, "publishedAt": "2026-11-20T09:15:00Z", "textOriginal": "x" * 1_000_000}
    [message] = understood(json.dumps({"comment": {"id": "Ugz", "snippet": snippet}}).encode())
    assert isinstance(message, Message)
    assert len(message.text) == 20_000
