"""Trying an account on Instagram for real, without writing."""

from collections.abc import Sequence

from samspil.channels._meta.check import NEW_TOKEN, asked
from samspil.channels._meta.read import parts, word
from samspil.channels._meta.settings import said
from samspil.channels.instagram.settings import graph
from samspil.kit import Account, Check

FIELDS = ("messages", "comments")
"""What the account must tell; more may be asked for (the guide names all)."""


def check(account: Account) -> Sequence[Check]:
    """The token and whose it is, and whether Instagram tells us. Raises nothing."""
    return [_token(account), _subscribed(account)]


def _token(account: Account) -> Check:
    found, why = asked(graph(account), said(account, "ig_id"), {"fields": "user_id,username"})
    if why:
        return Check(name="token", ok=False, detail=why, remedy=NEW_TOKEN)
    own = said(account, "ig_id")
    good = own in {word(found.get("user_id"), 60), word(found.get("id"), 60)}
    shown = word(found.get("username"), 64)
    remedy = "" if good else "Copy the account's ID and its token from the same line in API setup."
    return Check(name="token", ok=good, detail=f"as @{shown}" if shown else "", remedy=remedy)


def _subscribed(account: Account) -> Check:
    found, why = asked(graph(account), f"{said(account, 'ig_id')}/subscribed_apps", {"fields": "id,subscribed_fields"})
    remedy = "In the app: Instagram, API setup, Configure webhooks: subscribe to the fields that the guide names, and switch the account on."
    if why:
        return Check(name="receive", ok=False, detail=why, remedy=remedy)
    names: set[str] = set()
    for one in parts(found, "data"):
        told = one.get("subscribed_fields")
        names |= {word(name, 60) for name in told} if isinstance(told, list) else set()
    missing = [name for name in FIELDS if name not in names]
    detail = "Instagram calls us" if not missing else f"the account does not tell of {', '.join(missing)}"
    return Check(name="receive", ok=not missing, detail=detail, remedy=remedy if missing else "")
