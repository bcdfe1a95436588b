"""The settings of an account: the fields of its form, the same read into types, and the form of ids."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from samspil.kit import Account, Field

NETWORK = "matrix"
MARK = "dk.samspil.reply"
"""Stands in what we send, with the reply's id, so that our own echo is known wherever it comes from."""
INVITATIONS = ("direct", "all", "no")
GROUPS = ("mentions", "all")
PEOPLE = ("consumers", "colleagues")
_USER = re.compile(r"@[^\s:\x00-\x1f\x7f]{1,250}:[^\s/\x00-\x1f\x7f]{1,250}")
_ROOM = re.compile(r"![^\s/\x00-\x1f\x7f]{1,254}")
_EVENT = re.compile(r"\$[^\s\x00-\x1f\x7f]{1,254}")
LONGEST_ID = 255
"""Bytes of a user, room or event id (spec.matrix.org, appendices)."""

FIELDS: Sequence[Field] = (
    Field(
        name="server",
        label={"da": "Hjemmeserverens adresse", "en": "Address of the homeserver"},
        kind="url",
        help={"da": "Som https://matrix.eksempel.dk", "en": "As https://matrix.example.org"},
    ),
    Field(
        name="user",
        label={"da": "Kontoens navn", "en": "The account's name"},
        help={"da": "@firma:eksempel.dk", "en": "@firm:example.org"},
    ),
    Field(
        name="access_token",
        label={"da": "Adgangstoken", "en": "Access token"},
        kind="secret",
        required=False,
        help={
            "da": "Giv enten den eller adgangskoden. For en applikationstjeneste: as_token.",
            "en": "Give either this or the password. For an application service: as_token.",
        },
    ),
    Field(name="password", label={"da": "Adgangskode", "en": "Password"}, kind="secret", required=False),
    Field(
        name="invitations",
        label={"da": "Invitationer, der tages imod", "en": "Invitations that are accepted"},
        required=False,
        default="direct",
        help={"da": "direct (samtaler for to), all eller no.", "en": "direct (talks of two), all or no."},
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
        name="people",
        label={"da": "Hvem kontoen er for", "en": "Whom the account is for"},
        required=False,
        default="consumers",
        help={
            "da": "consumers, eller colleagues: så får kollegaer besked her og svarer her, og ingen forbruger skriver til den.",
            "en": "consumers, or colleagues: then colleagues are told and answer here, and no consumer writes to it.",
        },
    ),
    Field(
        name="hs_token",
        label={"da": "Hjemmeserverens token (hs_token)", "en": "The homeserver's token (hs_token)"},
        kind="secret",
        required=False,
        help={
            "da": "Kun for en applikationstjeneste: så kommer beskederne fra hjemmeserveren, og intet hentes.",
            "en": "Only for an application service: the homeserver then brings the messages, and none are fetched.",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``server`` is without a slash at the end; ``user`` a full id or ""; ``own`` our ids in lower case."""

    server: str
    user: str
    token: str
    password: str
    hs_token: str
    invitations: str
    groups: str
    colleagues: bool
    own: frozenset[str]


def settings_of(account: Account) -> Settings:
    """The account's settings; what is missing or odd is empty, or the default."""
    server = _word(account, "server").rstrip("/")
    if server and "://" not in server:
        server = f"https://{server}"
    user = user_id(_word(account, "user"))
    invitations, groups = _word(account, "invitations").lower(), _word(account, "groups").lower()
    return Settings(
        server=server,
        user=user,
        token=_word(account, "access_token"),
        password=str(account.config.get("password") or ""),
        hs_token=_word(account, "hs_token"),
        invitations=invitations if invitations in INVITATIONS else INVITATIONS[0],
        groups=groups if groups in GROUPS else GROUPS[0],
        colleagues=_word(account, "people").lower() == "colleagues",
        own=frozenset(name.lower() for name in (*account.own, user) if name),
    )


def _word(account: Account, name: str) -> str:
    return str(account.config.get(name) or "").strip()


def user_id(value: object) -> str:
    """A full user id, or ""."""
    return _matching(value, _USER)


def room_id(value: object) -> str:
    """A room's id, or "". One with a slash is none: it would not stand before an event's id unmistakably."""
    return _matching(value, _ROOM)


def event_id(value: object) -> str:
    """An event's id, or ""."""
    return _matching(value, _EVENT)


def _matching(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        return ""
    return value if value.isprintable() and len(value.encode("utf-8", "replace")) <= LONGEST_ID else ""


# An answer goes to the room of what it answers, and nothing but the id of that says which room it was.
def external_id(room: str, event: str) -> str:
    """The id of a message with us: "!room:example.org/$event"."""
    return f"{room}/{event}"


def place_of(external: str) -> tuple[str, str]:
    """Room and event of a message's id with us; ("", "") for any other."""
    room, _, event = external.partition("/")
    return (room, event) if room_id(room) and event_id(event) else ("", "")
