"""One public post of any of the networks, and whether its author is to be left alone. Pure, and without trust in any field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from samspil.channels.listening.settings import Settings, short, text
from samspil.kit import Handle, NotUnderstood
from samspil.kit.reading import names

OPTED_OUT = re.compile(r"#\s?(?:no-?bots?|no-?index|no-?search|no-?indexing)\b|<meta[^>]*noindex", re.IGNORECASE)
"""How people say in their profile that programs shall leave them alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post. ``id`` is its id in the network's own channel; ``about`` is what the author says of themselves; ``private``, why it is not for us."""

    id: str
    author: Handle
    at: datetime
    said: str
    html: str = ""
    subject: str = ""
    url: str = ""
    edited: datetime | None = None
    references: Sequence[str] = ()
    language: str = ""
    tags: frozenset[str] = frozenset()
    about: str = ""
    private: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes with what it says."""
        return short(f"{self.subject}\n{self.said}")


def why_left(post: Post, settings: Settings) -> str:
    """Why a post is left alone, "" when it may be offered."""
    if post.private:
        return post.private
    if OPTED_OUT.search(post.about):
        return "the author does not want programs to read along"
    if {post.author.address.lower(), post.author.name.lower().lstrip("@")} & settings.muted_people:
        return "the author is left alone"
    whole = f"{post.subject}\n{post.said}"
    if names(settings.muted_words, whole):
        return "it names a muted word"
    if not names(settings.words, whole) and not post.tags & set(settings.tags):
        return "it does not name us"
    return ""


def mapping(value: object) -> Mapping[str, Any]:
    """An object; {} for anything else."""
    return value if isinstance(value, dict) else {}


def rows(value: object, most: int = 100) -> list[dict[str, Any]]:
    """The objects of a list; [] for anything else."""
    return [row for row in value[:most] if isinstance(row, dict)] if isinstance(value, list) else []


def ident(value: object, what: str) -> str:
    """An id of digits or plain characters. Raises NotUnderstood."""
    found = str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**30 else text(value)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", found):
        raise NotUnderstood(f"The {what} has no id")
    return found


def moment(value: object) -> datetime | None:
    """A time in UTC; None for what cannot be read."""
    try:
        at = datetime.fromisoformat(text(value, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def needed(at: datetime | None) -> datetime:
    """A time that must be there. Raises NotUnderstood."""
    if at is None:
        raise NotUnderstood("The post has no time")
    return at
