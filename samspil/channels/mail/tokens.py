"""Our own signed reply address and message id: an answer finds its conversation, and a stranger cannot make one up.

    support+s.<conversation>.<signature>@brand.example       the reply address
    support+b.<reply>.<signature>@brand.example              the return path, so that a bounce tells its reply
    <s.<reply>.<conversation>.<signature>@brand.example>     the message id
    support+n.<notice>.<signature>@brand.example             where a colleague answers a notice, and its return path
    <n.<notice>.<signature>@brand.example>                   a notice's message id

Ids are UUIDs as 26 letters of base32, because mailers change the case of the local part. The signature is the first 80 bits of
HMAC-SHA256 with the account's key over purpose and ids, so that one kind of token is no token of another kind.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

SIGNATURE_BYTES = 10
MAX_LOCAL = 64

_NOTICE = re.compile(r"(?:\+|^)n\.([a-z2-7]{26})\.([a-z2-7]{16})@", re.IGNORECASE)
_NOTICE_SHAPE = re.compile(r"(?:\+|^)n\.[a-z0-9]{16,40}(?:\.[a-z0-9]*)?@", re.IGNORECASE)
_ADDRESS = re.compile(r"\+([sb])\.([a-z2-7]{26})\.([a-z2-7]{16})@", re.IGNORECASE)
_ADDRESS_SHAPE = re.compile(r"\+[sb]\.[a-z0-9]+\.[a-z0-9]+@", re.IGNORECASE)
_MESSAGE = re.compile(r"^s\.([a-z2-7]{26})\.([a-z2-7]{26})\.([a-z2-7]{16})@", re.IGNORECASE)
_MESSAGE_SHAPE = re.compile(r"^s\.[a-z0-9]{20,32}\.[a-z0-9]{20,32}\.[a-z0-9]+@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """What a valid token says; ids are UUIDs with dashes, "" where the kind has none."""

    conversation: str = ""
    reply: str = ""


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _bytes(letters: str) -> bytes:
    return base64.b32decode(letters.upper() + "=" * (-len(letters) % 8))


def packed(identifier: str) -> bytes | None:
    """A UUID in any notation as 16 bytes; None for anything else."""
    try:
        return UUID(identifier).bytes
    except (ValueError, AttributeError, TypeError):
        return None


def _signature(key: bytes, purpose: str, *ids: bytes) -> bytes:
    return hmac.new(key, b"\0".join((b"samspil-mail", purpose.encode(), b"".join(ids))), hashlib.sha256).digest()[
        :SIGNATURE_BYTES
    ]


def _address(key: bytes, address: str, purpose: str, identifier: str) -> str:
    data = packed(identifier)
    local, _, domain = address.rpartition("@")
    if data is None or not local:
        return ""
    signed = f"{local}+{purpose}.{_letters(data)}.{_letters(_signature(key, purpose, data))}"
    return f"{signed}@{domain}" if len(signed) <= MAX_LOCAL else ""


def reply_address(key: bytes, address: str, conversation: str) -> str:
    """The signed reply address; "" when the id is no UUID or the local part would pass 64 characters (RFC 5321)."""
    return _address(key, address, "s", conversation)


def return_path(key: bytes, address: str, reply: str) -> str:
    """The envelope sender of one reply; "" as for :func:`reply_address`."""
    return _address(key, address, "b", reply)


def message_id(key: bytes, domain: str, reply: str, conversation: str) -> str:
    """The message id of a reply, without brackets; the same for every try. Ids that are no UUIDs give one that says nothing."""
    first, second = packed(reply), packed(conversation)
    if first is None or second is None:
        return f"{_letters(hashlib.sha256(key + reply.encode()).digest()[:16])}@{domain}"
    return f"s.{_letters(first)}.{_letters(second)}.{_letters(_signature(key, 'm', first, second))}@{domain}"


def _checked(signature: str, expected: bytes) -> bool:
    try:
        return hmac.compare_digest(_bytes(signature), expected)
    except (binascii.Error, ValueError):
        return False


def read_address(key: bytes, address: str) -> Token | None:
    """The token in an address; None without one. Raises ValueError when it looks like ours and its signature is wrong."""
    match = _ADDRESS.search(address)
    if match is None:
        if _ADDRESS_SHAPE.search(address):
            raise ValueError("the signed reply address is damaged")
        return None
    purpose = match[1].lower()
    try:
        data = _bytes(match[2])
    except binascii.Error:
        raise ValueError("the signed reply address is damaged") from None
    if not _checked(match[3], _signature(key, purpose, data)):
        raise ValueError("the reply address is not signed by us")
    identifier = str(UUID(bytes=data))
    return Token(conversation=identifier) if purpose == "s" else Token(reply=identifier)


def read_message_id(key: bytes, identifier: str) -> Token | None:
    """The token in a message id; None without one. Raises ValueError when it looks like ours and its signature is wrong."""
    if not _MESSAGE_SHAPE.match(identifier):
        return None
    match = _MESSAGE.match(identifier)
    try:
        first, second = (_bytes(match[1]), _bytes(match[2])) if match else (b"", b"")
    except binascii.Error:
        first = second = b""
    if not match or not first or not _checked(match[3], _signature(key, "m", first, second)):
        raise ValueError("the message id is not signed by us")
    return Token(conversation=str(UUID(bytes=second)), reply=str(UUID(bytes=first)))


def loop_mark(key: bytes, identifier: str) -> str:
    """The value of our X-Samspil header for a message id: proves that a mail left from this account."""
    return _letters(_signature(key, "loop", identifier.encode("utf-8", "replace")))


def is_ours(key: bytes, identifier: str, mark: str) -> bool:
    """Whether an X-Samspil header belongs to this account and this message id."""
    return _checked(mark.strip().lower(), _signature(key, "loop", identifier.encode("utf-8", "replace")))


def notice_address(key: bytes, address: str, notice: str) -> str:
    """Where a notice is answered; "" as for :func:`reply_address`."""
    return _address(key, address, "n", notice)


def notice_id(key: bytes, domain: str, notice: str) -> str:
    """A notice's message id, without brackets; the same for every try. Raises ValueError for an id that is no UUID."""
    data = packed(notice)
    if data is None:
        raise ValueError("a notice's id is a UUID")
    return f"n.{_letters(data)}.{_letters(_signature(key, 'nm', data))}@{domain}"


def is_notice(address: str) -> bool:
    """Whether an address looks like one where a notice is answered, signed or not."""
    return bool(_NOTICE_SHAPE.search(address))


def read_notice(key: bytes, found: str, *, reference: bool) -> str | None:
    """The notice that an address (or with ``reference`` a message id) names; None for any other.

    Raises ValueError when it looks like one of ours and its signature is wrong.
    """
    if not _NOTICE_SHAPE.search(found):
        return None
    match = _NOTICE.search(found)
    try:
        data = _bytes(match[1]) if match else b""
    except binascii.Error:
        data = b""
    if not match or not data or not _checked(match[2], _signature(key, "nm" if reference else "n", data)):
        raise ValueError("what names a notice is not signed by us")
    return str(UUID(bytes=data))
