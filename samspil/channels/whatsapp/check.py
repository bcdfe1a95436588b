"""Trying a number on WhatsApp for real, without sending."""

from collections.abc import Sequence

from samspil.channels._meta.check import asked, token_check
from samspil.channels._meta.read import parts, word
from samspil.channels._meta.settings import said
from samspil.channels.whatsapp.settings import graph
from samspil.kit import Account, Check
from samspil.kit.reading import part

WANTED = ("whatsapp_business_messaging", "whatsapp_business_management")


def check(account: Account) -> Sequence[Check]:
    """The token, the number, and whether Meta calls us. Raises nothing."""
    way = graph(account)
    return [token_check(way, WANTED), _number(account), _subscribed(account)]


def _number(account: Account) -> Check:
    query = {"fields": "display_phone_number,verified_name,status,quality_rating,name_status"}
    found, why = asked(graph(account), said(account, "phone_number_id"), query)
    if why:
        return Check(name="number", ok=False, detail=why, remedy="Copy the phone number ID from WhatsApp, API Setup.")
    state, quality = word(found.get("status"), 40), word(found.get("quality_rating"), 40)
    shown = " ".join(filter(None, [word(found.get("display_phone_number"), 40), word(found.get("verified_name"), 100)]))
    good = state in {"", "CONNECTED"}
    return Check(
        name="number",
        ok=good,
        detail=f"{shown}: {state or 'no state told'}{f', quality {quality.lower()}' if quality else ''}",
        remedy="" if good else "Look at the number in WhatsApp Manager, Phone numbers: it must be connected.",
    )


def _subscribed(account: Account) -> Check:
    found, why = asked(graph(account), f"{said(account, 'waba_id')}/subscribed_apps", {})
    if why:
        return Check(name="receive", ok=False, detail=why, remedy="Copy the WhatsApp Business account ID from API Setup.")
    apps = [word(part(one, "whatsapp_business_api_data").get("id"), 40) for one in parts(found, "data")]
    good = said(account, "app_id") in apps
    return Check(
        name="receive",
        ok=good,
        detail="Meta calls us" if good else "the app is not subscribed to this WhatsApp Business account",
        remedy="" if good else "In the app: WhatsApp, Configuration, subscribe to the field messages.",
    )
