"""What an entry of an LDAP directory says, and which settings a directory may have. Nothing here speaks to a network."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from samspil.provision.rules.columns import language_of
from samspil.provision.rules.people import LONGEST, Path, Wanted, address_of

DISABLED = 0x2
"""ACCOUNTDISABLE of Active Directory's userAccountControl."""
MEANINGS = ("external", "mail", "name", "title", "unit", "language", "active")
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "ad": {
        "filter": "(&(objectCategory=person)(objectClass=user)(mail=*))",
        "mapping": {
            "external": "objectGUID",
            "mail": "mail",
            "name": "displayName",
            "title": "title",
            "unit": "department",
            "language": "preferredLanguage",
            "active": "userAccountControl",
        },
    },
    "openldap": {
        "filter": "(&(objectClass=inetOrgPerson)(mail=*))",
        "mapping": {
            "external": "entryUUID",
            "mail": "mail",
            "name": "cn",
            "title": "title",
            "unit": "departmentNumber",
            "language": "preferredLanguage",
            "active": "",
        },
    },
    "freeipa": {
        "filter": "(&(objectClass=inetOrgPerson)(mail=*))",
        "mapping": {
            "external": "ipaUniqueID",
            "mail": "mail",
            "name": "displayName",
            "title": "title",
            "unit": "departmentNumber",
            "language": "preferredLanguage",
            "active": "nsAccountLock",
        },
    },
}
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9.;-]{0,79}")


def wrong_settings(*, url: str, start_tls: bool, base: str, mapping: Mapping[str, str]) -> str:
    """What is wrong with the settings, as a code; "" where nothing is. Without TLS only this machine is asked."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "bad_url"
    if parts.scheme not in {"ldap", "ldaps"} or not host or parts.path.strip("/") or parts.query or parts.username:
        return "bad_url"
    if parts.scheme == "ldap" and not start_tls and not _loopback(host):
        return "no_tls"
    if not base.strip():
        return "no_base"
    if not set(mapping) <= set(MEANINGS) or any(a and not _ATTRIBUTE.fullmatch(a) for a in mapping.values()):
        return "bad_attribute"
    return "" if mapping.get("mail") and mapping.get("external") else "bad_attribute"


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def wanted_of_entry(
    *, number: int, values: Mapping[str, Sequence[bytes]], ous: Path, mapping: Mapping[str, str], unit_from: str
) -> Wanted:
    """One person, from the entry's attributes as bytes (names in lower case) and the path of its organisational units."""

    def text(meaning: str) -> str:
        found = values.get(mapping.get(meaning, "").lower()) or [b""]
        return " ".join(found[0].decode("utf-8", "replace").replace("\x00", "").split())

    external = _id(mapping["external"], values.get(mapping["external"].lower()) or [b""])
    mail, wrong = address_of(text("mail")), list[tuple[str, str]]()
    if text("mail") and not mail:
        wrong.append(("bad_mail", text("mail")))
    if not mail and not external:
        wrong.append(("no_address", ""))
    unit: Path | None = None
    if unit_from == "ou":
        unit = ous or None
    elif unit_from == "attribute" and text("unit"):
        unit = (text("unit"),)
    if any(len(name) > LONGEST["unit"] for name in unit or ()) or len(text("title")) > LONGEST["title"]:
        wrong.append(("too_long", ""))
    return Wanted(
        number=number,
        external=external,
        email=mail,
        name=text("name")[: LONGEST["name"]],
        title=text("title") if mapping.get("title") else None,
        unit=unit,
        active=active_of(mapping.get("active", ""), text("active")),
        language=language_of(text("language")),
        wrong=wrong,
    )


def _id(attribute: str, found: Sequence[bytes]) -> str:
    raw = found[0]
    if attribute.lower() == "objectguid" and len(raw) == 16:  # noqa: PLR2004  Active Directory's own order of bytes
        return str(UUID(bytes_le=raw))
    return raw.decode("utf-8", "replace").replace("\x00", "").strip()[:200]


def active_of(attribute: str, text: str) -> bool | None:
    """Whether an entry has access: by userAccountControl's bit, by a lock, else by a word. Without an attribute an entry has it."""
    if not attribute:
        return True
    if attribute.lower() == "useraccountcontrol":
        return not int(text) & DISABLED if text.lstrip("-").isdecimal() else None
    if "lock" in attribute.lower() or "disabled" in attribute.lower():
        return text.lower() not in {"true", "1", "yes"}
    return None if not text else text.lower() in {"true", "1", "yes", "active", "aktiv"}
