"""The settings of an app that is a channel."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from samspil.kit import Account, Field
from samspil.kit.webhooks import key_of

WORD = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
MARK = 22
"""Characters of the signature in the name that a conversation has outside: 132 bits."""

FIELDS: Sequence[Field] = (
    Field(
        name="app",
        label={"da": "Appens kortnavn", "en": "Short name of the app"},
        help={
            "da": "Små bogstaver, tal og -, fx kundeapp. Ens mennesker i to konti med samme navn er de samme.",
            "en": "Small letters, digits and -, for example shop-app. People of two accounts with one name are the same.",
        },
    ),
    Field(
        name="secret",
        label={"da": "Hemmelighed", "en": "Secret"},
        kind="secret",
        help={
            "da": "whsec_ og 24 til 64 byte som base64. Lav en: echo whsec_$(openssl rand -base64 32)",
            "en": "whsec_ and 24 to 64 bytes as base64. Make one: echo whsec_$(openssl rand -base64 32)",
        },
    ),
    Field(
        name="old_secret",
        label={"da": "Den gamle hemmelighed", "en": "The old secret"},
        kind="secret",
        required=False,
        help={
            "da": "Gælder også, mens appen får den nye. Tøm feltet bagefter.",
            "en": "Holds too while the app is given the new one. Empty it afterwards.",
        },
    ),
    Field(
        name="url",
        label={"da": "Hvor svar sendes hen", "en": "Where answers are sent"},
        kind="url",
        required=False,
        help={
            "da": "En https-adresse i jeres app. Uden den kan I kun modtage.",
            "en": "An https address in your app. Without it you can only receive.",
        },
    ),
)


def app(account: Account) -> str:
    """The short name of the app, the account's id where it has none that can be used."""
    said = str(account.config.get("app") or "").strip()
    return said if WORD.fullmatch(said) else account.id


def secrets(account: Account) -> Sequence[str]:
    """The secrets that are some, the newest first."""
    return [s for name in ("secret", "old_secret") if (s := str(account.config.get(name) or "").strip()) and _is_one(s)]


def _is_one(secret: str) -> bool:
    try:
        return bool(key_of(secret))
    except ValueError:
        return False


def outside(ident: str, account: Account) -> str:
    """A message's id as the app knows it."""
    return ident.removeprefix(f"{app(account)}:")


def inside(ident: str, account: Account) -> str:
    """The same within the network of all apps: two apps may both have a message 1."""
    return f"{app(account)}:{ident}"


def name_of(conversation: str, account: Account) -> str:
    """A conversation's name for the app, which it cannot make up: the id and our signature."""
    return f"{conversation}.{_mark(conversation, account)}"


def conversation_of(name: str, account: Account) -> str:
    """The conversation with this name, "" when the name is not one that we gave."""
    ident, _, mark = name.partition(".")
    try:
        known = str(UUID(ident)) == ident
    except ValueError:
        return ""
    return ident if known and hmac.compare_digest(mark.encode("utf-8", "replace"), _mark(ident, account).encode()) else ""


def _mark(conversation: str, account: Account) -> str:
    mac = hmac.new(account.key, b"conversation of an app\x00" + conversation.encode("utf-8", "replace"), sha256)
    return urlsafe_b64encode(mac.digest()).decode()[:MARK]
