"""The settings of a number at Twilio."""

import re
from base64 import b64encode
from collections.abc import Sequence

from samspil.kit import Account, Field
from samspil.kit.web import Web

HOME = "https://api.twilio.com"
SID = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
SERVICE = re.compile(r"MG[0-9a-f]{32}", re.ASCII)
NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)

FIELDS: Sequence[Field] = (
    Field(
        name="account_sid",
        label={"da": "Account SID", "en": "Account SID"},
        help={"da": "Fra Twilios forside: AC og 32 tegn.", "en": "From Twilio's front page: AC and 32 characters."},
    ),
    Field(
        name="auth_token",
        label={"da": "Auth token", "en": "Auth token"},
        kind="secret",
        help={
            "da": "Samme sted. Med det prøves også, at en besked er fra Twilio.",
            "en": "In the same place. It also proves that a message is Twilio's.",
        },
    ),
    Field(
        name="number",
        label={"da": "Jeres nummer", "en": "Your number"},
        kind="address",
        help={"da": "Med land, fx +4592451234.", "en": "With its country, for example +4592451234."},
    ),
    Field(
        name="service_sid",
        label={"da": "Messaging Service SID", "en": "Messaging Service SID"},
        required=False,
        help={
            "da": "Kun hvis I sender gennem en Messaging Service: MG og 32 tegn.",
            "en": "Only if you send through a Messaging Service: MG and 32 characters.",
        },
    ),
    Field(name="server", label={"da": "Server", "en": "Server"}, kind="url", required=False, default=HOME),
)


def sid(account: Account) -> str:
    """The account's id at Twilio, "" when it is none."""
    said = str(account.config.get("account_sid") or "").strip()
    return said if SID.fullmatch(said) else ""


def secret(account: Account) -> str:
    """What Twilio signs with, and what we sign in with."""
    return str(account.config.get("auth_token") or "")


def authorization(account: Account) -> str:
    """What signs us in at Twilio's servers."""
    return f"Basic {b64encode(f'{sid(account)}:{secret(account)}'.encode()).decode()}"


def web(account: Account) -> Web:
    """Twilio's server, signed in."""
    base = f"{account.config.get('server') or HOME}/2010-04-01"
    return Web(base=base, headers={"authorization": authorization(account)})
