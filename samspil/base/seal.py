"""Sealing secrets at rest and signing what must not be forged, with keys derived from the installation's one secret."""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from samspil.base.errors import SamspilError


class Unsealable(SamspilError):
    """The installation's secret key is not the one that this was sealed with."""

    code = "seal.wrong_key"


@cache
def key(purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    return _derived(purpose, settings.SECRET_KEY)


@cache
def keys(purpose: str) -> tuple[bytes, ...]:
    """The same with the secret of today first, then those that were the secret before it (Django's SECRET_KEY_FALLBACKS)."""
    return (key(purpose), *(_derived(purpose, old) for old in settings.SECRET_KEY_FALLBACKS))


def _derived(purpose: str, secret: str | bytes) -> bytes:
    whole = secret.encode() if isinstance(secret, str) else secret
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(whole)


def seal(value: Any) -> bytes:
    """A JSON value, encrypted and authenticated."""
    return Fernet(base64.urlsafe_b64encode(key("seal"))).encrypt(json.dumps(value).encode())


def unseal(sealed: bytes) -> Any:
    """What was sealed. Raises Unsealable."""
    try:
        return json.loads(Fernet(base64.urlsafe_b64encode(key("seal"))).decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise Unsealable("The secret key is not the one that this was sealed with") from error


def sign(purpose: str, value: bytes) -> str:
    """HMAC-SHA256 of ``value``, in hexadecimal."""
    return hmac.new(key(purpose), value, hashlib.sha256).hexdigest()


def signed(purpose: str, value: bytes, signature: str) -> bool:
    """Whether the signature is ours, in constant time."""
    return hmac.compare_digest(sign(purpose, value), signature)
