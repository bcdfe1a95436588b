"""The settings of an account: the fields of its form, the same read into types, and who is left alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from samspil.kit import Account, Field, reading
from samspil.kit.reading import host_of

MOST = 20
"""Servers, words or tags of one kind."""

FIELDS: Sequence[Field] = (
    Field(
        name="words",
        label={"da": "Ord, der nævner os", "en": "Words that name us"},
        help={
            "da": "Adskilt af komma eller linjeskift: firmaets navn, produkter.",
            "en": "Parted by commas or one a line: our name, products.",
        },
    ),
    Field(
        name="tags",
        label={"da": "Hashtags på Mastodon", "en": "Hashtags on Mastodon"},
        required=False,
        default="",
        help={
            "da": "Uden #, adskilt af mellemrum. Tomt: ordene, der er ét ord.",
            "en": "Without #, parted by spaces. Empty: the words that are one word.",
        },
    ),
    Field(
        name="mastodon",
        label={"da": "Mastodon-servere", "en": "Mastodon servers"},
        required=False,
        default="",
        help={
            "da": "Adresser adskilt af mellemrum, fx mastodon.social.",
            "en": "Addresses parted by spaces, for example mastodon.social.",
        },
    ),
    Field(
        name="search",
        label={"da": "Søg også på Mastodon-serverne", "en": "Search the Mastodon servers too"},
        kind="switch",
        required=False,
        default=False,
        help={"da": "Kun nogle servere tillader det uden konto.", "en": "Only some servers allow it without an account."},
    ),
    Field(
        name="bluesky",
        label={"da": "Bluesky-søgning", "en": "Bluesky search"},
        required=False,
        default="",
        help={
            "da": "Adressen på en AppView, der tillader søgning uden konto; Blueskys egen gør ikke. Tomt: Bluesky høres ikke.",
            "en": "The address of an AppView that allows searches without an account; Bluesky's own does not. Empty: it is not heard.",
        },
    ),
    Field(name="lemmy", label={"da": "Lemmy-servere", "en": "Lemmy servers"}, required=False, default=""),
    Field(name="discourse", label={"da": "Discourse-fora", "en": "Discourse forums"}, required=False, default=""),
    Field(
        name="muted_words",
        label={"da": "Lad ligge, hvis det nævner", "en": "Leave what names"},
        required=False,
        default="",
        help={"da": "Adskilt af komma eller linjeskift.", "en": "Parted by commas or one a line."},
    ),
    Field(
        name="muted_people",
        label={"da": "Lad disse være i fred", "en": "Leave these alone"},
        required=False,
        default="",
        help={
            "da": "Os selv og dem, der ikke vil høre fra os: navn@server, DID eller @handle, adskilt af mellemrum.",
            "en": "Ourselves and those who do not want to hear from us: name@server, DID or @handle, parted by spaces.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Servers are addresses without a slash at the end; words are folded; people are without "@" in front."""

    words: Sequence[str]
    tags: Sequence[str]
    mastodon: Sequence[str]
    search: bool
    bluesky: str
    lemmy: Sequence[str]
    discourse: Sequence[str]
    muted_words: Sequence[str]
    muted_people: frozenset[str]


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is left out."""
    config = account.config
    words = _words(config.get("words"))
    tags = [tag for word in str(config.get("tags") or "").split() if (tag := _tag(word))]
    people = {word.lower().lstrip("@") for word in str(config.get("muted_people") or "").replace(",", " ").split()}
    return Settings(
        words=words,
        tags=list(dict.fromkeys(tags or [tag for word in words if (tag := _tag(word)) == word]))[:MOST],
        mastodon=_servers(config.get("mastodon")),
        search=config.get("search") is True,
        bluesky=next(iter(_servers(config.get("bluesky"))), ""),
        lemmy=_servers(config.get("lemmy")),
        discourse=_servers(config.get("discourse")),
        muted_words=_words(config.get("muted_words")),
        muted_people=frozenset(people | {own.lower().lstrip("@") for own in account.own}),
    )


def _words(value: object) -> list[str]:
    found = (" ".join(word.casefold().split()) for word in re.split(r"[,\n\r]+", str(value or "")))
    return list(dict.fromkeys(word for word in found if word))[:MOST]


def _tag(word: str) -> str:
    tag = word.strip(",").lstrip("#").casefold()
    return tag if re.fullmatch(r"\w{2,100}", tag) else ""


def _servers(value: object) -> list[str]:
    found = (word.strip(",").rstrip("/") for word in str(value or "").split())
    whole = (word if "://" in word else f"https://{word}" for word in found if word)
    return list(dict.fromkeys(server for server in whole if host_of(server)))[:MOST]


def text(value: object, longest: int = 200_000) -> str:
    """A string without control characters; "" for anything else."""
    return reading.text(value, longest, reading.ALL_CONTROLS)


def line(value: object, longest: int = 500) -> str:
    """The same on one line."""
    return " ".join(text(value, longest * 4).split())[:longest]


def short(said: str, length: int = 16) -> str:
    """A digest in hex."""
    return sha256(said.encode("utf-8", "replace")).hexdigest()[:length]
