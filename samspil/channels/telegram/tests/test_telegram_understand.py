"""Whatever arrives, an update means events or is not understood: nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.telegram.channel import channel
from samspil.kit import Account, Envelope, Message, NotUnderstood

ACCOUNT = Account(id="a", name="Telegram", config={"token": "990001:" + "A" * 35}, key=bytes(32))
KEYS = st.sampled_from(
    "update message edited_message message_reaction my_chat_member chat from id date message_id text caption photo document file_id"
    " files size reply_to_message sender_chat new_reaction old_reaction user emoji type location contact poll options".split()
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["emoji", "private", "member"])
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=40)


def understood(payload: bytes):
    return channel().understand(Envelope(external_id="1", payload=payload), ACCOUNT)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_any_update_means_events_or_nothing(update):
    try:
        events = understood(json.dumps({"update": update, "files": update.get("files")}).encode())
    except NotUnderstood:
        return
    assert all(event.external_id for event in events)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_word(payload):
    with pytest.raises(NotUnderstood):
        understood(payload)


def test_ten_megabytes_and_deep_nesting_are_no_accident():
    deep = b'{"update": ' + b'{"message": ' * 100_000 + b"1" + b"}" * 100_000 + b"}"
    with pytest.raises(NotUnderstood):
        understood(deep)
    chat = {"id": 5, "type": "private"}
    large = {"update": {"message": {"message_id": 1, "chat": chat, "from": {"id": 5}, "date": 1, "text": "x" * 10_000_000}}}
    [message] = understood(json.dumps(large).encode())
    assert isinstance(message, Message)
    assert len(message.text) == 10_000


def test_what_our_own_bot_wrote_elsewhere_is_ours():
    chat = {"id": 5, "type": "private"}
    said = {"message_id": 9, "chat": chat, "from": {"id": 990001, "is_bot": True}, "date": 1, "text": "Hej"}
    [message] = understood(json.dumps({"update": {"message": said}}).encode())
    assert message.outgoing
