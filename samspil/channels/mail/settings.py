"""The settings of a mail account: the fields of its form, and the same read into types."""

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from samspil.kit import Account, Field

DEFAULT_MAX_BYTES = 50 * 1024 * 1024

FIELDS: Sequence[Field] = (
    Field(name="address", label={"da": "Mailadresse", "en": "Mail address"}, kind="address"),
    Field(name="imap_host", label={"da": "IMAP-server", "en": "IMAP server"}, required=False),
    Field(name="imap_port", label={"da": "IMAP-port", "en": "IMAP port"}, kind="number", required=False, default=993),
    Field(
        name="imap_security",
        label={"da": "IMAP-sikkerhed", "en": "IMAP security"},
        required=False,
        default="ssl",
        help={"da": "ssl eller starttls", "en": "ssl or starttls"},
    ),
    Field(
        name="user",
        label={"da": "Brugernavn", "en": "User name"},
        required=False,
        help={"da": "Tomt: mailadressen.", "en": "Empty: the mail address."},
    ),
    Field(name="password", label={"da": "Adgangskode", "en": "Password"}, kind="secret", required=False),
    Field(
        name="access_token",
        label={"da": "OAuth2-adgangstoken", "en": "OAuth2 access token"},
        kind="secret",
        required=False,
        help={"da": "Bruges i stedet for adgangskoden (XOAUTH2).", "en": "Used instead of the password (XOAUTH2)."},
    ),
    Field(
        name="folders",
        label={"da": "Mapper", "en": "Folders"},
        required=False,
        default="INBOX",
        help={"da": "Adskilt af komma, fx INBOX, Sendt", "en": "Separated by commas, for example INBOX, Sent"},
    ),
    Field(
        name="history_days",
        label={"da": "Hent gamle mails (dage)", "en": "Fetch old mails (days)"},
        kind="number",
        required=False,
        default=30,
        help={"da": "0: alle.", "en": "0: all of them."},
    ),
    Field(
        name="mark_seen",
        label={"da": "Markér som læst", "en": "Mark as read"},
        kind="switch",
        required=False,
        default=False,
        help={"da": "Først når mailen er gemt hos os.", "en": "Only once the mail is stored with us."},
    ),
    Field(
        name="max_bytes",
        label={"da": "Største mail (byte)", "en": "Largest mail (bytes)"},
        kind="number",
        required=False,
        default=DEFAULT_MAX_BYTES,
    ),
    Field(name="smtp_host", label={"da": "SMTP-server", "en": "SMTP server"}, required=False),
    Field(name="smtp_port", label={"da": "SMTP-port", "en": "SMTP port"}, kind="number", required=False, default=587),
    Field(
        name="smtp_security",
        label={"da": "SMTP-sikkerhed", "en": "SMTP security"},
        required=False,
        default="starttls",
        help={"da": "ssl eller starttls", "en": "ssl or starttls"},
    ),
    Field(name="smtp_user", label={"da": "SMTP-brugernavn", "en": "SMTP user name"}, required=False),
    Field(name="smtp_password", label={"da": "SMTP-adgangskode", "en": "SMTP password"}, kind="secret", required=False),
    Field(
        name="plus_addressing",
        label={"da": "Svar til en underskrevet adresse", "en": "Answers to a signed address"},
        kind="switch",
        required=False,
        default=False,
        help={
            "da": "Slå til, når post til navn+noget@domæne når frem.",
            "en": "Switch on when mail to name+anything@domain arrives.",
        },
    ),
    Field(
        name="verp",
        label={"da": "Egen returadresse til hver mail", "en": "A return path for each mail"},
        kind="switch",
        required=False,
        default=False,
        help={"da": "Kræver navn+noget@domæne.", "en": "Needs name+anything@domain."},
    ),
    Field(
        name="quote",
        label={"da": "Citér den besvarede mail", "en": "Quote the mail answered"},
        kind="switch",
        required=False,
        default=True,
    ),
    Field(
        name="trusted_server",
        label={
            "da": "Navn på jeres mailserver i Authentication-Results",
            "en": "Your mail server's name in Authentication-Results",
        },
        required=False,
        default="",
        help={
            "da": "Så holdes svar fra kolleger tilbage, når serveren siger, at afsenderen ikke er ægte (dmarc=fail).",
            "en": "Answers of colleagues are then held where it says that the sender is not genuine (dmarc=fail).",
        },
    ),
    Field(
        name="no_tls",
        label={"da": "Uden kryptering (kun denne maskine)", "en": "Without encryption (this machine only)"},
        kind="switch",
        required=False,
        default=False,
        help={"da": "Virker kun mod 127.0.0.1, ::1 og localhost.", "en": "Only works against 127.0.0.1, ::1 and localhost."},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where and how to sign in. ``security`` is "ssl", "starttls" or "none" (loopback only)."""

    host: str
    port: int
    security: str
    user: str
    password: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An account's settings, checked."""

    address: str
    name: str
    imap: Server
    smtp: Server
    folders: tuple[str, ...]
    history_days: int
    mark_seen: bool
    max_bytes: int
    plus_addressing: bool
    verp: bool
    quote: bool
    language: str
    poll_seconds: float

    @property
    def domain(self) -> str:
        """The domain of our address."""
        return self.address.rpartition("@")[2] or "localhost"


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine by its spelling; nothing is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _truth(value: object) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "on", "ja"} if isinstance(value, str) else bool(value)


def _number(value: object, default: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return default


def _server(account: Account, kind: str, port: int, security: str) -> Server:
    config = account.config
    host = str(config.get(f"{kind}_host") or "").strip()
    wanted = str(config.get(f"{kind}_security") or security).strip().lower()
    if _truth(config.get("no_tls")) and is_loopback(host):
        wanted = "none"
    elif wanted not in {"ssl", "starttls"}:
        wanted = security
    own = kind == "smtp"
    user = str((config.get("smtp_user") if own else "") or config.get("user") or config.get("address") or "").strip()
    password = str((config.get("smtp_password") if own else "") or config.get("password") or "")
    return Server(
        host=host,
        port=_number(config.get(f"{kind}_port"), port),
        security=wanted,
        user=user,
        password=password,
        token=str(config.get("access_token") or ""),
    )


def settings_of(account: Account) -> Settings:
    """The settings of an account with every default filled in."""
    config = account.config
    folders = tuple(dict.fromkeys(name.strip() for name in str(config.get("folders") or "INBOX").split(",") if name.strip()))
    return Settings(
        address=str(config.get("address") or "").strip().lower(),
        name=account.name,
        imap=_server(account, "imap", 993, "ssl"),
        smtp=_server(account, "smtp", 587, "starttls"),
        folders=folders or ("INBOX",),
        history_days=_number(config.get("history_days"), 30),
        mark_seen=_truth(config.get("mark_seen")),
        max_bytes=max(64 * 1024, _number(config.get("max_bytes"), DEFAULT_MAX_BYTES)),
        plus_addressing=_truth(config.get("plus_addressing")),
        verp=_truth(config.get("verp")),
        quote=_truth(config.get("quote", True)),
        language=account.language,
        poll_seconds=float(_number(config.get("poll_seconds"), 60)),
    )


def tls_context() -> ssl.SSLContext:
    """Certificates and names are always verified; there is no switch for it."""
    return ssl.create_default_context()


def trusted_server(account: Account) -> str:
    """The name by which our own mail server states its checks (RFC 8601); "" when none is believed."""
    return str(account.config.get("trusted_server") or "").strip()
