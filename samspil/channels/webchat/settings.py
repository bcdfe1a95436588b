"""The settings of a web chat account."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from samspil.kit import Account, Field

FJORD = "#0d5e6b"
MAX_LENGTH = 4000
LARGEST_FILE = 8_000_000
"""Bytes of one file of a visitor's."""
EDITABLE = 20 * 60
"""Seconds in which a visitor's words can be changed. The window offers it for fifteen minutes; who has begun by then may finish."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)

FIELDS: Sequence[Field] = (
    Field(
        name="origins",
        label={"da": "Websider, der må vise chatten", "en": "Web pages that may show the chat"},
        default="*",
        help={
            "da": "Adresser adskilt af mellemrum, fx https://butik.example. * er alle.",
            "en": "Addresses parted by spaces, for example https://shop.example. * is all.",
        },
    ),
    Field(
        name="greeting_da",
        label={"da": "Hilsen på dansk", "en": "Greeting in Danish"},
        required=False,
        default="Hej! Hvad kan vi hjælpe dig med?",
    ),
    Field(
        name="greeting_en",
        label={"da": "Hilsen på engelsk", "en": "Greeting in English"},
        required=False,
        default="Hi! What can we help you with?",
    ),
    Field(
        name="hours",
        label={"da": "Hvornår I svarer", "en": "When you answer"},
        required=False,
        help={"da": "Vises, når ingen er til stede, fx: Vi svarer hverdage 9-16.", "en": "Shown when nobody is present."},
    ),
    Field(
        name="colour",
        label={"da": "Farve", "en": "Colour"},
        required=False,
        default=FJORD,
        help={"da": "Som #0d5e6b; teksten på den er hvid.", "en": "As #0d5e6b; the text on it is white."},
    ),
    Field(
        name="ask_mail",
        label={"da": "Tilbyd at fortsætte på e-mail", "en": "Offer to go on by mail"},
        kind="switch",
        required=False,
        default=True,
    ),
    Field(
        name="files",
        label={"da": "Besøgende må sende filer", "en": "Visitors may send files"},
        kind="switch",
        required=False,
        default=True,
        help={
            "da": "Billeder og dokumenter på højst 8 MB hver.",
            "en": "Pictures and documents of at most 8 MB each.",
        },
    ),
    Field(
        name="identity_secret",
        label={"da": "Hemmelighed for indloggede besøgende", "en": "Secret for signed-in visitors"},
        kind="secret",
        required=False,
        help={
            "da": "Jeres egen side underskriver den besøgende med den (HMAC-SHA256). Tomt: ingen er logget ind.",
            "en": "Your own site signs the visitor with it (HMAC-SHA256). Empty: nobody is signed in.",
        },
    ),
)


def origins(account: Account) -> frozenset[str]:
    """The origins that may show the chat, lower case; "*" is all."""
    words = str(account.config.get("origins") or "*").replace(",", " ").split()
    return frozenset("*" if word == "*" else _origin(word) for word in words)


def _origin(address: str) -> str:
    parts = urlsplit(address.lower() if "://" in address else f"https://{address.lower()}")
    return f"{parts.scheme}://{parts.netloc}"


def welcomes(origin: str, account: Account) -> bool:
    """Whether a page of this origin may show the chat. The origin "null" (a sandbox, a file) is only welcome where all are."""
    allowed = origins(account)
    return "*" in allowed or (origin != "null" and origin.lower() in allowed)


def secret(account: Account) -> str:
    """The secret with which the site signs its visitors, or ""."""
    return str(account.config.get("identity_secret") or "")


def appearance(account: Account, language: str) -> dict[str, object]:
    """What the script in the page shows: greeting, office hours, colour, language, whether it offers mail and takes files (bytes)."""
    config = account.config
    lang = "en" if language[:2].lower() == "en" else "da"
    colour = str(config.get("colour") or FJORD)
    return {
        "language": lang,
        "name": account.name,
        "greeting": str(config.get(f"greeting_{lang}") or ""),
        "hours": str(config.get("hours") or ""),
        "colour": colour if _COLOUR.fullmatch(colour) else FJORD,
        "ask_mail": _is_on(config.get("ask_mail", True)),
        "max_length": MAX_LENGTH,
        "max_file": LARGEST_FILE if takes_files(account) else 0,
    }


def takes_files(account: Account) -> bool:
    """Whether visitors may send files."""
    return _is_on(account.config.get("files", True))


def _is_on(value: object) -> bool:
    return value not in (False, "", "off", "false", "0", 0)
