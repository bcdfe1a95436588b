"""What has come, until it is on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One stanza. ``receipt`` is whom to tell that it is here, and its id. ``headers`` go into the envelope.

    ``archived`` is its id in the archive of our server, or of the ``room`` where it came from one.
    """

    key: str
    payload: bytes
    archived: str = ""
    matters: bool = True
    kind: str = "chat"
    receipt: tuple[str, str] | None = None
    room: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of an archive. ``unknown``: the message to begin after is not there (any more)."""

    found: Sequence[Arrived] = ()
    last: str = ""
    complete: bool = True
    unknown: bool = False
