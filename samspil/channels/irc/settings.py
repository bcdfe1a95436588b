"""The settings of an account: the fields of its form, and the same read into types."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from samspil.kit import Account, Field

NETWORK = "irc"
TLS_PORT = 6697
NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}", re.ASCII)
CHANNEL = re.compile(r"[#&+!][^\x00-\x20\x7f,:]{1,60}")

FIELDS: Sequence[Field] = (
    Field(
        name="server",
        label={"da": "Server", "en": "Server"},
        help={"da": "Fx irc.libera.chat.", "en": "For example irc.libera.chat."},
    ),
    Field(name="port", label={"da": "Port", "en": "Port"}, kind="number", required=False, default=TLS_PORT),
    Field(name="nick", label={"da": "Jeres navn (nick)", "en": "Your name (nick)"}),
    Field(
        name="channels",
        label={"da": "Kanaler", "en": "Channels"},
        required=False,
        default="",
        help={"da": "Med komma imellem, fx #hjælp, #cykler.", "en": "With commas between, for example #help, #bicycles."},
    ),
    Field(
        name="account",
        label={"da": "Konto hos netværkets tjenester", "en": "Account with the network's services"},
        required=False,
        default="",
        help={"da": "Som NickServ kender den; tomt uden.", "en": "As NickServ knows it; empty without."},
    ),
    Field(name="password", label={"da": "Kontoens adgangskode", "en": "The account's password"}, kind="secret", required=False),
    Field(
        name="no_tls",
        label={"da": "Uden kryptering (kun denne maskine)", "en": "Without encryption (this machine only)"},
        kind="switch",
        required=False,
        default=False,
        help={"da": "Virker kun, når serveren er 127.0.0.1 eller ::1.", "en": "Only works when the server is 127.0.0.1 or ::1."},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``host`` in lower case; ``channels`` as they are joined; ``plain`` is only ever true for loopback; ``fault`` is what is wrong, or ""."""

    host: str
    port: int
    nick: str
    channels: tuple[str, ...]
    account: str
    password: str
    plain: bool
    fault: str


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is told in ``fault``."""
    config = account.config
    host, nick = (str(config.get(name) or "").strip() for name in ("server", "nick"))
    try:
        port = int(config.get("port") or TLS_PORT)
    except (TypeError, ValueError):
        port = 0
    named = [name.strip() for name in str(config.get("channels") or "").split(",") if name.strip()]
    services = str(config.get("account") or "").strip()
    bad = [name for name in named if not CHANNEL.fullmatch(name)]
    fault = (
        "The server is not set."
        if not host or re.search(r"[\s/]", host)
        else f"{nick!r} is no name on IRC: letters, digits and -_[]{{}} and not a digit first."
        if not NICK.fullmatch(nick)
        else f"{bad[0]!r} is no channel: it begins with #."
        if bad
        else "The port is none."
        if not 0 < port < 65536  # noqa: PLR2004 - ports have 16 bits
        else "The account has no password."
        if services and not config.get("password")
        else ""
    )
    return Settings(
        host=host.lower().rstrip("."),
        port=port,
        nick=nick,
        channels=tuple(dict.fromkeys(named)),
        account=services,
        password=str(config.get("password") or ""),
        plain=config.get("no_tls") in {True, "true", "on", "1"} and is_loopback(host),
        fault=fault,
    )


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, said by number: a name could be led elsewhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
