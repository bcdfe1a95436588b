"""What people buy: from Shopify, WooCommerce and an app of one's own to their timeline; each payment once, and nobody taken for another."""

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest

import samspil
from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.channels.shop.signature import signed as shop_signed
from samspil.conversation.models import Conversation
from samspil.identity.actions import undo
from samspil.identity.models import Consumer, Decision, Link
from samspil.identity.queries.people import timeline
from samspil.identity.queries.segments import members
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account, Envelope, Handle, Interaction
from samspil.intake.queries import account_view
from samspil.kit.webhooks import signed
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
FIXTURES = Path(samspil.__file__).parent / "channels" / "shop" / "fixtures"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def shop(organisation) -> Account:
    return connect(channel="shop", name="Webshop", config={"secret": "shop-secret", "trust_mail": True})


@pytest.fixture
def app(organisation) -> Account:
    return connect(channel="api", name="App", config={"app": "shop-app", "secret": SECRET})


def fixture(name: str) -> dict[str, object]:
    found = json.loads((FIXTURES / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


def arrives(account: Account, headers: dict[str, str], body: bytes) -> None:
    channel = registry.channel(account.channel)
    assert isinstance(channel, kit.Hears)
    request = kit.Request(method="POST", url="https://x.example/in/a", headers=headers, body=body)
    keep(account=account.pk, envelopes=channel.hear(request, account_view(account)).envelopes, at=now())
    while understand_waiting(at=now()):
        pass


def shopify(account: Account, said: dict[str, object], topic: str = "orders/paid") -> None:
    body = json.dumps(said).encode()
    mark = shop_signed(body, "shop-secret")
    shown = {"x-shopify-topic": topic, "x-shopify-shop-domain": "havblik.myshopify.com", "x-shopify-hmac-sha256": mark}
    arrives(account, shown, body)


def woocommerce(account: Account, said: dict[str, object]) -> None:
    body = json.dumps(said).encode()
    mark = shop_signed(body, "shop-secret")
    shown = {
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-source": "https://havblik.example/",
        "x-wc-webhook-signature": mark,
    }
    arrives(account, shown, body)


def told(account: Account, said: dict[str, object]) -> None:
    body = json.dumps(said).encode()
    arrives(account, signed(ident="r", at=int(time.time()), body=body, secrets=[SECRET]), body)


def owner(network: str, address: str) -> Consumer:
    return Link.objects.get(handle__network=network, handle__address=address, ended_at=None).consumer


def bought() -> list[tuple[Decimal, str, str]]:
    return list(Interaction.objects.filter(kind="purchase").order_by("at", "id").values_list("amount", "subject", "data__kind"))


def test_a_purchase_is_on_the_timeline_of_who_writes_from_its_verified_address(shop, mailbox):
    receive(mailbox, mail(sender="Karoline <karoline@example.org>"))
    shopify(shop, fixture("shopify_paid"))
    karoline = owner("mail", "karoline@example.org")
    assert owner("shop", "207119551") == karoline
    assert [i.kind for i in timeline(karoline.pk)] == ["message", "purchase"]
    assert Conversation.objects.count() == 1


def test_payments_and_refunds_count_once_however_often_they_are_told(shop, mette):
    for topic in ("orders/create", "orders/paid", "orders/updated"):
        shopify(shop, fixture("shopify_paid"), topic)
    for _ in range(2):
        shopify(shop, fixture("shopify_refund"), "orders/updated")
    assert bought() == [(Decimal("499.00"), "1042", "purchase"), (Decimal("-449.00"), "1042", "refund")]
    assert Envelope.objects.count() == 2
    assert [list(members(f"spent{op}50DKK", by=mette)) != [] for op in ("=", ">", "<")] == [True, False, False]


def test_a_guest_is_one_guest_and_takes_nobody_over(shop, mailbox):
    receive(mailbox, mail(sender="Jonas <jonas@example.org>"))
    woocommerce(shop, fixture("woo_guest"))
    woocommerce(shop, {**fixture("woo_guest"), "id": 900, "number": "900"})
    assert owner("shop", "guest:jonas@example.org") != owner("mail", "jonas@example.org")
    assert Handle.objects.filter(network="shop").count() == 1
    woocommerce(shop, fixture("woo_paid"))  # signed in, with an address that anybody could have written
    assert owner("shop", "25") != owner("mail", "jonas@example.org")


def test_whoever_writes_from_an_address_that_an_order_named_is_not_taken_for_the_buyer(shop, mailbox):
    woocommerce(shop, fixture("woo_guest"))
    assert owner("mail", "jonas@example.org") == owner("shop", "guest:jonas@example.org")
    receive(mailbox, mail(sender="Jonas <jonas@example.org>"))
    assert owner("mail", "jonas@example.org") != owner("shop", "guest:jonas@example.org")


def test_an_order_that_joined_two_is_taken_back_like_any_other_join(shop, mailbox, mette):
    receive(mailbox, mail(sender="Karoline <karoline@example.org>"))
    shopify(shop, {**fixture("shopify_till"), "customer": {**fixture("shopify_paid")["customer"], "verified_email": False}})
    assert owner("shop", "207119551") != owner("mail", "karoline@example.org")
    shopify(shop, fixture("shopify_paid"))
    assert owner("shop", "207119551") == owner("mail", "karoline@example.org")
    undo(decision=Decision.objects.get().pk, by=mette, at=now())
    assert owner("shop", "207119551") != owner("mail", "karoline@example.org")
    shopify(shop, {**fixture("shopify_paid"), "id": 450789999})  # said to be two, and that holds
    assert owner("shop", "207119551") != owner("mail", "karoline@example.org")
    assert len(timeline(owner("shop", "207119551").pk)) == 3


def test_ones_own_app_tells_of_purchases_refunds_and_subscriptions(app, mette):
    karoline = {
        "id": "u-17",
        "name": "Karoline Holm",
        "claims": [{"network": "mail", "address": "k@example.org", "verified": True}],
    }
    common = {"type": "order", "author": karoline, "currency": "DKK", "number": "1042"}
    told(app, {"events": [
        {**common, "id": "o-1", "amount": "499.00"}, {**common, "id": "o-2", "amount": "-99.5", "kind": "refund"},
        {**common, "id": "o-3", "amount": 49, "kind": "subscription"},
    ]})  # fmt: skip
    told(app, {**common, "id": "o-1", "amount": "499.00"})
    assert sorted(bought()) == [
        (Decimal("-99.50"), "1042", "refund"),
        (Decimal(49), "1042", "subscription"),
        (Decimal(499), "1042", "purchase"),
    ]
    assert owner("app", "u-17") == owner("mail", "k@example.org")
    assert len(members("spent>400DKK and purchases=3", by=mette)) == 1


def test_shopifys_question_to_forget_somebody_is_shown_with_what_to_do(shop):
    shopify(shop, fixture("shopify_redact"), "customers/redact")
    (kept,) = Envelope.objects.all()
    assert (kept.state, "choose Forget" in kept.error) == ("not_understood", True)
