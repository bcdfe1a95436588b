"""The settings of an account: the fields of its form, the same read into types, and the addresses that follow from them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from samspil.kit import Account, Field

NETWORK = "mastodon"
"""The network's name is that of the Mastodon channel: a person seen by both is one handle, user@host."""
VISIBILITIES = ("public", "unlisted", "direct")
USERNAME = re.compile(r"[A-Za-z0-9_]{1,30}")
_WORDS = re.compile(r"[\s,;]+")


def _text(name: str, da: str, en: str, help_da: str = "", help_en: str = "", **more: Any) -> Field:
    about = {"da": help_da, "en": help_en} if help_da else {}
    return Field(name=name, label={"da": da, "en": en}, help=about, **more)


FIELDS: Sequence[Field] = (
    _text(
        "host",
        "Navn på nettet",
        "Name on the network",
        "Det, der står efter @, f.eks. firma.dk. Det kan ikke ændres senere.",
        "What stands after the @, for instance firma.example. It cannot be changed later.",
    ),
    _text("username", "Brugernavn", "User name", "Det, der står før @.", "What stands before the @."),
    _text("display_name", "Vist navn", "Name shown", required=False, default=""),
    _text("summary", "Hvem I er", "Who you are", required=False, default=""),
    _text("icon", "Billedets adresse", "Address of the picture", kind="url", required=False, default=""),
    _text("website", "Jeres hjemmeside", "Your website", kind="url", required=False, default=""),
    _text(
        "visibility",
        "Svarenes synlighed",
        "Visibility of answers",
        "Tomt: som den besked, du svarer på. Ellers public, unlisted eller direct; aldrig mere synligt end beskeden.",
        "Empty: that of the message answered. Else public, unlisted or direct; never more public than the message.",
        required=False,
        default="",
    ),
    _text(
        "blocked",
        "Blokerede",
        "Blocked",
        "Servere og folk (navn@server), der ikke tages imod fra.",
        "Servers and people (name@server) of whom nothing is taken in.",
        required=False,
        default="",
    ),
    _text(
        "require_signature",
        "Kræv underskrift af dem, der læser",
        "Require a signature of those who read",
        kind="switch",
        required=False,
        default=False,
    ),
    _text(
        "quotes",
        "Andre må citere offentlige svar",
        "Others may quote public answers",
        "De spørger om lov, og får ja eller nej af sig selv.",
        "They ask, and are told yes or no by themselves.",
        kind="switch",
        required=False,
        default=True,
    ),
    _text(
        "inside",
        "Servere i jeres eget net",
        "Servers in your own network",
        "Navne, der må føre til private adresser. Som regel tomt.",
        "Names that may lead to private addresses. Empty as a rule.",
        required=False,
        default="",
    ),
    _text(
        "renew_key",
        "Lav en ny nøgle nu",
        "Make a new key now",
        "Den gamle gælder en uge endnu.",
        "The old one stays valid for a week.",
        kind="switch",
        required=False,
        default=False,
    ),
    _text(
        "keys",
        "Nøgler",
        "Keys",
        "Laves af sig selv: lad feltet være tomt.",
        "Made by themselves: leave the field empty.",
        kind="secret",
        required=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of ours: ``name`` is the fragment of its id; ``until`` is None for the one that signs."""

    name: str
    private: RSAPrivateKey
    until: datetime | None = None

    @property
    def pem(self) -> str:
        """The public half."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``host`` is the public name (and port), ``base`` the address before ``/in/ACCOUNT``; ``keys`` the one that signs first."""

    account: str
    host: str
    base: str
    username: str
    keys: Sequence[Key]
    visibility: str
    blocked: frozenset[str]
    inside: frozenset[str]
    require_signature: bool
    quotes: bool
    texts: dict[str, str]

    @property
    def acct(self) -> str:
        """Our own handle's address."""
        return f"{self.username.lower()}@{self.host}"

    @property
    def root(self) -> str:
        """The address below which our pages stand."""
        return f"{self.base}/in/{self.account}"

    @property
    def actor(self) -> str:
        """Our id."""
        return f"{self.root}/actor"

    @property
    def followers(self) -> str:
        """The collection of those who follow us."""
        return f"{self.root}/followers"

    def key_id(self, key: Key) -> str:
        """The id of a key."""
        return f"{self.actor}#{key.name}"

    def note(self, ident: str) -> str:
        """The id of a note of ours."""
        return f"{self.root}/notes/{ident}"

    def is_blocked(self, acct: str, actor: str) -> bool:
        """Whether a person, or the server, is one of whom nothing is taken in."""
        host = host_of(actor)
        names = {acct.lower(), actor.lower().removeprefix("https://"), host, acct.rpartition("@")[2].lower()}
        return bool(names & self.blocked) or any(
            host.endswith(f".{name}") for name in self.blocked if "." in name and "@" not in name
        )


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty."""
    config = account.config
    typed = _string(config.get("host")).rstrip("/")
    base = typed if "://" in typed else f"https://{typed}"
    visibility = _string(config.get("visibility")).lower()
    return Settings(
        account=account.id,
        host=host_of(base),
        base=base,
        username=_string(config.get("username")).lstrip("@"),
        keys=_keys(_string(config.get("keys"))),
        visibility=visibility if visibility in VISIBILITIES else "",
        blocked=_names(config.get("blocked")),
        inside=_names(config.get("inside")),
        require_signature=config.get("require_signature") is True,
        quotes=config.get("quotes") is not False,
        texts={name: _string(config.get(name)) for name in ("display_name", "summary", "icon", "website")},
    )


def host_of(url: str) -> str:
    """The name (and port) of an address, in lower case; "" where it has none."""
    try:
        parts = urlsplit(url)
        return parts.netloc.lower() if parts.hostname and "@" not in parts.netloc else ""
    except ValueError:
        return ""


def name_of(url: str) -> str:
    """The name of an address without its port."""
    return host_of(url).partition(":")[0]


@lru_cache(maxsize=64)
def _keys(text: str) -> tuple[Key, ...]:
    rows = json.loads(text) if text else []
    found = []
    for row in rows:
        private = load_pem_private_key(row["pem"].encode(), password=None)
        if isinstance(private, RSAPrivateKey):
            until = datetime.fromisoformat(row["until"]) if row.get("until") else None
            found.append(Key(name=row["name"], private=private, until=until))
    return tuple(found)


def valid_keys(settings: Settings, at: datetime | None = None) -> list[Key]:
    """The keys that are shown: the one that signs, and older ones until their day."""
    moment = at or datetime.now(UTC)
    return [key for key in settings.keys if key.until is None or key.until > moment]


def _string(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _names(value: Any) -> frozenset[str]:
    words = (word.lower().lstrip("@").removeprefix("https://").rstrip("/") for word in _WORDS.split(_string(value)))
    return frozenset(word for word in words if word)
