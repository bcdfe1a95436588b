"""Both sides of a pair as they are laid beside each other. Texts are shown only to who may see their conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.conversation.queries.inbox import VISIBLE
from samspil.identity.models import Consumer
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import sees_everything

EXCERPTS = 2
COUNTED = 1000
HANDLES = 8
DETAILS = 12
EXCERPT = 220
"""Characters of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A handle as it is shown."""

    ident: UUID
    network: str
    name: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The beginning of a message, and in which conversation it is."""

    at: datetime
    text: str
    outgoing: bool
    network: str
    conversation: UUID


@dataclass(slots=True, kw_only=True)
class Side:
    """One person of a pair. ``conversations`` are those that one may see; ``interactions`` are counted up to COUNTED a handle."""

    consumer: Consumer
    handles: list[Address] = field(default_factory=list)
    more_handles: int = 0
    details: list[tuple[str, str]] = field(default_factory=list)
    excerpts: list[Excerpt] = field(default_factory=list)
    conversations: int = 0
    open: int = 0
    interactions: int = 0
    last_at: datetime | None = None

    @property
    def name(self) -> str:
        """The person's name, or the address that stands for it."""
        return self.consumer.name or next((h.name for h in self.handles), "?")


def _may(by: Colleague) -> dict[str, Any]:
    return {"me": by.pk, "unit": by.unit_id, "admin": sees_everything(by)}


_HANDLES = (
    "SELECT l.consumer_id, h.id, h.network, coalesce(nullif(h.name, ''), h.address), h.display,"
    f" (SELECT count(*) FROM (SELECT 1 FROM intake_interaction i WHERE i.handle_id = h.id LIMIT {COUNTED}) n), h.last_at"
    " FROM identity_link l JOIN intake_handle h ON h.id = l.handle_id"
    " WHERE l.consumer_id = ANY(%(ids)s) AND l.ended_at IS NULL ORDER BY h.first_at, h.id"
)
_DETAILS = (
    "SELECT l.consumer_id, d.field, d.value FROM identity_link l JOIN identity_detail d ON d.handle_id = l.handle_id"
    " WHERE l.consumer_id = ANY(%(ids)s) AND l.ended_at IS NULL AND d.ended_at IS NULL AND d.field <> 'avatar'"
    " ORDER BY d.field, d.at DESC, d.id"
)
_TALKS = (
    "SELECT c.consumer_id, count(*), count(*) FILTER (WHERE c.status = 'open') FROM conversation c"
    f" WHERE c.consumer_id = ANY(%(ids)s) AND c.merged_into_id IS NULL AND {VISIBLE} GROUP BY 1 ORDER BY 1"
)
_EXCERPTS = (
    "SELECT k.id, t.at, t.text, t.outgoing, t.network, t.conversation_id FROM unnest(%(ids)s::uuid[]) AS k(id) CROSS JOIN LATERAL ("
    " SELECT i.at, i.id, left(coalesce(nullif(i.text, ''), i.subject), %(long)s) AS text, i.outgoing, h.network, p.conversation_id"
    " FROM identity_link l JOIN intake_handle h ON h.id = l.handle_id CROSS JOIN LATERAL (SELECT n.* FROM intake_interaction n"
    "  WHERE n.handle_id = l.handle_id AND n.kind = 'message' ORDER BY n.at DESC, n.id DESC LIMIT 20) i"
    " JOIN conversation_placement p ON p.interaction_id = i.id JOIN conversation c ON c.id = p.conversation_id"
    f" WHERE l.consumer_id = k.id AND l.ended_at IS NULL AND {VISIBLE} AND NOT EXISTS (SELECT 1 FROM intake_interaction g"
    "  WHERE g.handle_id = i.handle_id AND g.outgoing = i.outgoing AND g.kind = 'delete' AND g.data->>'target' = i.external_id AND g.at >= i.at)"
    " ORDER BY i.at DESC, i.id DESC LIMIT %(many)s) t ORDER BY t.at DESC, t.id DESC"
)


def sides(by: Colleague, consumers: Sequence[UUID]) -> dict[UUID, Side]:
    """These persons as they are laid beside others. Five statements, however many."""
    ids = sorted(set(consumers))
    if not ids:
        return {}
    found = {c.pk: Side(consumer=c) for c in Consumer.objects.filter(pk__in=ids).order_by("pk")}
    params = {**_may(by), "ids": ids, "many": EXCERPTS, "long": EXCERPT + 1}
    for consumer, handle, network, name, display, count, last_at in sql.run(_HANDLES, params):
        side = found[consumer]
        side.interactions += int(count)
        side.last_at = max(side.last_at or last_at, last_at)
        if len(side.handles) < HANDLES:
            side.handles.append(Address(ident=handle, network=network, name=name, display=display))
        else:
            side.more_handles += 1
    for consumer, name, value in sql.run(_DETAILS, params):
        if len(found[consumer].details) < DETAILS and (name, value) not in found[consumer].details:
            found[consumer].details.append((name, value))
    for consumer, count, waiting in sql.run(_TALKS, params):
        found[consumer].conversations, found[consumer].open = int(count), int(waiting)
    for consumer, at, text, outgoing, network, conversation in sql.run(_EXCERPTS, params):
        cut = text if len(text) <= EXCERPT else text[:EXCERPT].rstrip() + "…"
        found[consumer].excerpts.append(Excerpt(at=at, text=cut, outgoing=outgoing, network=network, conversation=conversation))
    return found


_FIRST = (
    "SELECT DISTINCT ON (l.consumer_id) l.consumer_id, l.handle_id FROM identity_link l JOIN intake_handle h ON h.id = l.handle_id"
    " WHERE l.consumer_id = ANY(%s) AND l.ended_at IS NULL ORDER BY l.consumer_id, h.last_at DESC, h.id"
)


def handle_of(consumers: Sequence[UUID]) -> dict[UUID, UUID]:
    """The handle of each person that wrote last. One statement."""
    return dict(sql.run(_FIRST, [list(consumers)]))
