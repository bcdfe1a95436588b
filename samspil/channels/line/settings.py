"""The settings of an official account, and the way to LINE's servers."""

import re
from collections.abc import Sequence

from samspil.kit import Account, Field
from samspil.kit.web import Web

HOME, DATA = "https://api.line.me", "https://api-data.line.me"
NETWORK = "line"
SECRET = re.compile(r"[0-9a-f]{32}", re.ASCII)
PERSON = re.compile(r"U[0-9a-f]{32}", re.ASCII)
CHAT = re.compile(r"[UCR][0-9a-f]{32}", re.ASCII)
"""A person, a group, a room."""

FIELDS: Sequence[Field] = (
    Field(
        name="channel_secret",
        label={"da": "Channel secret", "en": "Channel secret"},
        kind="secret",
        help={
            "da": "LINE Developers, fanen Basic settings: 32 tegn. Med det prøves, at en besked er fra LINE.",
            "en": "LINE Developers, the tab Basic settings: 32 characters. It proves that a message is LINE's.",
        },
    ),
    Field(
        name="access_token",
        label={"da": "Channel access token", "en": "Channel access token"},
        kind="secret",
        help={
            "da": "LINE Developers, fanen Messaging API: lav et langtidsholdbart (long-lived).",
            "en": "LINE Developers, the tab Messaging API: issue a long-lived one.",
        },
    ),
    Field(name="server", label={"da": "Server", "en": "Server"}, kind="url", required=False, default=HOME),
    Field(
        name="data_server", label={"da": "Server for filer", "en": "Server of files"}, kind="url", required=False, default=DATA
    ),
)


def secret(account: Account) -> str:
    """What LINE signs with; "" when it is none."""
    said = str(account.config.get("channel_secret") or "").strip()
    return said if SECRET.fullmatch(said) else ""


def authorization(account: Account) -> str:
    """What signs us in at LINE's servers."""
    return f"Bearer {str(account.config.get('access_token') or '').strip()}"


def web(account: Account) -> Web:
    """LINE's server, signed in."""
    return Web(base=str(account.config.get("server") or HOME), headers={"authorization": authorization(account)})


def data_server(account: Account) -> str:
    """The server at which files lie."""
    return str(account.config.get("data_server") or DATA).rstrip("/")
