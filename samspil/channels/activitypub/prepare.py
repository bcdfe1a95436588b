"""What nobody types: the pair of keys, made when an account is connected and renewed on request."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from samspil.channels.activitypub.settings import USERNAME, host_of
from samspil.kit import NotUnderstood

BITS = 2048
OLD_KEY = timedelta(days=7)
"""For so long others may still have messages of ours on the way that the old key signed."""


def prepare(config: Mapping[str, Any], at: datetime | None = None) -> Mapping[str, Any]:
    """The settings with keys, and host and user name in normal form. Raises NotUnderstood."""
    moment = at or datetime.now(UTC)
    typed = str(config.get("host") or "").strip().rstrip("/").lower()
    host = typed if typed.startswith("http://") else typed.removeprefix("https://")
    username = str(config.get("username") or "").strip().lstrip("@")
    if not host_of(host if "://" in host else f"https://{host}") or urlsplit(f"//{host.rpartition('//')[2]}").path:
        raise NotUnderstood("The name on the network is no host name, such as firma.example")
    if not USERNAME.fullmatch(username):
        raise NotUnderstood("The user name has letters a-z, digits and _ only, and at most 30 of them")
    rows = [row for row in json.loads(str(config.get("keys") or "") or "[]") if not _is_past(row, moment)]
    if config.get("renew_key") is True or not rows:
        old = [row | {"until": row.get("until") or (moment + OLD_KEY).isoformat()} for row in rows]
        rows = [{"name": _name(rows, moment), "pem": _made(), "until": None}, *old]
    return {**config, "host": host, "username": username, "keys": json.dumps(rows), "renew_key": False}


def _is_past(row: Mapping[str, Any], moment: datetime) -> bool:
    return bool(row.get("until")) and datetime.fromisoformat(row["until"]) <= moment


def _name(rows: list[dict[str, Any]], moment: datetime) -> str:
    return "main-key" if not rows else f"key-{moment:%Y%m%d%H%M%S}"


def _made() -> str:
    made = generate_private_key(public_exponent=65537, key_size=BITS)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
