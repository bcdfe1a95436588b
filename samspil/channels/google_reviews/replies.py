"""The id of our answer to a review. Google gives it none: there is one answer, and its text tells it from the one before. Pure."""

from hashlib import sha256
from typing import Any


def reply_id(review: str, text: Any) -> str:
    """The same for an answer that we send and for the one that Google shows."""
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return f"reply:{review}:{sha256(words.encode('utf-8', 'replace')).hexdigest()[:16]}"
