"""Signed JSON, and the encoding of keys. Source: spec.matrix.org, appendices, signing JSON."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import vodozemac

from samspil.kit.reading import part


def canonical(value: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: keys in order, no spaces, without the signatures and what is unsigned."""
    bare = {key: one for key, one in value.items() if key not in {"signatures", "unsigned"}}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def signed(value: Mapping[str, Any], account: vodozemac.Account, user: str, device: str) -> dict[str, Any]:
    """The object with our device's signature."""
    signature = account.sign(canonical(value)).to_base64()
    return {**value, "signatures": {user: {f"ed25519:{device}": signature}}}


def is_signed(value: Mapping[str, Any], user: str, device: str, ed25519: str) -> bool:
    """Whether the device's own signature stands under the object."""
    given = part(part(value, "signatures"), user).get(f"ed25519:{device}")
    if not isinstance(given, str):
        return False
    try:
        key, signature = vodozemac.Ed25519PublicKey.from_base64(ed25519), vodozemac.Ed25519Signature.from_base64(given)
        key.verify_signature(canonical(value), signature)
    except (ValueError, RecursionError):  # all errors of the library are the former
        return False
    return True


def unpadded(raw: bytes, *, url: bool = False) -> str:
    """Base64 without the signs at the end."""
    return (base64.urlsafe_b64encode(raw) if url else base64.b64encode(raw)).decode().rstrip("=")


def decoded(value: object, *, url: bool = False) -> bytes:
    """The bytes of unpadded base64. Raises ValueError."""
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("no base64")
    plain = value.translate(str.maketrans("-_", "+/")) if url else value
    return base64.b64decode(plain.rstrip("=") + "=" * (-len(plain.rstrip("=")) % 4), validate=True)
