"""The settings of a professional account on Instagram."""

from collections.abc import Sequence

from samspil.channels._meta.graph import Graph
from samspil.channels._meta.messaging import Place
from samspil.channels._meta.settings import fields, said
from samspil.channels._meta.speak import CODES
from samspil.kit import Account, Field

NETWORK = "instagram"
HOME = "https://graph.instagram.com"
"""Where accounts are that signed in at Instagram itself; by way of a page they are at graph.facebook.com."""

FIELDS: Sequence[Field] = fields(
    Field(
        name="ig_id",
        label={"da": "Instagram-kontoens id", "en": "Instagram account ID"},
        help={
            "da": "17 cifre, fra Instagram, API setup. Det er ikke brugernavnet.",
            "en": "17 digits, from Instagram, API setup. It is not the user name.",
        },
    ),
    Field(
        name="human_agent",
        label={"da": "Appen har tilladelsen Human Agent", "en": "The app has the permission Human Agent"},
        kind="switch",
        required=False,
        default=False,
        help={
            "da": "Så kan du svare på private beskeder i syv dage i stedet for 24 timer.",
            "en": "Then you can answer private messages for seven days instead of 24 hours.",
        },
    ),
    token_help={
        "da": "Fra Instagram, API setup, Generate token. Det gælder 60 dage.",
        "en": "From Instagram, API setup, Generate token. It is good for 60 days.",
    },
    home=HOME,
)


def place(account: Account) -> Place:
    """Whose messages they are."""
    return Place(network=NETWORK, title="Instagram", own=said(account, "ig_id"), app=said(account, "app_id"))


def graph(account: Account) -> Graph:
    """The account's way to Instagram."""
    return Graph(account=account, home=HOME, meanings=CODES)
