"""Facebook and Instagram alike: whatever arrives means events or is not understood, and nothing is sent beyond Meta's times and lengths."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels._meta.speak import frame
from samspil.channels._meta.webhook import signed
from samspil.channels.facebook import channel as facebook
from samspil.channels.facebook import send as facebook_send
from samspil.channels.instagram import channel as instagram
from samspil.channels.instagram import send as instagram_send
from samspil.kit import Account, Handle, NotUnderstood, Outbound, Request, Unreachable

SECRET, OWN = "0f1e2d3c4b5a6978", "101234567890123"


@dataclass(frozen=True)
class Kind:
    """One of the two: its channel, what it sends with, its word for an object and for a change, and the setting that holds our id."""

    channel: Any
    send: Any
    word: str
    change: str
    own: str

    @property
    def account(self) -> Account:
        return Account(id="a", name=self.word, config={"app_secret": SECRET, self.own: OWN, "app_id": "77"}, key=bytes(32))

    @property
    def nowhere(self) -> Account:
        return Account(id="a", name=self.word, config={"server": "http://127.0.0.1:1", self.own: OWN}, key=bytes(32))

    @property
    def network(self) -> str:
        return str(self.channel.name)


FACEBOOK = Kind(facebook.channel(), facebook_send.send, "page", "feed", "page_id")
INSTAGRAM = Kind(instagram.channel(), instagram_send.send, "instagram", "comments", "ig_id")
both = pytest.mark.parametrize("kind", [FACEBOOK, INSTAGRAM], ids=["facebook", "instagram"])
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
    | st.sampled_from(
        ["page", "instagram", OWN, "feed", "comments", "comment", "add", "edited", "remove", "location", "fallback", "react"]
    )
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=40)
THINGS = st.lists(st.dictionaries(KEYS, JSON, max_size=7), max_size=3)


def only_events(kind: Kind, body: bytes) -> None:
    headers = {"x-hub-signature-256": signed(body, SECRET)}
    found = kind.channel.hear(Request(method="POST", url="https://x.example", headers=headers, body=body), kind.account).envelopes
    assert found
    for envelope in found:
        try:
            events = kind.channel.understand(envelope, kind.account)
        except NotUnderstood:
            continue
        assert all(event.external_id for event in events)


@both
@given(value=JSON)
def test_any_json_is_kept_and_means_events_or_nothing(kind, value):
    only_events(kind, json.dumps(value).encode())


@both
@given(messages=THINGS, values=THINGS)
def test_any_message_or_change_means_events_or_nothing(kind, messages, values):
    common = {"sender": {"id": "5"}, "recipient": {"id": OWN}, "timestamp": 1780384440123}
    changes = [{"field": kind.change, "value": {"from": {"id": "5"}, "created_time": 1780384440, **v}} for v in values]
    entry = {"id": OWN, "time": 1780384440, "messaging": [common | m for m in messages], "changes": changes}
    only_events(kind, json.dumps({"object": kind.word, "entry": [entry]}).encode())


@both
def test_deep_nesting_is_no_accident(kind):
    only_events(
        kind, b'{"object": "' + kind.word.encode() + b'", "entry": [' + b'{"messaging": [' * 50_000 + b"]}" * 50_000 + b"]}"
    )


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
@both
def test_the_windows_and_only_one_tag_before_and_since_the_others_were_closed(kind, age, human, found, on):
    if isinstance(found, str):
        with pytest.raises(Unreachable, match=found):
            frame(kind.network, on - age, on, human_agent=human)
        return
    assert frame(kind.network, on - age, on, human_agent=human) == found


@both
def test_nobody_is_answered_in_private_after_a_week(kind):
    def answer(age: timedelta, **more) -> None:
        extra = {"quoted_at": (NOW - age).isoformat()}
        to = Handle(network=kind.network, address="5", scope=OWN)
        kind.send(
            Outbound(id="r", conversation="c", to=to, text="Hej", in_reply_to="1221", extra=extra, private=True),
            kind.nowhere,
            NOW,
        )

    with pytest.raises(Unreachable, match="no private answer"):
        answer(timedelta(days=7, seconds=1))
    with pytest.raises(Exception, match="refused"):  # it gets as far as the network, which is not there
        answer(timedelta(days=7))


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        (FACEBOOK, "x" * 2000, True),
        (FACEBOOK, "x" * 2001, False),
        (INSTAGRAM, "x" * 1000, True),
        (INSTAGRAM, "x" * 1001, False),
        (INSTAGRAM, "ø" * 500, True),
        (INSTAGRAM, "ø" * 501, False),
    ],
    ids=["facebook", "facebook, longer", "instagram", "instagram, longer", "instagram in bytes", "instagram in bytes, longer"],
)
def test_the_length(kind, text, fits):
    to = Handle(network=kind.network, address="5", scope=OWN)
    with pytest.raises(Exception, match="refused" if fits else "at most"):
        kind.send(Outbound(id="r", conversation="c", to=to, text=text), kind.nowhere, NOW)
