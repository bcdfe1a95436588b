"""Twilio's signature, after its documented example; and whatever arrives means events or is not understood."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.sms.channel import channel
from samspil.channels.sms.signature import check, signed
from samspil.kit import Account, Envelope, Forged, NotUnderstood, Request

TOKEN = "12345"
ACCOUNT = Account(id="a", name="SMS", config={"auth_token": TOKEN}, key=bytes(32))
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212"}
DOCUMENTED = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def request(signature: str = DOCUMENTED, url: str = URL, body: bytes | None = None) -> Request:
    whole = urlencode(FORM).encode() if body is None else body
    return Request(method="POST", url=url, headers={"x-twilio-signature": signature}, body=whole)


def several(form: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in form.items()}


def test_the_documented_example():
    check(request(), several(FORM), TOKEN)
    check(request(url=URL.replace("mycompany.com", "mycompany.com:443")), several(FORM), TOKEN)


@pytest.mark.parametrize("token", ["", "12346"])
def test_another_secret_or_none_is_no_proof(token):
    with pytest.raises(Forged):
        check(request(), several(FORM), token)


@given(st.sampled_from(sorted(FORM)), st.text(max_size=5))
def test_no_field_can_be_changed_added_or_left_out(name, value):
    for form in (
        FORM | {name: FORM[name] + value + "x"},
        FORM | {"Z" + value: "1"},
        {n: v for n, v in FORM.items() if n != name},
    ):
        with pytest.raises(Forged):
            check(request(), several(form), TOKEN)


def test_a_body_of_another_kind_is_signed_by_its_hash():
    body = b'{"a": 1}'
    url = f"https://x.example/in/a?bodySHA256={sha256(body).hexdigest()}"
    check(request(signed(url, TOKEN), url, body), {}, TOKEN)
    with pytest.raises(Forged, match="not the one that was signed"):
        check(request(signed(url, TOKEN), url, body + b" "), {}, TOKEN)


def test_what_is_signed_and_no_form_is_refused_with_another_word():
    with pytest.raises(Forged):
        channel().hear(request(body=b"\xff"), ACCOUNT)
    with pytest.raises(NotUnderstood):
        channel().hear(request(signed(URL, TOKEN), body=b"\xff"), ACCOUNT)
    many = "&".join(f"a{n}=1" for n in range(300)).encode()
    with pytest.raises(NotUnderstood):
        channel().hear(request(signed(URL, TOKEN), body=many), ACCOUNT)


@given(
    st.dictionaries(
        st.sampled_from(["MessageSid", "MessageStatus", "SmsStatus", "Body", "From", "NumMedia", "OptOutType", "ErrorCode"]),
        st.text(max_size=12) | st.sampled_from(["delivered", "failed", "received", "3", "STOP", "+4520304050"]),
    )
)
def test_any_form_means_events_or_is_not_understood(form):
    envelope = Envelope(external_id="e", payload=json.dumps(form).encode(), received_at=datetime(2026, 3, 2, tzinfo=UTC))
    try:
        events = channel().understand(envelope, ACCOUNT)
    except NotUnderstood:
        return
    assert all(event.external_id for event in events)


@given(st.binary(max_size=60))
def test_any_bytes_are_not_understood(payload):
    envelope = Envelope(external_id="e", payload=payload, received_at=datetime(2026, 3, 2, tzinfo=UTC))
    with pytest.raises(NotUnderstood):
        channel().understand(envelope, ACCOUNT)
