"""The settings of an account: the fields of its form, the same read into types, and the form of ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from samspil.kit import Account, Field
from samspil.kit.web import Web

NETWORK = "mastodon"
GONE = "samspil:gone"
"""Our own kind beside those of notifications: the stream said that a status was taken back."""
STAR = "⭐"
"""The one sign there is: a favourite."""
VISIBILITIES = ("public", "unlisted", "private", "direct")
"""From the most public to the least."""

FIELDS: Sequence[Field] = (
    Field(name="server", label={"da": "Serverens adresse", "en": "Address of the server"}, kind="url"),
    Field(
        name="access_token",
        label={"da": "Adgangstoken", "en": "Access token"},
        kind="secret",
        help={
            "da": "Lav det under Indstillinger, Udvikling, med read og write.",
            "en": "Make it under Preferences, Development, with read and write.",
        },
    ),
    Field(
        name="visibility",
        label={"da": "Svarenes synlighed", "en": "Visibility of answers"},
        required=False,
        default="",
        help={
            "da": "Tomt: som den besked, du svarer på. Ellers public, unlisted, private eller direct; aldrig mere synligt end beskeden.",
            "en": "Empty: that of the message answered. Else public, unlisted, private or direct; never more public than the message.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``server`` is without a slash at the end, ``host`` its name (and port), ``visibility`` one of VISIBILITIES or ""."""

    server: str
    host: str
    token: str
    visibility: str

    def web(self) -> Web:
        """The server, with the account's token."""
        return Web(base=self.server, headers={"authorization": f"Bearer {self.token}"} if self.token else {})


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty."""
    server = str(account.config.get("server") or "").strip().rstrip("/")
    if server and "://" not in server:
        server = f"https://{server}"
    try:
        host = urlsplit(server).netloc.rpartition("@")[2].lower()
    except ValueError:
        host = ""
    visibility = str(account.config.get("visibility") or "").strip().lower()
    return Settings(
        server=server,
        host=host,
        token=str(account.config.get("access_token") or "").strip(),
        visibility=visibility if visibility in VISIBILITIES else "",
    )


def less_public(first: str, second: str) -> str:
    """The less public of two; an unknown one counts as direct."""
    ranks = [VISIBILITIES.index(word) if word in VISIBILITIES else len(VISIBILITIES) - 1 for word in (first, second)]
    return VISIBILITIES[max(ranks)]


# A status has two ids: its uri, the same everywhere, and an id that its reader's server made. Answers need the second, and
# in_reply_to_id names the message answered by nothing else. Servers count from 1, so our server's name stands before it.
def external_id(host: str, status: str) -> str:
    """The id of a status with us: "social.example/109"."""
    return f"{host}/{status}"


def status_id(external: str, host: str) -> str:
    """The server's own id of a status; "" for what is no status of this server."""
    place, _, status = external.partition("/")
    return status if place == host and ":" not in status and "/" not in status else ""
