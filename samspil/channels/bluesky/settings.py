"""The settings of an account: the fields of its form, the same read into types, and the form of ids."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from samspil.kit import Account, Field

NETWORK = "bluesky"
POST, CHAT = "app.bsky.feed.post", "chat:"
DEFAULT_SERVER = "https://bsky.social"
_DID = re.compile(r"did:(plc:[a-z2-7]{24}|web:[a-z0-9.-]{1,253}(%3a[0-9]{1,5})?)")
_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
_COLLECTION = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+){1,8}(\.[a-zA-Z][a-zA-Z0-9]*)")
_PART = re.compile(r"[A-Za-z0-9._~-]{1,200}")

FIELDS: Sequence[Field] = (
    Field(
        name="server",
        label={"da": "Serverens adresse", "en": "Address of the server"},
        kind="url",
        required=False,
        default=DEFAULT_SERVER,
        help={"da": "Lad den stå, hvis kontoen er oprettet hos Bluesky.", "en": "Leave it, if the account was made at Bluesky."},
    ),
    Field(
        name="identifier",
        label={"da": "Kontoens navn", "en": "Name of the account"},
        kind="address",
        help={"da": "For eksempel butik.bsky.social, uden @.", "en": "For example shop.bsky.social, without @."},
    ),
    Field(
        name="app_password",
        label={"da": "App-adgangskode", "en": "App password"},
        kind="secret",
        required=False,
        help={
            "da": "Lav den under Indstillinger, Privatliv og sikkerhed, App-adgangskoder. Brug ikke kontoens egen. "
            "Lad feltet være tomt, hvis du vil logge ind hos Bluesky i stedet.",
            "en": "Make it under Settings, Privacy and security, App passwords. Do not use the account's own. "
            "Leave it empty to sign in at Bluesky instead.",
        },
    ),
    Field(
        name="direct_messages",
        label={"da": "Hent direkte beskeder", "en": "Fetch direct messages"},
        kind="switch",
        required=False,
        default=True,
        help={
            "da": "App-adgangskoden skal være lavet med adgang til direkte beskeder.",
            "en": "The app password must have been made with access to direct messages.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``server`` is without a slash at the end, ``host`` its name (and port) or "" where the address is none."""

    server: str
    host: str
    identifier: str
    password: str
    direct: bool


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty."""
    server = str(account.config.get("server") or DEFAULT_SERVER).strip()
    server = (server if "://" in server else f"https://{server}").rstrip("/")
    try:
        parts = urlsplit(server)
        host = parts.netloc.lower() if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc else ""
    except ValueError:
        host = ""
    return Settings(
        server=server,
        host=host,
        identifier=str(account.config.get("identifier") or "").strip().lstrip("@").lower(),
        password=str(account.config.get("app_password") or "").strip(),
        direct=account.config.get("direct_messages", True) is not False,
    )


def did_of(value: object) -> str:
    """A DID of the two methods that the network has, in lower case; "" for anything else."""
    found = value.lower() if isinstance(value, str) and len(value) < 300 else ""  # noqa: PLR2004 - longer than any
    return found if _DID.fullmatch(found) else ""


def uri_parts(value: object) -> tuple[str, str, str]:
    """The DID, the collection and the key in an at:// address of a record; three times "" for anything else."""
    if not isinstance(value, str) or not value.startswith("at://") or len(value) > 1000:  # noqa: PLR2004 - the core's length of an id
        return "", "", ""
    repo, _, rest = value.removeprefix("at://").partition("/")
    collection, _, key = rest.partition("/")
    did = did_of(repo)
    if not did or did != repo or not _COLLECTION.fullmatch(collection) or not _KEY.fullmatch(key):
        return "", "", ""
    return did, collection, key


def chat_id(conversation: object, message: object) -> str:
    """The id of a direct message with us, "chat:CONVERSATION/MESSAGE"; "" where one of the two is no id."""
    if not (isinstance(conversation, str) and isinstance(message, str)):
        return ""
    return f"{CHAT}{conversation}/{message}" if _PART.fullmatch(conversation) and _PART.fullmatch(message) else ""


def conversation_of(external: str) -> str:
    """The network's id of the conversation that a direct message is in; "" for what is none."""
    inside, _, message = external.removeprefix(CHAT).partition("/")
    return inside if external.startswith(CHAT) and chat_id(inside, message) == external else ""
