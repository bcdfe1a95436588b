"""The settings of an official account, and the way to LINE's servers."""

import re
from collections.abc import Sequence

from samspil.kit import Account, Field
from samspil.kit.web import Web

HOME = "https://api.line.me"
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
)


def secret(account: Account) -> str:
    """What LINE signs with; "" when it is none."""
    said = str(account.config.get("channel_secret") or "").strip()
    return said if SECRET.fullmatch(said) else ""


def web(account: Account) -> Web:
    """LINE's server, signed in."""
    token = str(account.config.get("access_token") or "").strip()
    return Web(base=str(account.config.get("server") or HOME), headers={"authorization": f"Bearer {token}"})
