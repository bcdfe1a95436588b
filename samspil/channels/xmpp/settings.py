"""The settings of an account: the fields of its form, and the same read into types."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from samspil.channels.xmpp.address import bare
from samspil.kit import Account, Field, NotUnderstood

DIRECT_TLS = 5223
"""The port on which TLS begins with the connection (https://xmpp.org/extensions/xep-0368.html); on every other it is asked for with STARTTLS."""

MOST_ROOMS = 50

FIELDS: Sequence[Field] = (
    Field(
        name="address",
        label={"da": "XMPP-adresse", "en": "XMPP address"},
        kind="address",
        help={"da": "navn@server, uden det efter en skråstreg.", "en": "name@server, without what follows a slash."},
    ),
    Field(name="password", label={"da": "Adgangskode", "en": "Password"}, kind="secret"),
    Field(
        name="host",
        label={"da": "Serverens navn", "en": "Name of the server"},
        required=False,
        default="",
        help={
            "da": "Tomt: slås op ud fra adressen. Certifikatet skal altid gælde adressens domæne.",
            "en": "Empty: looked up from the address. The certificate must always be that of the address's domain.",
        },
    ),
    Field(name="port", label={"da": "Port", "en": "Port"}, kind="number", required=False, default=5222),
    Field(
        name="accept_contacts",
        label={"da": "Tag imod kontaktanmodninger", "en": "Accept requests to be a contact"},
        kind="switch",
        required=False,
        default=True,
    ),
    Field(
        name="rooms",
        label={"da": "Grupper", "en": "Group chats"},
        required=False,
        default="",
        help={
            "da": "Rummenes adresser med mellemrum imellem, fx kunder@rum.firma.example. Kontoen går ind i dem og kan ses der.",
            "en": "The rooms' addresses with spaces between, for example customers@rooms.firma.example. The account enters them, and is seen there.",
        },
    ),
    Field(
        name="groups",
        label={"da": "Beskeder i grupper", "en": "Messages in groups"},
        required=False,
        default="mentions",
        help={
            "da": "mentions (kun dem, der nævner eller svarer jer) eller all.",
            "en": "mentions (only those that name or answer you) or all.",
        },
    ),
    Field(
        name="nick",
        label={"da": "Navn i grupper", "en": "Name in groups"},
        required=False,
        default="",
        help={"da": "Tomt: det før @ i adressen.", "en": "Empty: what stands before the @ of the address."},
    ),
    Field(
        name="no_tls",
        label={"da": "Uden kryptering (kun denne maskine)", "en": "Without encryption (this machine only)"},
        kind="switch",
        required=False,
        default=False,
        help={
            "da": "Virker kun, når serverens navn er 127.0.0.1 eller ::1.",
            "en": "Only works when the server's name is 127.0.0.1 or ::1.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``address`` is our bare address in normal form, "" when it is none; ``host`` "" asks the DNS; ``plain`` is only ever true for loopback.

    ``rooms`` are bare addresses in normal form, ``nick`` our name in them; ``all_in_rooms``: also what does not name us is taken in.
    """

    address: str
    password: str
    host: str
    port: int
    accept_contacts: bool
    plain: bool
    language: str
    rooms: tuple[str, ...] = ()
    nick: str = ""
    all_in_rooms: bool = False

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty."""
    config = account.config
    try:
        address = bare(str(config.get("address") or ""))
    except NotUnderstood:
        address = ""
    host = str(config.get("host") or "").strip()
    try:
        port = int(config.get("port") or 5222)
    except (TypeError, ValueError):
        port = 5222
    return Settings(
        address=address if "@" in address else "",
        password=str(config.get("password") or ""),
        host=host,
        port=port if 0 < port < 65536 else 5222,  # noqa: PLR2004 - ports have 16 bits
        accept_contacts=config.get("accept_contacts", True) in {True, "true", "on", "1"},
        plain=config.get("no_tls") in {True, "true", "on", "1"} and is_loopback(host),
        language=account.language,
        rooms=tuple(dict.fromkeys(_rooms(str(config.get("rooms") or "")))),
        nick=_nick(config.get("nick")) or address.partition("@")[0],
        all_in_rooms=str(config.get("groups") or "").strip().lower() == "all",
    )


def _rooms(text: str) -> Iterator[str]:
    """Those that are addresses of rooms."""
    for word in text.replace(",", " ").split()[:MOST_ROOMS]:
        try:
            room = bare(word.removeprefix("xmpp:"))
        except NotUnderstood:
            continue
        if "@" in room:
            yield room


def _nick(value: object) -> str:
    """A name that rooms take (RFC 8266): no signs that nobody sees, no spaces but single ones within."""
    signs = str(value or "")[:100]
    shown = "".join(" " if s.isspace() else s for s in signs if s.isspace() or unicodedata.category(s)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", shown).split())


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, said by number: a name could be led elsewhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
