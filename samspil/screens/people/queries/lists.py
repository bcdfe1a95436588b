"""The list of consumers: who was last in touch first; and who has the handles that were somebody's."""

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

PAGE = 40
FOUND = 60

Place = tuple[datetime, UUID] | None


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of the list. ``networks`` are those of the handles; ``last_at`` is None where one may see no conversation."""

    consumer: Consumer
    last_at: datetime | None = None
    conversation: UUID | None = None
    subject: str = ""
    snippet: str = ""
    waiting: bool = False
    conversations: int = 0
    networks: list[str] = field(default_factory=list)
    address: str = ""
    stage: str = ""
    """Of the relationship, where the list is in that order."""

    @property
    def name(self) -> str:
        """The consumer's name, or the address that stands for it."""
        return self.consumer.name or self.address


def may(by: Colleague) -> dict[str, Any]:
    """The parameters of VISIBLE."""
    return {"me": by.pk, "unit": by.unit_id, "admin": sees_everything(by)}


# The newest conversation of each consumer, newest first: three ordered walks over an index, each as long as a page at most,
# because a newer one of the same consumer is looked up in another index. Sorting all consumers by their last act reads them all.
_NEWER = VISIBLE.replace("c.", "n.")
_WALK = (
    "(SELECT c.consumer_id, c.last_at, c.id FROM conversation c WHERE c.status = '{status}' AND c.merged_into_id IS NULL AND "
    + VISIBLE
    + " {before} AND NOT EXISTS (SELECT 1 FROM conversation n WHERE n.consumer_id = c.consumer_id AND n.merged_into_id IS NULL"
    " AND (n.last_at, n.id) > (c.last_at, c.id) AND " + _NEWER + ") ORDER BY c.last_at DESC, c.id DESC LIMIT %(limit)s)"
)
_REST = (
    "SELECT k.id FROM identity_consumer k WHERE (%(after)s::uuid IS NULL OR k.id < %(after)s)"
    " AND EXISTS (SELECT 1 FROM identity_link l WHERE l.consumer_id = k.id AND l.ended_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.consumer_id = k.id AND c.merged_into_id IS NULL AND "
    + VISIBLE
    + ") ORDER BY k.id DESC LIMIT %(limit)s"
)


def recent(by: Colleague, *, before: Place = None, after: UUID | None = None, limit: int = PAGE) -> tuple[Sequence[Row], str]:
    """Consumers, who was last in touch first; after them those without a conversation that one may see, the newest first.

    ``before`` is (last_at, conversation) of the last line, ``after`` the consumer of the last line without one. Gives the page
    and the query string of the next, "" at the end. Four statements at most.
    """
    found: list[UUID] = []
    params = {**may(by), "limit": limit + 1, "at": before[0] if before else None, "id": before[1] if before else None}
    if after is None:
        line = "AND (c.last_at, c.id) < (%(at)s, %(id)s)" if before else ""
        walks = " UNION ALL ".join(_WALK.format(status=status, before=line) for status in ("open", "snoozed", "done"))
        walked = sql.run(f"SELECT * FROM ({walks}) t ORDER BY last_at DESC, id DESC LIMIT %(limit)s", params)
        if len(walked) > limit:
            _, at, conversation = walked[limit - 1]
            return rows(by, [r[0] for r in walked[:limit]]), f"at={at.isoformat()}&id={conversation}".replace("+", "%2B")
        found = [r[0] for r in walked]
    room = limit - len(found)
    others = [r[0] for r in sql.run(_REST, {**may(by), "after": after, "limit": room + 1})]
    more = f"after={others[room - 1] if room else UUID(int=2**128 - 1)}" if len(others) > room else ""
    return rows(by, [*found, *others[:room]]), more


_ROWS = (
    "SELECT k.id, n.last_at, n.id, coalesce(n.subject, ''), coalesce(n.snippet, ''), n.waiting_since IS NOT NULL,"
    " coalesce(t.n, 0), coalesce(h.networks, '{{}}'), coalesce(h.address, '') FROM unnest(%(ids)s::uuid[]) AS k(id)"
    " LEFT JOIN LATERAL (SELECT * FROM conversation c WHERE c.consumer_id = k.id AND c.merged_into_id IS NULL AND {visible}"
    "  ORDER BY c.last_at DESC, c.id DESC LIMIT 1) n ON true"
    " LEFT JOIN LATERAL (SELECT count(*) AS n FROM (SELECT 1 FROM conversation c WHERE c.consumer_id = k.id"
    "  AND c.merged_into_id IS NULL AND {visible} LIMIT 100) x) t ON true"
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
    lines = {r[0]: r[1:] for r in sql.run(_ROWS.format(visible=VISIBLE), {**may(by), "ids": list(ids)})}
    names = ("last_at", "conversation", "subject", "snippet", "waiting", "conversations", "networks", "address")
    return [Row(consumer=consumers[i], **dict(zip(names, lines[i], strict=True))) for i in ids]


def heir(consumer: UUID) -> UUID | None:
    """Who has the handles that were this consumer's; None when nobody has. One statement."""
    found = sql.run(
        "SELECT now.consumer_id FROM identity_link gone JOIN identity_link now ON now.handle_id = gone.handle_id"
        " AND now.ended_at IS NULL WHERE gone.from_consumer_id = %s AND now.consumer_id <> %s"
        " GROUP BY 1 ORDER BY count(DISTINCT now.handle_id) DESC, 1 LIMIT 1",
        [consumer, consumer],
    )
    return found[0][0] if found else None
