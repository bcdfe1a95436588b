"""Fields of a payload, read without trust in any of them."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels.bluesky.settings import NETWORK, did_of
from samspil.kit import Handle, NotUnderstood, reading

LARGEST = 16 * 1024 * 1024
"""Bytes of an envelope: four pictures, and room for the words."""
LONGEST = 100_000
MANY = 100
KEPT = 200
"""Characters of an envelope's id."""
NO_HANDLE = "handle.invalid"
"""What the network calls somebody whose handle leads nowhere just now."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_HANDLE = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,10}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")


def payload_of(payload: bytes) -> Mapping[str, Any]:
    """The object in an envelope. Raises NotUnderstood."""
    return reading.body(payload, what="The notification", largest=LARGEST)


def text(value: object, longest: int = LONGEST) -> str:
    """A string without control characters and signs that turn the direction of reading; "" for anything else."""
    return _CONTROL.sub("", value[:longest]) if isinstance(value, str) else ""


def line(value: object, longest: int = 200) -> str:
    """The same on one line."""
    return " ".join(text(value, longest * 4).split())[:longest]


def obj(value: object) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def rows(value: object, most: int = MANY) -> list[dict[str, Any]]:
    """The objects of a list, the first ``most``."""
    return [row for row in value[:most] if isinstance(row, dict)] if isinstance(value, list) else []


def once(ident: str) -> str:
    """The id of an envelope; of one longer than is kept, the beginning and a digest, so that two which begin alike stay two."""
    return ident if len(ident) <= KEPT else f"{ident[: KEPT - 65]}#{hashlib.sha256(ident.encode('utf-8', 'replace')).hexdigest()}"


def time_of(value: object) -> datetime | None:
    """A time, in UTC; None for what is none."""
    try:
        at = datetime.fromisoformat(text(value, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def language_of(record: Mapping[str, Any]) -> str:
    """The first language that the writer named."""
    found = record.get("langs")
    first = text(found[0], 35) if isinstance(found, list) and found else ""
    return first if _LANGUAGE.fullmatch(first) else ""


def handle_of(person: object) -> Handle:
    """Somebody, by DID; what people read is the handle. Raises NotUnderstood."""
    named = obj(person)
    did = did_of(named.get("did"))
    if not did:
        raise NotUnderstood("The account has no DID")
    called = text(named.get("handle"), 253).strip().lstrip("@").lower()
    good = bool(_HANDLE.fullmatch(called)) and called != NO_HANDLE
    return Handle(network=NETWORK, address=did, display=line(named.get("displayName")), name=f"@{called}" if good else "")


def handle_shape(name: str) -> bool:
    """Whether it has the form of a handle, in lower case."""
    return bool(_HANDLE.fullmatch(name)) and name != NO_HANDLE


def is_own(handle: Handle, own: frozenset[str]) -> bool:
    """Whether a handle is ours, by its DID or by its name."""
    return handle.address in own or (bool(handle.name) and handle.name.lstrip("@") in {name.lstrip("@") for name in own})


def type_of(value: Mapping[str, Any], prefix: str = "") -> str:
    """The protocol's name of what an object is, without ``prefix``."""
    return text(value.get("$type"), 200).removeprefix(prefix)
