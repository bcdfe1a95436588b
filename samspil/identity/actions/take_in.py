"""Consumers who are known from elsewhere, and the name that colleagues read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.base.text import fold
from samspil.identity.facts import ConsumerRenamed, HandleLinked
from samspil.identity.models import Consumer


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A consumer who is known from elsewhere, with handles and the evidence for each as {kind, strength, words}."""

    name: str
    since: datetime
    handles: Sequence[tuple[UUID, Sequence[Mapping[str, object]]]]
    place: str = ""
    language: str = ""
    ident: UUID = field(default_factory=new_id)


def take_in_consumers(*, consumers: Sequence[Taken], at: datetime) -> None:
    """Make consumers who are known from elsewhere, with their links. The handles must be nobody's yet. Joins the caller's step."""
    with step():
        sql.copy(
            "identity_consumer",
            ("id", "name", "folded", "named_by_hand", "place", "language", "since"),
            [(c.ident, c.name[:200], fold(c.name)[:400], False, c.place[:120], c.language[:8], c.since) for c in consumers],
        )
        sql.copy(
            "identity_link",
            ("id", "handle_id", "consumer_id", "evidence", "began_at", "via_id"),
            [
                (new_id(), handle, c.ident, sql.Jsonb([dict(e) for e in evidence]), at, c.handles[0][0] if place else None)
                for c in consumers
                for place, (handle, evidence) in enumerate(c.handles)
            ],
        )
        publish(*[HandleLinked(handle=handle, consumer=c.ident) for c in consumers for handle, _ in c.handles])


def rename(*, consumer: UUID, name: str) -> None:
    """Give a consumer the name that colleagues read; it is not overwritten by what a network shows."""
    with step():
        Consumer.objects.filter(pk=consumer).update(name=name[:200], folded=fold(name)[:400], named_by_hand=True)
        publish(ConsumerRenamed(consumer=consumer))
