"""Trying a page for real, without writing."""

from collections.abc import Sequence

from samspil.channels._meta.check import asked, token_check
from samspil.channels._meta.read import parts, word
from samspil.channels._meta.settings import said
from samspil.channels.facebook.settings import graph
from samspil.kit import Account, Check

WANTED = (
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_manage_engagement",
    "pages_read_user_content",
)
FIELDS = ("messages", "message_echoes", "feed")
"""What the page must tell; more may be asked for (the guide names all)."""


def check(account: Account) -> Sequence[Check]:
    """The token, the page, and whether it tells us. Raises nothing."""
    return [token_check(graph(account), WANTED), _page(account), _subscribed(account)]


def _page(account: Account) -> Check:
    found, why = asked(graph(account), said(account, "page_id"), {"fields": "id,name"})
    good = not why and word(found.get("id"), 60) == said(account, "page_id")
    remedy = "" if good else "Copy the page's ID, and take a token of that page."
    return Check(name="page", ok=good, detail=why or word(found.get("name")), remedy=remedy)


def _subscribed(account: Account) -> Check:
    found, why = asked(graph(account), f"{said(account, 'page_id')}/subscribed_apps", {"fields": "id,subscribed_fields"})
    remedy = (
        "In the app: Messenger, Settings (and Webhooks, Page), add the page and subscribe to the fields that the guide names."
    )
    if why:
        return Check(name="receive", ok=False, detail=why, remedy=remedy)
    ours = [one for one in parts(found, "data") if word(one.get("id"), 40) == said(account, "app_id")]
    told = ours[0].get("subscribed_fields") if ours else []
    names = [word(name, 60) for name in told] if isinstance(told, list) else []
    missing = [name for name in FIELDS if name not in names]
    detail = "Meta calls us" if not missing else f"the page does not tell of {', '.join(missing)}"
    return Check(name="receive", ok=not missing, detail=detail, remedy=remedy if missing else "")
