"""Whatever arrives, a webhook of WhatsApp means events or is not understood: nothing else. And what is told twice is one."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels._meta.webhook import signed
from samspil.channels.whatsapp.channel import channel
from samspil.channels.whatsapp.send import message
from samspil.channels.whatsapp.settings import normal
from samspil.kit import Account, Chosen, Forged, Handle, NotUnderstood, Outbound, Request, Unreachable

SECRET, NUMBER = "0f1e2d3c4b5a6978", "106540352242922"
ACCOUNT = Account(
    id="a",
    name="WhatsApp",
    config={"app_secret": SECRET, "verify_token": "lytter", "phone_number_id": NUMBER, "business_id": "5069"},
    key=bytes(32),
)
KEYS = st.sampled_from(
    "object entry id changes value field metadata phone_number_id contacts messages statuses message_echoes from from_user_id user_id"
    " wa_id profile name username timestamp type text body image audio caption reaction message_id emoji context referral system edit revoke"
    " original_message_id message status errors code title error_data details location latitude interactive button_reply order product_items"
    " item_price quantity biz_opaque_callback_data".split()
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["whatsapp_business_account", NUMBER, "text", "1780384440", "4520304050", "DK.1", "image", "failed", "order", "edit"]
    )
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=40)
MESSAGES = st.lists(st.dictionaries(KEYS, JSON, max_size=6), max_size=3)


def webhook(**lists: object) -> dict[str, object]:
    value = {"metadata": {"phone_number_id": NUMBER, "display_phone_number": "4592451234"}, **lists}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}


def said(ident: str, text: str = "Hej") -> dict[str, object]:
    return {"id": ident, "from": "4520304050", "timestamp": "1780384440", "type": "text", "text": {"body": text}}


def request(body: bytes) -> Request:
    return Request(method="POST", url="https://x.example/in/a", headers={"x-hub-signature-256": signed(body, SECRET)}, body=body)


def heard(body: bytes):
    return channel().hear(request(body), ACCOUNT).envelopes


def only_events(body: bytes) -> None:
    for envelope in heard(body):
        try:
            events = channel().understand(envelope, ACCOUNT)
        except NotUnderstood:
            continue
        assert all(event.external_id for event in events)


@given(JSON)
def test_any_json_is_kept_and_means_events_or_nothing(value):
    body = json.dumps(value).encode()
    assert heard(body)
    only_events(body)


@given(MESSAGES, MESSAGES, JSON)
def test_any_message_means_events_or_nothing(messages, statuses, contacts):
    common = {"id": "wamid.1", "timestamp": "1780384440"}
    only_events(
        json.dumps(
            webhook(messages=[common | m for m in messages], statuses=[common | s for s in statuses], contacts=contacts)
        ).encode()
    )


@given(st.binary(max_size=60))
def test_any_signed_bytes_are_kept_whole(body):
    [envelope] = heard(body)
    assert envelope.payload == body
    with pytest.raises(NotUnderstood):
        channel().understand(envelope, ACCOUNT)


def test_ten_megabytes_and_deep_nesting_are_no_accident():
    deep = b'{"entry": [' + b'{"changes": [' * 50_000 + b"]}" * 50_000 + b"]}"
    [envelope] = heard(deep)
    with pytest.raises(NotUnderstood):
        channel().understand(envelope, ACCOUNT)
    [large] = heard(json.dumps(webhook(messages=[said("wamid.1", "x" * 10_000_000)])).encode())
    [event] = channel().understand(large, ACCOUNT)
    assert len(event.text) == 10_000


def test_what_comes_again_in_another_bundle_has_the_same_ids():
    states = [{"id": "wamid.9", "status": "sent"}, {"id": "wamid.9", "status": "read"}]
    together = heard(json.dumps(webhook(messages=[said("wamid.1"), said("wamid.2")], statuses=states)).encode())
    assert [e.external_id for e in together] == ["wamid.1", "wamid.2", "wamid.9:sent", "wamid.9:read"]
    [alone] = heard(json.dumps(webhook(messages=[said("wamid.2")])).encode())
    assert alone.external_id == together[1].external_id
    twice = heard(json.dumps(webhook(messages=[said("wamid.1"), said("wamid.1")])).encode())
    assert [e.external_id for e in twice] == ["wamid.1"]


def test_the_time_of_the_bundle_makes_no_other_thing_of_it():
    bodies = [
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "time": at, "changes": [{"field": "f", "value": {"a": 1}}]}],
        }
        for at in (1, 2)
    ]
    first, second = (heard(json.dumps(b).encode())[0].external_id for b in bodies)
    assert first == second
    assert first.startswith("sha256:")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "lytter", "hub.challenge": "1158201444"}, b"1158201444"),
        ({"hub.mode": "subscribe", "hub.verify_token": "lytte", "hub.challenge": "1158201444"}, None),
        ({"hub.mode": "subscribe", "hub.challenge": "1158201444"}, None),
        ({"hub.mode": "unsubscribe", "hub.verify_token": "lytter", "hub.challenge": "1"}, None),
        ({"hub.mode": "subscribe", "hub.verify_token": "lytt\udce6r", "hub.challenge": "1"}, None),
    ],
    ids=["ours", "another", "none", "another mode", "no text"],
)
def test_the_handshake_answers_with_the_challenge_and_keeps_nothing(query, answer):
    asked = Request(method="GET", url="https://x.example/in/a", headers={}, body=b"", query=query)
    if answer is None:
        with pytest.raises(Forged):
            channel().hear(asked, ACCOUNT)
        return
    found = channel().hear(asked, ACCOUNT)
    assert (found.body, list(found.envelopes), found.content_type.split(";")[0]) == (answer, [], "text/plain")


def test_an_empty_verify_token_is_nobodys():
    bare = Account(id="a", name="W", config={"app_secret": SECRET}, key=bytes(32))
    query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    with pytest.raises(Forged):
        channel().hear(Request(method="GET", url="https://x.example", headers={}, body=b"", query=query), bare)
    with pytest.raises(Forged):
        channel().hear(
            Request(method="POST", url="https://x.example", headers={}, body=b"{}"), Account(id="a", name="W", config={}, key=b"")
        )


@given(st.binary(max_size=30), st.binary(min_size=1, max_size=30))
def test_a_signature_of_one_body_is_none_of_another(body, more):
    forged = Request(
        method="POST", url="https://x.example", headers={"x-hub-signature-256": signed(body, SECRET)}, body=body + more
    )
    with pytest.raises(Forged):
        channel().hear(forged, ACCOUNT)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+45 20 30 40 50", "4520304050"),
        ("551187654321", "5511987654321"),
        ("5511987654321", "5511987654321"),
        ("551132654321", "551132654321"),
        ("DK.13491208655302741918", ""),
        ("12345", ""),
        ("", ""),
        ("\u0664\u0665\u0662\u0660\u0663\u0660\u0664\u0660\u0665\u0660", ""),
    ],
    ids=["spaces", "brazil old", "brazil new", "brazil landline", "id", "short", "empty", "other digits"],
)
def test_numbers_in_normal_form(written, digits):
    assert normal(written) == digits


def outbound(to: str, **more) -> Outbound:
    return Outbound(id="r", conversation="c", to=Handle(network="whatsapp", address=to), **{"text": "Hej", **more})


def test_ids_are_written_to_from_may_2026_on_and_never_in_the_field_for_numbers():
    with pytest.raises(Unreachable, match="does not yet send"):
        message(outbound("DK.13491208655302741918"), date(2026, 4, 30))
    body = message(outbound("DK.13491208655302741918"), date(2026, 5, 1))
    assert (body.get("recipient"), body.get("to")) == ("DK.13491208655302741918", None)
    body = message(outbound("+4520304050"), date(2026, 4, 30))
    assert (body.get("recipient"), body.get("to")) == (None, "4520304050")
    with pytest.raises(Unreachable) as caught:
        message(outbound("karoline"), date(2026, 5, 1))
    assert caught.value.permanent


def test_text_has_a_limit_and_a_template_has_its_own_form():
    on = date(2026, 6, 1)
    assert message(outbound("+4520304050", text="x" * 4096), on)["text"]["body"] == "x" * 4096
    with pytest.raises(Unreachable, match="at most 4096"):
        message(outbound("+4520304050", text="x" * 4097), on)
    filled = Chosen(name="vi_er_tilbage", language="da", values={"2": "i morgen", "1": "Karoline"})
    body = message(outbound("+4520304050", template=filled), on)
    assert body["template"] == {
        "name": "vi_er_tilbage",
        "language": {"code": "da", "policy": "deterministic"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Karoline"}, {"type": "text", "text": "i morgen"}]}
        ],
    }
    named = message(outbound("+4520304050", template=Chosen(name="n", language="da", values={"navn": "Bo"})), on)["template"]
    assert named["components"][0]["parameters"] == [{"type": "text", "parameter_name": "navn", "text": "Bo"}]
    assert "text" not in body
