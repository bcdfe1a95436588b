"""The settings of a web shop."""

from collections.abc import Sequence

from samspil.kit import Account, Field

FIELDS: Sequence[Field] = (
    Field(
        name="secret",
        label={"da": "Hemmelighed", "en": "Secret"},
        kind="secret",
        help={
            "da": "Shopify: nøglen under Notifikationer, Webhooks. WooCommerce: feltet Secret på webhooken.",
            "en": "Shopify: the key under Notifications, Webhooks. WooCommerce: the field Secret of the webhook.",
        },
    ),
    Field(
        name="trust_mail",
        label={"da": "Stol på de adresser, som Shopify har prøvet", "en": "Trust the addresses that Shopify has verified"},
        kind="switch",
        required=False,
        default=True,
        help={
            "da": "Så hører købet straks til den, der skriver fra adressen. Alle andre adresser foreslås kun.",
            "en": "Then a purchase belongs at once to whoever writes from the address. All other addresses are only suggested.",
        },
    ),
)


def secret(account: Account) -> str:
    """What the shop signs with."""
    return str(account.config.get("secret") or "").strip()


def trusted(account: Account) -> bool:
    """Whether a mail address that the shop has verified proves who somebody is."""
    return account.config.get("trust_mail") is not False
