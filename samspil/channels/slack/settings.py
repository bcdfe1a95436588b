"""The settings of a workspace's app, and the way to Slack's servers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from samspil.kit import Account, Field
from samspil.kit.web import Web

HOME = "https://slack.com/api"
NETWORK = "slack"
USER = re.compile(r"[UW][A-Z0-9]{2,30}", re.ASCII)
TEAM = re.compile(r"[TE][A-Z0-9]{2,30}", re.ASCII)
PLACE = re.compile(r"[CDG][A-Z0-9]{2,30}", re.ASCII)
"""A channel, a conversation of two, a private channel."""
STAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}", re.ASCII)
"""What names a message in its channel: the time at which it came, as Slack writes it."""

FIELDS: Sequence[Field] = (
    Field(
        name="bot_token",
        label={"da": "Bot-token", "en": "Bot token"},
        kind="secret",
        help={
            "da": "Begynder med xoxb-. På api.slack.com/apps: vælg din app, OAuth & Permissions, Install to Workspace.",
            "en": "Begins with xoxb-. At api.slack.com/apps: choose your app, OAuth & Permissions, Install to Workspace.",
        },
    ),
    Field(
        name="team",
        label={"da": "Arbejdsområdets id", "en": "Id of the workspace"},
        help={
            "da": "Begynder med T. Åbn Slack i en browser: det står i adressen efter app.slack.com/client/. Intet fra andre tages ind.",
            "en": "Begins with T. Open Slack in a browser: it stands in the address after app.slack.com/client/. Nothing of others is taken in.",
        },
    ),
    Field(
        name="app_token",
        label={"da": "App-token (uden offentlig adresse)", "en": "App-level token (without a public address)"},
        kind="secret",
        required=False,
        help={
            "da": "Begynder med xapp-. Basic Information, App-Level Tokens, med connections:write. Så henter Samspil selv (Socket Mode), og "
            "ingen skal kunne nå den udefra.",
            "en": "Begins with xapp-. Basic Information, App-Level Tokens, with connections:write. Then Samspil fetches (Socket Mode), and "
            "nobody needs to reach it from outside.",
        },
    ),
    Field(
        name="signing_secret",
        label={"da": "Signing secret (med offentlig adresse)", "en": "Signing secret (with a public address)"},
        kind="secret",
        required=False,
        help={
            "da": "Basic Information, App Credentials: 32 tegn. Kun hvis Slack skal kalde Samspil; lad det være tomt med Socket Mode.",
            "en": "Basic Information, App Credentials: 32 characters. Only where Slack is to call Samspil; leave it empty with Socket Mode.",
        },
    ),
    Field(name="server", label={"da": "Server", "en": "Server"}, kind="url", required=False, default=HOME),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was typed, in its form; "" for what is none. ``own`` are the ids of our bot where they are known."""

    token: str
    app_token: str
    secret: str
    team: str
    server: str
    own: frozenset[str]

    def web(self) -> Web:
        """Slack's servers, signed in as the bot."""
        return Web(base=self.server, headers={"authorization": f"Bearer {self.token}"})


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty."""
    config: Mapping[str, Any] = account.config
    return Settings(
        token=_formed(config.get("bot_token"), r"xoxb-[A-Za-z0-9-]{5,300}"),
        app_token=_formed(config.get("app_token"), r"xapp-[A-Za-z0-9-]{5,300}"),
        secret=_formed(config.get("signing_secret"), r"[0-9a-f]{32,64}"),
        team=_formed(config.get("team"), r"T[A-Z0-9]{2,30}"),
        server=str(config.get("server") or HOME).strip().rstrip("/"),
        own=frozenset(one.upper() for one in account.own),
    )


def _formed(value: object, form: str) -> str:
    said = str(value or "").strip()
    return said if re.fullmatch(form, said, re.ASCII) else ""


def is_home(url: str, server: str) -> bool:
    """Whether an address is one of Slack's own hosts, or the host that the settings name in its place."""
    try:
        host, own = urlsplit(url).hostname or "", urlsplit(server).hostname or ""
    except ValueError:
        return False
    return host.endswith(".slack.com") or (own != "slack.com" and host == own)
