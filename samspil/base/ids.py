"""Keys: UUIDv7, made in Python, so that they sort by time and work on every PostgreSQL."""

import hashlib
import uuid
from datetime import datetime

from uuid_utils.compat import uuid7 as _uuid7


def new_id() -> uuid.UUID:
    """A new time-ordered key (RFC 9562, version 7)."""
    return _uuid7()


def first_id(at: datetime) -> uuid.UUID:
    """The least key that :func:`new_id` can make from this millisecond on."""
    return uuid.UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))


def digest(*parts: str) -> uuid.UUID:
    """The same 128-bit key for the same parts: SHA-256, cut. For keys of values too long to index."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return uuid.UUID(bytes=hashlib.sha256(joined).digest()[:16])
