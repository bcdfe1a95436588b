"""What an order means: money that came, and money that went back. Each is told once, whichever of the shop's messages says it first. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from samspil.channels.shop import values
from samspil.kit import Claim, Handle, NotUnderstood, Order, reading

NETWORK = "shop"
PAID = frozenset({"paid", "partially_refunded", "refunded"})
RECURRING = "subscription_contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who bought: ``account`` is the number in the shop, "" for a guest."""

    account: str
    mail: str
    phone: str
    name: str
    verified: bool


def facts(kind: str, said: Mapping[str, Any]) -> Iterator[str]:
    """The names of what the order says so far: ``order:ID`` once it is paid, ``refund:ID`` for each. Raises NotUnderstood (no id)."""
    ident = values.ident(said)
    if said.get("test") is True or not _paid(kind, said):
        return
    yield f"order:{ident}"
    for refund in values.parts(said, "refunds"):
        if _refunded(kind, refund):
            yield f"refund:{values.ident(refund)}"


def meaning(fact: str, kind: str, scope: str, said: Mapping[str, Any], *, trusted: bool) -> Order:
    """One fact of :func:`facts`. Raises NotUnderstood."""
    what, _, ident = fact.partition(":")
    buyer = _buyer_of_shopify(said) if kind == "shopify" else _buyer_of_woocommerce(said)
    author = _handle(buyer, scope, values.ident(said))
    number = values.text(said, "name").removeprefix("#") or values.text(said, "number") or values.ident(said)
    common: dict[str, Any] = {
        "external_id": f"{scope}:{fact}",
        "author": author,
        "currency": values.currency(said),
        "number": number,
        "claims": _claims(buyer, trusted=trusted),
    }
    if what == "order":
        total = values.money(said, "total_price" if kind == "shopify" else "total")
        at = values.when(said, *("processed_at", "created_at") if kind == "shopify" else _TIMES)
        again = values.text(said, "source_name") == RECURRING or values.text(said, "created_via") == "subscription"
        return Order(
            **common, at=at, amount=total, kind="subscription" if again else "purchase", extra={"lines": values.lines(said)}
        )
    for refund in values.parts(said, "refunds"):
        if values.text(refund, "id") == ident:
            at = values.when(refund, "processed_at", "created_at") if kind == "shopify" else values.when(said, *_CHANGED)
            why = values.text(refund, "note") or values.text(refund, "reason")
            return Order(**common, at=at, amount=-_refunded(kind, refund), kind="refund", extra={"reason": why} if why else {})
    raise NotUnderstood(f"the order has no {fact}")


_TIMES = ("date_paid_gmt", "date_completed_gmt", "date_created_gmt")
_CHANGED = ("date_modified_gmt", *_TIMES)


def _paid(kind: str, said: Mapping[str, Any]) -> bool:
    if kind == "shopify":
        return values.text(said, "financial_status") in PAID
    return bool(said.get("date_paid_gmt")) or values.text(said, "status") == "completed"


def _refunded(kind: str, refund: Mapping[str, Any]) -> Decimal:
    """What went back, positive; 0 for what has not."""
    if kind != "shopify":
        return abs(values.money(refund, "total"))
    return sum(
        (
            values.money(t, "amount")
            for t in values.parts(refund, "transactions")
            if t.get("kind") == "refund" and t.get("status") == "success"
        ),
        Decimal(0),
    )


def _buyer_of_shopify(said: Mapping[str, Any]) -> Buyer:
    customer, billing = reading.part(said, "customer"), reading.part(said, "billing_address")
    mail = values.text(said, "email") or values.text(customer, "email")
    return Buyer(
        account=values.text(customer, "id"),
        mail=mail,
        phone=values.text(said, "phone") or values.text(customer, "phone") or values.text(billing, "phone"),
        name=values.name(customer) or values.name(billing),
        # The address of this very order is the account's own, and Shopify says that it has been verified.
        verified=customer.get("verified_email") is True and values.text(customer, "email").lower() == mail.lower(),
    )


def _buyer_of_woocommerce(said: Mapping[str, Any]) -> Buyer:
    billing, account = reading.part(said, "billing"), values.text(said, "customer_id")
    return Buyer(
        account="" if account == "0" else account,
        mail=values.text(billing, "email"),
        phone=values.text(billing, "phone"),
        name=values.name(billing),
        verified=False,  # whoever is signed in there can still write anybody's address on an order
    )


def _handle(buyer: Buyer, scope: str, order: str) -> Handle:
    """An account in the shop; a guest by the address that every order of theirs has, else by the order itself."""
    mail = buyer.mail.lower() if values.MAIL.fullmatch(buyer.mail) else ""
    address = buyer.account or (f"guest:{mail}" if mail else f"order:{order}")
    return Handle(network=NETWORK, scope=scope, address=address, display=buyer.name, name=mail or f"#{order}")


def _claims(buyer: Buyer, *, trusted: bool) -> list[Claim]:
    found = []
    if values.MAIL.fullmatch(buyer.mail):
        handle = Handle(network="mail", address=buyer.mail.lower(), display=buyer.name)
        found.append(Claim(handle=handle, by="network" if buyer.verified and buyer.account and trusted else "typed"))
    phone = buyer.phone.replace(" ", "")
    if values.PHONE.fullmatch(phone):
        found.append(Claim(handle=Handle(network="phone", address=phone, display=buyer.name), by="typed"))
    return found
