"""Public keys of others: read from their actor's document, and what a signature is checked with."""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key, load_pem_public_key

from samspil.channels.activitypub.values import ident, rows, text

PublicKey = RSAPublicKey | Ed25519PublicKey
SMALLEST, LARGEST = 2048, 8192
"""Bits of a key: a shorter one can be broken, a longer one only costs time."""
MANY = 20
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519, _RSA = b"\xed\x01", b"\x85\x24"


def keys_of(actor: Mapping[str, Any], actor_id: str) -> dict[str, PublicKey]:
    """The keys that the actor's document names as its own, by id: publicKey (PEM) and assertionMethod (Multikey)."""
    found: dict[str, PublicKey] = {}
    for row in rows(actor.get("publicKey"))[:MANY]:
        if ident(row.get("owner")) in {"", actor_id} and (key := from_pem(text(row.get("publicKeyPem"), 20_000))):
            found[ident(row)] = key
    for row in rows(actor.get("assertionMethod"))[:MANY]:
        if ident(row.get("controller")) == actor_id and (key := from_multibase(text(row.get("publicKeyMultibase"), 5000))):
            found.setdefault(ident(row), key)
    found.pop("", None)
    return found


def from_pem(pem: str) -> PublicKey | None:
    """A key in PEM; None for what is none, or is too weak."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return _usable(key)


def from_multibase(value: str) -> PublicKey | None:
    """A key as Multikey writes it: z, base58, a prefix that tells the kind (Ed25519 or RSA)."""
    if not value.startswith("z") or len(value) > 1000:  # noqa: PLR2004 - RSA of 4096 bits has some 730
        return None
    number = 0
    for sign in value[1:]:
        place = _BASE58.find(sign)
        if place < 0:
            return None
        number = number * 58 + place
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    try:
        if raw.startswith(_ED25519):
            return Ed25519PublicKey.from_public_bytes(raw[2:])
        if raw.startswith(_RSA):
            return _usable(load_der_public_key(_spki(raw[2:])))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return None


def _spki(pkcs1: bytes) -> bytes:
    """An RSA key in the form that the library reads: its own numbers within a header that names the algorithm."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    bits = b"\x03" + _length(len(pkcs1) + 1) + b"\x00" + pkcs1
    return b"\x30" + _length(len(algorithm) + len(bits)) + algorithm + bits


def _length(size: int) -> bytes:
    if size < 128:  # noqa: PLR2004 - DER: up to 127 in one byte
        return bytes([size])
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


def _usable(key: Any) -> PublicKey | None:
    if isinstance(key, RSAPublicKey):
        return key if SMALLEST <= key.key_size <= LARGEST else None
    return key if isinstance(key, Ed25519PublicKey) else None


def is_signed(key: PublicKey, algorithm: str, signature: bytes, base: bytes) -> bool:
    """Whether the signature is the key's. ``algorithm`` is what the sender says, "" where it says nothing; it must fit the key."""
    try:
        if isinstance(key, Ed25519PublicKey):
            if algorithm not in {"", "ed25519", "hs2019", "ed25519-sha512"}:
                return False
            key.verify(signature, base)
        elif algorithm in {"", "rsa-sha256", "hs2019", "rsa-v1_5-sha256"}:
            key.verify(signature, base, PKCS1v15(), SHA256())
        elif algorithm == "rsa-sha512":
            key.verify(signature, base, PKCS1v15(), SHA512())
        elif algorithm == "rsa-pss-sha512":
            key.verify(signature, base, PSS(mgf=MGF1(SHA512()), salt_length=64), SHA512())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def multibase(key: RSAPublicKey) -> str:
    """An RSA key as Multikey writes it."""
    raw = _RSA + key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    number, signs = int.from_bytes(raw, "big"), []
    while number:
        number, place = divmod(number, 58)
        signs.append(_BASE58[place])
    return "z" + "".join(reversed(signs))
