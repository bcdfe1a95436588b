"""Whatever arrives, a webhook of Facebook means events or is not understood: nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels._meta.speak import frame
from samspil.channels._meta.webhook import signed
from samspil.channels.facebook.channel import channel
from samspil.channels.facebook.send import send
from samspil.kit import Account, Handle, NotUnderstood, Outbound, Request, Unreachable

SECRET, OWN = "0f1e2d3c4b5a6978", "101234567890123"
ACCOUNT = Account(id="a", name="Facebook", config={"app_secret": SECRET, "page_id": OWN, "app_id": "77"}, key=bytes(32))
NOW = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)
KEYS = st.sampled_from(
    "object entry id time messaging standby changes field value sender recipient timestamp message mid text attachments type payload url title"
    " is_echo app_id metadata is_deleted reply_to story quick_reply referral reaction action emoji read watermark delivery mids postback"
    " message_edit num_edit item verb comment_id post_id parent_id from name username created_time photo media sticker_id coordinates lat"
    " product ref source reaction_type".split()
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["page", OWN, "feed", "comments", "comment", "add", "edited", "remove", "location", "fallback", "react"])
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=40)
THINGS = st.lists(st.dictionaries(KEYS, JSON, max_size=7), max_size=3)


def only_events(body: bytes) -> None:
    headers = {"x-hub-signature-256": signed(body, SECRET)}
    found = channel().hear(Request(method="POST", url="https://x.example", headers=headers, body=body), ACCOUNT).envelopes
    assert found
    for envelope in found:
        try:
            events = channel().understand(envelope, ACCOUNT)
        except NotUnderstood:
            continue
        assert all(event.external_id for event in events)


@given(JSON)
def test_any_json_is_kept_and_means_events_or_nothing(value):
    only_events(json.dumps(value).encode())


@given(THINGS, THINGS)
def test_any_message_or_change_means_events_or_nothing(messages, values):
    common = {"sender": {"id": "5"}, "recipient": {"id": OWN}, "timestamp": 1780384440123}
    changes = [{"field": "feed", "value": {"from": {"id": "5"}, "created_time": 1780384440, **v}} for v in values]
    entry = {"id": OWN, "time": 1780384440, "messaging": [common | m for m in messages], "changes": changes}
    only_events(json.dumps({"object": "page", "entry": [entry]}).encode())


def test_deep_nesting_is_no_accident():
    only_events(b'{"object": "page", "entry": [' + b'{"messaging": [' * 50_000 + b"]}" * 50_000 + b"]}")


@pytest.mark.parametrize(
    ("age", "human", "found"),
    [
        (timedelta(0), False, {"messaging_type": "RESPONSE"}),
        (timedelta(hours=24), False, {"messaging_type": "RESPONSE"}),
        (timedelta(hours=24, seconds=1), True, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (timedelta(hours=24, seconds=1), False, "permission Human Agent"),
        (timedelta(days=7), True, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (timedelta(days=7, seconds=1), True, "seven days ago"),
        (timedelta(days=7, seconds=1), False, "seven days ago"),
    ],
    ids=["at once", "a day", "a day and a second", "without the permission", "a week", "a week and a second", "neither"],
)
@pytest.mark.parametrize("on", [datetime(2026, 4, 26, tzinfo=UTC), datetime(2026, 4, 27, tzinfo=UTC)], ids=["before", "since"])
def test_the_windows_and_only_one_tag_before_and_since_the_others_were_closed(age, human, found, on):
    if isinstance(found, str):
        with pytest.raises(Unreachable, match=found):
            frame("facebook", on - age, on, human_agent=human)
        return
    assert frame("facebook", on - age, on, human_agent=human) == found


def test_nobody_is_answered_in_private_after_a_week():
    def answer(age: timedelta, **more) -> None:
        extra = {"quoted_at": (NOW - age).isoformat()}
        to = Handle(network="facebook", address="5", scope=OWN)
        send(Outbound(id="r", conversation="c", to=to, text="Hej", in_reply_to="1221", extra=extra, private=True), nowhere, NOW)

    nowhere = Account(id="a", name="Facebook", config={"server": "http://127.0.0.1:1", "page_id": OWN}, key=bytes(32))
    with pytest.raises(Unreachable, match="no private answer"):
        answer(timedelta(days=7, seconds=1))
    with pytest.raises(Exception, match="refused"):  # it gets as far as the network, which is not there
        answer(timedelta(days=7))


@pytest.mark.parametrize(("text", "fits"), [("x" * 2000, True), ("x" * 2001, False)])
def test_the_length(text, fits):
    to = Handle(network="facebook", address="5", scope=OWN)
    nowhere = Account(id="a", name="Facebook", config={"server": "http://127.0.0.1:1", "page_id": OWN}, key=bytes(32))
    with pytest.raises(Exception, match="refused" if fits else "at most"):
        send(Outbound(id="r", conversation="c", to=to, text=text), nowhere, NOW)
