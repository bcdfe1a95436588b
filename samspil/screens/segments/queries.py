"""The lines of a segment's people: the same that the list of consumers shows. Texts only of conversations that one may see."""

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


@dataclass(slots=True, kw_only=True)
class Row:
    """One person. ``last_at`` is None where one may see no conversation; ``address`` is of the handle seen first."""

    consumer: Consumer
    last_at: datetime | None = None
    subject: str = ""
    snippet: str = ""
    waiting: bool = False
    networks: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def name(self) -> str:
        """The consumer's name, or the address that stands for it."""
        return self.consumer.name or self.address


_ROWS = (
    "SELECT k.id, n.last_at, coalesce(n.subject, ''), coalesce(n.snippet, ''), n.waiting_since IS NOT NULL,"
    " coalesce(h.networks, '{}'), coalesce(h.address, '') FROM unnest(%(ids)s::uuid[]) AS k(id)"
    " LEFT JOIN LATERAL (SELECT * FROM conversation c WHERE c.consumer_id = k.id AND c.merged_into_id IS NULL AND "
    + VISIBLE
    + " ORDER BY c.last_at DESC, c.id DESC LIMIT 1) n ON true"
    " LEFT JOIN LATERAL (SELECT array_agg(DISTINCT a.network) AS networks,"
    "  (array_agg(coalesce(nullif(a.name, ''), a.address) ORDER BY a.first_at, a.id))[1] AS address"
    "  FROM identity_link l JOIN intake_handle a ON a.id = l.handle_id"
    "  WHERE l.consumer_id = k.id AND l.ended_at IS NULL) h ON true"
)


def rows(by: Colleague, ids: Sequence[UUID]) -> Sequence[Row]:
    """The lines of these consumers, in this order. Two statements."""
    if not ids:
        return []
    consumers = Consumer.objects.in_bulk(list(ids))
    params: dict[str, Any] = {"me": by.pk, "unit": by.unit_id, "admin": sees_everything(by), "ids": list(ids)}
    lines = {r[0]: r[1:] for r in sql.run(_ROWS, params)}
    names = ("last_at", "subject", "snippet", "waiting", "networks", "address")
    return [Row(consumer=consumers[i], **dict(zip(names, lines[i], strict=True))) for i in ids if i in consumers]


_OUT = (
    "SELECT k.id, k.name, k.place, k.language, k.since, (SELECT max(a.last_at) FROM identity_link l JOIN intake_handle a"
    "  ON a.id = l.handle_id WHERE l.consumer_id = k.id AND l.ended_at IS NULL),"
    " (SELECT string_agg(a.network || ':' || coalesce(nullif(a.name, ''), a.address), '; ' ORDER BY a.first_at, a.id)"
    "  FROM identity_link l JOIN intake_handle a ON a.id = l.handle_id WHERE l.consumer_id = k.id AND l.ended_at IS NULL),"
    " (SELECT string_agg(DISTINCT d.value, '; ') FROM identity_link l JOIN identity_detail d ON d.handle_id = l.handle_id"
    "  WHERE l.consumer_id = k.id AND l.ended_at IS NULL AND d.ended_at IS NULL AND d.field = 'company')"
    " FROM identity_consumer k WHERE k.id = ANY(%s) ORDER BY k.id DESC"
)


def exported(ids: Sequence[UUID]) -> Sequence[tuple[Any, ...]]:
    """(id, name, place, language, since, last seen, handles, companies) of each, in the order of members. One statement."""
    return sql.run(_OUT, [list(ids)])
