"""What a shop calls with: forged is refused, each payment and refund has one name whoever tells it, and nothing breaks it."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import new
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.shop.channel import ASKS, channel
from samspil.channels.shop.signature import signed
from samspil.kit import Account, Envelope, Forged, NotUnderstood, Order, Request

FIXTURES = Path(__file__).parents[1] / "fixtures"
ACCOUNT = Account(id="a", name="Shop", config={"secret": "shop-secret"}, key=bytes(32))


def fixture(name: str) -> dict[str, object]:
    found = json.loads((FIXTURES / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


def call(said: object, topic: str = "orders/paid", *, key: str = "shop-secret", **headers: str) -> Request:
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    kind = "wc-webhook" if topic.startswith("order.") else "shopify"
    mark = {"wc-webhook": "x-wc-webhook-signature", "shopify": "x-shopify-hmac-sha256"}[kind]
    own = {f"x-{kind}-topic": topic, mark: b64encode(new(key.encode(), body, sha256).digest()).decode()}
    return Request(method="POST", url="https://x.example/in/a", headers={**own, **headers}, body=body)


def names(request: Request) -> list[str]:
    return [e.external_id for e in channel().hear(request, ACCOUNT).envelopes]


def test_a_signature_that_another_program_made():
    # printf '{"id":1}' | openssl dgst -sha256 -hmac shop-secret -binary | base64
    assert signed(b'{"id":1}', "shop-secret") == "plW8VGqq0nDMIEhDqaNNW99asdUCy7EIqLZVcQwtAZ0="


@pytest.mark.parametrize("topic", ["orders/paid", "order.updated"])
def test_what_is_not_signed_by_the_shop_is_forged(topic):
    good = call(fixture("shopify_paid"), topic)
    for wrong in (
        call(fixture("shopify_paid"), topic, key="another"),
        Request(method="POST", url=good.url, headers=good.headers, body=good.body + b" "),
        Request(method="POST", url=good.url, headers={}, body=good.body),
    ):
        with pytest.raises(Forged):
            channel().hear(wrong, ACCOUNT)
    with pytest.raises(Forged):
        channel().hear(call(b"{}", topic, key=""), Account(id="a", name="", config={}, key=bytes(32)))


def test_a_payment_and_each_refund_have_one_name_whoever_tells_them():
    both = ["order:450789469", "refund:929361464"]
    assert names(call(fixture("shopify_paid"))) == both[:1]
    assert names(call(fixture("shopify_paid"), "orders/updated")) == both[:1]
    assert names(call(fixture("shopify_refund"), "orders/updated")) == both
    assert names(call(fixture("woo_refund"), "order.updated")) == ["order:727", "refund:91"]


@pytest.mark.parametrize(
    ("name", "topic", "change"),
    [
        ("shopify_paid", "orders/create", {"financial_status": "pending"}),
        ("shopify_paid", "orders/create", {"financial_status": "authorized"}),
        ("shopify_paid", "orders/cancelled", {"financial_status": "voided"}),
        ("shopify_paid", "orders/paid", {"test": True}),
        ("woo_paid", "order.created", {"date_paid_gmt": None, "status": "on-hold"}),
        ("woo_paid", "order.updated", {"date_paid_gmt": None, "status": "cancelled"}),
        ("woo_paid", "order.deleted", {}),
        ("woo_paid", "customer.created", {}),
        ("shopify_paid", "products/update", {}),
    ],
)
def test_what_is_not_paid_is_answered_and_nothing_is_kept(name, topic, change):
    request = call(
        {**fixture(name), **change}, topic if topic != "customer.created" else "order.x", **{"x-wc-webhook-topic": topic}
    )
    heard = channel().hear(request, ACCOUNT)
    assert (heard.status, list(heard.envelopes)) == (200, [])


def test_woocommerce_asks_unsigned_whether_anybody_is_there():
    ping = Request(method="POST", url="https://x.example/in/a", headers={}, body=b"webhook_id=14")
    assert (channel().hear(ping, ACCOUNT).status, list(channel().hear(ping, ACCOUNT).envelopes)) == (200, [])
    for other in (b"webhook_id=14&x=1", b"webhook_id=", b""):
        with pytest.raises(Forged):
            channel().hear(Request(method="POST", url=ping.url, headers={}, body=other), ACCOUNT)


def test_shopifys_questions_about_a_person_are_kept_and_shown():
    (envelope,) = (
        channel().hear(call(fixture("shopify_redact"), "customers/redact", **{"x-shopify-webhook-id": "w-1"}), ACCOUNT).envelopes
    )
    assert envelope.external_id == "customers/redact:w-1"
    with pytest.raises(NotUnderstood, match="choose Forget"):
        channel().understand(envelope, ACCOUNT)


@pytest.mark.parametrize(
    ("headers", "scope"),
    [
        ({"x-shopify-shop-domain": "Havblik.myshopify.com"}, "havblik.myshopify.com"),
        ({"x-wc-webhook-source": "https://havblik.example/"}, "havblik.example"),
        ({"x-shopify-shop-domain": "a b"}, "a"),
        ({"x-wc-webhook-source": "http://[x"}, "a"),
        ({}, "a"),
    ],
)
def test_people_of_two_shops_are_not_mixed(headers, scope):
    (envelope,) = channel().hear(call(fixture("shopify_paid"), **headers), ACCOUNT).envelopes
    (order,) = channel().understand(envelope, ACCOUNT)
    assert isinstance(order, Order)
    assert (order.author.scope, order.external_id) == (scope, f"{scope}:order:450789469")


def test_addresses_prove_nothing_when_the_organisation_says_so():
    (envelope,) = channel().hear(call(fixture("shopify_paid")), ACCOUNT).envelopes
    distrustful = Account(id="a", name="", config={"trust_mail": False}, key=bytes(32))
    by = [
        [c.by for c in o.claims]
        for a in (ACCOUNT, distrustful)
        for o in channel().understand(envelope, a)
        if isinstance(o, Order)
    ]
    assert by == [["network", "typed"], ["typed", "typed"]]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'{"id": "x", "financial_status": "paid"}'])
def test_what_is_no_order_is_refused_at_the_door(body):
    with pytest.raises(NotUnderstood):
        channel().hear(call(body), ACCOUNT)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["499.00", "DKK", "2026-11-26", "paid"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from("id email amount total kind status name".split()), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted({*fixture("shopify_refund"), *fixture("woo_refund")})


@given(st.sampled_from(["shopify_refund", "woo_refund"]), st.dictionaries(st.sampled_from(FIELDS), anything, max_size=4))
def test_any_order_means_something_or_is_not_understood(name, more):
    said: Mapping[str, object] = {**fixture(name), **more}
    try:
        heard = channel().hear(call(said, "orders/updated" if name.startswith("shopify") else "order.updated"), ACCOUNT)
    except NotUnderstood:
        return
    for envelope in heard.envelopes:
        try:
            (found,) = channel().understand(envelope, ACCOUNT)
        except NotUnderstood:
            continue
        assert isinstance(found, Order)
        assert found.amount.is_finite()


@given(anything)
def test_any_payload_in_the_store(said):
    envelope = Envelope(external_id="order:1", payload=json.dumps(said).encode(), headers={"kind": "shopify", "fact": "order:1"})
    with pytest.raises(NotUnderstood):
        channel().understand(envelope, ACCOUNT)


def test_every_question_says_what_to_do():
    assert all("Shopify" in words for words in ASKS.values())
