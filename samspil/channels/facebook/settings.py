"""The settings of a page on Facebook."""

from collections.abc import Sequence

from samspil.channels._meta.graph import Graph
from samspil.channels._meta.messaging import Place
from samspil.channels._meta.settings import fields, said
from samspil.channels._meta.speak import CODES
from samspil.kit import Account, Field

NETWORK = "facebook"

FIELDS: Sequence[Field] = fields(
    Field(
        name="page_id",
        label={"da": "Sidens id", "en": "Page ID"},
        help={"da": "Siden, Om, Sidegennemsigtighed. Kun cifre.", "en": "The page, About, Page transparency. Digits only."},
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
        "da": "Sidens token, fra en systembruger, uden udløb. Vejledningen siger, hvilke tilladelser.",
        "en": "The page's token, of a system user, without expiry. The guide names its permissions.",
    },
)


def place(account: Account) -> Place:
    """Whose messages they are."""
    return Place(network=NETWORK, title="Facebook", own=said(account, "page_id"), app=said(account, "app_id"))


def graph(account: Account) -> Graph:
    """The account's way to Facebook."""
    return Graph(account=account, meanings=CODES)
