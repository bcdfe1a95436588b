"""The settings of an account: the fields of its form, the same read into types, and the names of feeds."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from samspil.kit import Account, Field, reading
from samspil.kit.reading import host_of

NETWORK = "feeds"
MOST_FEEDS = 200

FIELDS: Sequence[Field] = (
    Field(
        name="feeds",
        label={"da": "Feeds", "en": "Feeds"},
        help={
            "da": "Adresser på RSS, Atom eller JSON Feed, adskilt af linjeskift eller mellemrum.",
            "en": "Addresses of RSS, Atom or JSON Feed, one a line or parted by spaces.",
        },
    ),
    Field(
        name="words",
        label={"da": "Ord, der skal nævnes", "en": "Words that must be named"},
        required=False,
        default="",
        help={
            "da": "Adskilt af komma eller linjeskift; et af dem er nok. Tomt: alt nyt kommer ind.",
            "en": "Parted by commas or one a line; one of them is enough. Empty: everything new comes in.",
        },
    ),
    Field(
        name="callback",
        label={"da": "Adresse til hubs (WebSub)", "en": "Address for hubs (WebSub)"},
        kind="url",
        required=False,
        default="",
        help={
            "da": "Kontoens webhook-adresse. Så kan feeds med en hub sende nyt straks; tomt: der hentes kun.",
            "en": "The account's webhook address. Feeds with a hub can then send at once; empty: they are fetched alone.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``feeds`` are whole addresses in the order given, ``words`` in lower case, ``callback`` "" where hubs cannot reach us."""

    feeds: Sequence[str]
    words: Sequence[str]
    callback: str


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is left out."""
    config = account.config
    feeds = (_address(word) for word in str(config.get("feeds") or "").split())
    words = re.split(r"[,\n\r]+", str(config.get("words") or ""))
    return Settings(
        feeds=list(dict.fromkeys(feed for feed in feeds if feed))[:MOST_FEEDS],
        words=[folded for word in words if (folded := " ".join(word.casefold().split()))],
        callback=_address(str(config.get("callback") or "").strip()),
    )


def _address(word: str) -> str:
    word = word.strip(",;")
    if word.startswith("feed://"):
        word = "https://" + word[len("feed://") :]
    elif word and "://" not in word:
        word = f"https://{word}"
    return word if host_of(word) else ""


def plain(value: object, longest: int = 1_000_000) -> str:
    """A string without control characters; "" for anything else."""
    return reading.text(value, longest, reading.ALL_CONTROLS)


def line(value: object, longest: int = 1000) -> str:
    """The same on one line."""
    return " ".join(plain(value, longest * 4).split())[:longest]


def names(words: Sequence[str], text: str) -> bool:
    """Whether a text names one of the words as a whole word, in any case; no words ask for nothing."""
    return not words or reading.names(words, text)


def short(text: str, length: int = 32) -> str:
    """A digest in hex."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:length]


def feed_scope(url: str) -> str:
    """Where a name is valid: the feed's host and path, without a query that may hold a key."""
    parts = urlsplit(url)
    whole = f"{host_of(url)}{parts.path}" + (f"?{short(parts.query, 12)}" if parts.query else "")
    return whole if len(whole) <= 200 else f"{whole[:160]}#{short(whole)}"  # noqa: PLR2004 - what the log holds


def keyed(account: Account, purpose: str, text: str) -> str:
    """A signature that only this account can make, in hex."""
    return hmac.new(account.key, f"{purpose}\n{text}".encode("utf-8", "replace"), sha256).hexdigest()
