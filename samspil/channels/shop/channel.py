"""A web shop: Shopify and WooCommerce call us for every order, and what was paid and given back is on the person's timeline."""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from samspil.channels.shop import orders, settings, signature
from samspil.kit import (
    Account,
    Capabilities,
    Channel,
    Check,
    Envelope,
    Event,
    Field,
    Heard,
    NotUnderstood,
    Request,
)

PING = re.compile(rb"webhook_id=\d{1,12}")
"""What WooCommerce says, unsigned, when a webhook is made: it wants an answer, and nothing is kept of it."""
ASKS = {
    "customers/redact": "Shopify asks you to forget somebody: find them by this address, and choose Forget on their page",
    "customers/data_request": "Shopify asks you for somebody's data: find them by this address, and choose Export on their page",
    "shop/redact": "Shopify says that the shop was closed 48 hours ago, and asks you to forget its people",
}
HOST = re.compile(r"[a-z0-9][a-z0-9.-]{1,100}", re.ASCII)


class Shop:
    """Satisfies Channel and Hears. Stateless."""

    name = "shop"
    capabilities = Capabilities(sends=False)
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of the shop's: an envelope for each payment and refund that it tells, under the same name whenever it is told again.

        Raises Forged, NotUnderstood.
        """
        if PING.fullmatch(request.body) and signature.WOOCOMMERCE not in request.headers:
            return Heard()
        signed = signature.check(request, settings.secret(account))
        kind = "shopify" if signed == signature.SHOPIFY else "woocommerce"
        topic = request.headers.get("x-shopify-topic" if kind == "shopify" else "x-wc-webhook-topic", "")[:60]
        headers = {"kind": kind, "topic": topic, "shop": _scope(request.headers, account)}
        if topic in ASKS:
            ident = request.headers.get("x-shopify-webhook-id", "")[:100] or sha256(request.body).hexdigest()
            return Heard(envelopes=[Envelope(external_id=f"{topic}:{ident}", payload=request.body, headers=headers)])
        if not topic.startswith(("orders/", "order.")) or topic == "order.deleted":
            return Heard()
        said = _said(request.body)
        return Heard(
            envelopes=[
                Envelope(external_id=fact, payload=request.body, headers={**headers, "fact": fact})
                for fact in orders.facts(kind, said)
            ]
        )

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The purchase or the refund. Raises NotUnderstood."""
        topic, kind = envelope.headers.get("topic", ""), envelope.headers.get("kind", "")
        if topic in ASKS:
            raise NotUnderstood(ASKS[topic])
        said = _said(envelope.payload)
        fact, scope = envelope.headers.get("fact", ""), envelope.headers.get("shop", "") or account.id
        return [orders.meaning(fact, kind, scope, said, trusted=settings.trusted(account))]

    def check(self, account: Account) -> Sequence[Check]:
        """Look at the settings: a shop cannot be asked. Raises nothing."""
        good = bool(settings.secret(account))
        remedy = "" if good else "Copy the secret from the shop, and the address below into it."
        return [Check(name="secret", ok=good, remedy=remedy)]


def _scope(headers: Mapping[str, str], account: Account) -> str:
    """The shop's own host, the account's id where it does not say it."""
    said = headers.get("x-shopify-shop-domain", "") or headers.get("x-wc-webhook-source", "")
    try:
        host = (urlsplit(said if "://" in said else f"https://{said}").hostname or "").lower()
    except ValueError:
        host = ""
    return host if HOST.fullmatch(host) else account.id


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(value, dict):
        raise NotUnderstood("no order")
    return value


def channel() -> Channel:
    """The channel, for the registry."""
    return Shop()
