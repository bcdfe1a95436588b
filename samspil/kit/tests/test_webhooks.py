"""Signed webhooks: the specification's own example, what its reference library makes and takes, and every way to be wrong."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from samspil.kit import Forged
from samspil.kit.webhooks import key_of, signed, verified

SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + b64encode(bytes(range(32))).decode()
BODY = b'{"test": 2432232314}'
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
AT = 1614265330


def test_the_specifications_example():
    assert signed(ident=EXAMPLE["webhook-id"], at=AT, body=BODY, secrets=[SECRET]) == EXAMPLE
    assert verified(EXAMPLE, BODY, secrets=[SECRET], now=AT) == EXAMPLE["webhook-id"]


def test_the_reference_library_takes_ours_and_we_take_its():
    now = int(datetime.now(UTC).timestamp())
    ours = signed(ident="m1", at=now, body=b'{"a": "\xc3\xa6"}', secrets=[OTHER, SECRET])
    assert Webhook(SECRET).verify(b'{"a": "\xc3\xa6"}', ours) == {"a": "æ"}
    its = Webhook(SECRET).sign("m1", datetime.fromtimestamp(now, UTC), '{"a": "æ"}')
    headers = {"webhook-id": "m1", "webhook-timestamp": str(now), "webhook-signature": its}
    assert verified(headers, b'{"a": "\xc3\xa6"}', secrets=["not a secret", SECRET], now=now) == "m1"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_within_five_minutes(seconds):
    assert verified(EXAMPLE, BODY, secrets=[SECRET], now=AT + seconds)


@pytest.mark.parametrize(
    ("headers", "body", "secrets", "now", "says"),
    [
        ({}, BODY, [SECRET], AT + 301, "stale"),
        ({}, BODY, [SECRET], AT - 301, "stale"),
        ({}, BODY + b" ", [SECRET], AT, "signature is wrong"),
        ({}, BODY, [OTHER], AT, "signature is wrong"),
        ({}, BODY, [], AT, "signature is wrong"),
        ({}, BODY, ["", "whsec_", "whsec_AAAA"], AT, "signature is wrong"),
        ({"webhook-id": "another"}, BODY, [SECRET], AT, "signature is wrong"),
        ({"webhook-timestamp": "1614265331"}, BODY, [SECRET], AT, "signature is wrong"),
        ({"webhook-signature": ""}, BODY, [SECRET], AT, "signature is wrong"),
        ({"webhook-signature": EXAMPLE["webhook-signature"][3:]}, BODY, [SECRET], AT, "signature is wrong"),
        ({"webhook-id": ""}, BODY, [SECRET], AT, "no webhook-id"),
        ({"webhook-id": "x" * 201}, BODY, [SECRET], AT, "no webhook-id"),
        ({"webhook-timestamp": "yesterday"}, BODY, [SECRET], AT, "no number of seconds"),
        ({"webhook-timestamp": "٣"}, BODY, [SECRET], AT, "no number of seconds"),
    ],
)
def test_everything_else_is_forged(headers, body, secrets, now, says):
    with pytest.raises(Forged, match=says):
        verified(EXAMPLE | headers, body, secrets=secrets, now=now)


@given(st.dictionaries(st.sampled_from(sorted(EXAMPLE)), st.text()), st.binary(max_size=20))
def test_nothing_that_nobody_signed_is_taken(headers, body):
    with pytest.raises(Forged):
        verified(headers, body, secrets=[SECRET], now=AT)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_!", "whsec_" + b64encode(bytes(23)).decode(), b64encode(bytes(65)).decode()]
)
def test_what_is_no_secret(secret):
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)
    with pytest.raises(ValueError, match="secret"):
        signed(ident="a", at=0, body=b"", secrets=[secret])
