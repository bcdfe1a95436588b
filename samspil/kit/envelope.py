"""The inbound payload as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One inbound payload, byte for byte, before anybody has tried to understand it.

    ``external_id`` is the network's own id of the delivery and is unique within an account: the same id twice is the
    same payload twice and is stored once. A channel without ids derives it from the content.
    ``received_at`` is None for what arrives now; a file of history gives the time at which it was received.
    """

    external_id: str
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime | None = None
