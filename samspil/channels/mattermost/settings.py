"""The settings of a bot account, and the way to its server."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from samspil.kit import Account, Field
from samspil.kit.web import Web

NETWORK = "mattermost"
ID = re.compile(r"[a-z0-9]{26}", re.ASCII)
"""Ids of people, channels, posts and files: all of one form."""

FIELDS: Sequence[Field] = (
    Field(
        name="server",
        label={"da": "Serverens adresse", "en": "Address of the server"},
        kind="url",
        help={"da": "For eksempel https://chat.firma.dk", "en": "Such as https://chat.company.example"},
    ),
    Field(
        name="token",
        label={"da": "Bottens token", "en": "Token of the bot"},
        kind="secret",
        help={
            "da": "Mattermost, Integrations, Bot Accounts, Add Bot Account: tokenet vises én gang. Rollen Member er nok.",
            "en": "Mattermost, Integrations, Bot Accounts, Add Bot Account: the token is shown once. The role Member is enough.",
        },
    ),
    Field(
        name="inside",
        label={"da": "Serveren står på vores eget net", "en": "The server stands in our own network"},
        kind="switch",
        required=False,
        default=False,
        help={
            "da": "Kun slået til må Samspil kalde en adresse, der ikke er offentlig.",
            "en": "Only where this is on may Samspil call an address that is not public.",
        },
    ),
    Field(
        name="buttons",
        label={"da": "Adressen til knapper", "en": "Address for buttons"},
        kind="url",
        required=False,
        help={
            "da": "Adressen, som Samspil viser, når kontoen er gemt. Mattermost skal kunne nå den; uden den er der ingen knapper.",
            "en": "The address that Samspil shows when the account is saved. Mattermost must reach it; without it there are no buttons.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was typed, in its form; "" for what is none. ``inside``: the server may have an address that is not public."""

    server: str
    token: str
    inside: bool
    buttons: str

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.server).hostname or ""

    @property
    def allowed(self) -> frozenset[str]:
        """Names that may lead to an address which is not public."""
        return frozenset({self.host} - {""}) if self.inside else frozenset()

    def web(self) -> Web:
        """The server's API, signed in as the bot."""
        return Web(base=f"{self.server}/api/v4", headers={"authorization": f"Bearer {self.token}"}, inside=self.allowed)

    @property
    def stream(self) -> str:
        """Where the stream of events is."""
        return f"{'ws' if self.server.startswith('http://') else 'wss'}{self.server[self.server.index(':') :]}/api/v4/websocket"


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty."""
    token = str(account.config.get("token") or "").strip()
    return Settings(
        server=_address(account.config.get("server")),
        token=token if re.fullmatch(r"[A-Za-z0-9._~+/=-]{10,300}", token, re.ASCII) else "",
        inside=account.config.get("inside") is True,
        buttons=_address(account.config.get("buttons")),
    )


def _address(value: object) -> str:
    """A web address without a slash at its end, "" for what is none or holds a name and a password."""
    said = str(value or "").strip().rstrip("/")
    said = said if "://" in said or not said else f"https://{said}"
    try:
        parts = urlsplit(said)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None and not parts.query
        _ = parts.port
    except ValueError:
        return ""
    return said if good and not parts.fragment else ""
